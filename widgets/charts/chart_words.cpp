#include "widgets/charts/chart_words.h"

#include <cmath>

#include "backends/domain/display_zone.h"
#include "backends/domain/human_text.h"
#include "widgets/charts/axis_format.h"
#include "widgets/models/queue_cells.h"
#include "widgets/models/signal_cells.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr qsizetype kShortReason = 45;  // characters that fit where a verdict stands
constexpr double kTarget_ppm = 10;

template <typename T>
QString hintOn(const QString& what, const Measured<T>& measured) {
    return u"%1: %2"_s.arg(what, provenanceText(measured.provenance, measured.method));
}

template <typename T>
QString signedText(const Measured<T>& measured, const QString& text) {
    return tellsSomething(measured) ? provenanceSign(measured.provenance) + text : u"–"_s;
}

QString perSecond(const Rate& rate) {
    return rate.known() ? signedText(rate, compactRateText(*rate.value) + u"/s"_s) : u"–"_s;
}

QString age(const Seconds& seconds) {
    return seconds.known() ? signedText(seconds, shortDurationText(*seconds.value)) : u"–"_s;
}

// The text of a moment that is known, "–" where it is not.
template <typename Text>
QString orDash(const std::optional<double>& value, Text text) {
    return value ? text(*value) : u"–"_s;
}

QString whole(double value) {
    return countText(std::llround(value));
}

QString percent(double share) {
    return u"%1 %"_s.arg(std::lround(share * 100));
}

QString amplificationFigure(double factor) {
    return u"%1×"_s.arg(factor, 0, 'f', factor < 2 ? 2 : 1);
}

// A reason that is short enough is a verdict itself ("learning (7 of 20 executions)"); a long one is told
// in the picture's place.
void sayWhyNot(ChartWords& words, const QString& reason) {
    const bool brief = !reason.isEmpty() && reason.size() <= kShortReason;
    words.verdict = brief ? reason : u"not observable"_s;
    words.verdict_hint = reason;
    words.missing = reason.isEmpty() ? u"This queue system keeps no trace of it."_s : reason;
    if (reason.startsWith("learning"_L1))
        words.missing = u"A ratio speaks from 20 executions on: %1."_s.arg(reason);
}

// "┄ 24 h before 1.2 k"
template <typename Text>
void addBefore(ChartWords& words, const ChartMoment& moment, ChartSeries which, const QString& name,
               ChartColor color, Text text) {
    if (!moment.ghost) return;
    const QString when = shortDurationText(moment.ghost->before_s);
    const QString what =
        moment.ghost->empty ? u"nothing recorded"_s : orDash(moment.valueBefore(which), text);
    words.legend.push_back({u"┄ %1 before %2"_s.arg(when, what), color,
                            u"%1 %2 before, from the history: the dotted line"_s.arg(name, when)});
}

// Says in words what the picture cannot: which line is missing or derived, and why.
QString rateNotes(const BacklogFlow& flow) {
    QStringList notes;
    const auto add = [&notes](const QString& what, const Rate& rate) {
        if (!rate.known())
            notes << u"– %1 not observable"_s.arg(what);
        else if (!rate.isExact())
            notes << u"%1%2 %3"_s.arg(
                provenanceSign(rate.provenance), what,
                rate.provenance == Provenance::lower_bound ? u"at least"_s : u"estimated"_s);
    };
    add(u"arrivals"_s, flow.arrival);
    add(u"drain"_s, flow.drain);
    return notes.join(u" · "_s);
}

// The card says the rule; what else there is to it stands in the tool tip.
void addRetention(ChartWords& words, const DeadLetterAge& dead) {
    words.note_hint = dead.retention;
    if (!dead.lost_next_24h.known() || *dead.lost_next_24h.value == 0) {
        words.note = dead.retention.section(u';', 0, 0);
        return;
    }
    words.note_loud = Severity::critical;
    words.note = u"%1 deleted within 24 h"_s.arg(countText(dead.lost_next_24h));
    if (dead.purge_next_s.known()) words.note += u", first in %1"_s.arg(durationText(dead.purge_next_s));
    words.note_hint = u"The queue system itself deletes them. %1"_s.arg(dead.retention);
}

// retryWaveText() in fewer words; the tool tip has them all.
QString briefWave(const RetryWave& wave, const QString& time) {
    if (!wave.peak) return u"no retries within the hour"_s;
    QString text = u"wave: %1 at %2"_s.arg(countText(wave.peak->jobs), time);
    if (wave.peak_over_drain.known()) text += u", %1 drain"_s.arg(factorText(*wave.peak_over_drain.value));
    return wave.synchronised ? text + u", no jitter"_s : text;
}

void addWave(ChartWords& words, const QueueHealth& queue) {
    const RetryWave& wave = queue.wave;
    if (!queue.reading.retry_due.known()) {
        words.note = u"– wave not observable"_s;
        words.note_hint = queue.reading.retry_due.method;
        return;
    }
    const auto at = wave.peak ? static_cast<double>(millisSinceEpoch(wave.peak->minute)) / 1000 : 0;
    const QString time = timeTickText(at, 60, displayZone());
    words.note = briefWave(wave, time);
    words.note_hint =
        retryWaveText(wave, time) +
        u"\n%1 retries are overdue, %2 are due later than in an hour.\nFullest minute over drain: %3"_s.arg(
            exactCountText(wave.overdue), exactCountText(wave.later),
            provenanceText(wave.peak_over_drain.provenance, wave.peak_over_drain.method));
    if (wave.peak_over_drain.known() && *wave.peak_over_drain.value > 1) words.note_loud = Severity::warning;
}

QString waveFigure(const QueueHealth& queue, double at) {
    for (const auto& minute : queue.wave.minutes) {
        const double start = static_cast<double>(millisSinceEpoch(minute.minute)) / 1000;
        if (at >= start && at < start + 60) return countText(minute.jobs) + u"/min"_s;
    }
    return u"–"_s;
}

QString ppmText(double ppm) {
    return ppm < 10 ? QString::number(ppm, 'f', 1) : exactCountText(std::llround(ppm));
}

// None of few is a verdict, too: what so many claims can prove.
QString duplicateVerdict(const DuplicateClaims& all) {
    if (all.duplicates.valueOr(0) > 0 || !all.claims.known() || !all.upper95_ppm.known())
        return duplicateClaimsText(all);
    return u"0 of %1 claims: at most %2 per million (95 %)"_s.arg(exactCountText(*all.claims.value),
                                                                  ppmText(*all.upper95_ppm.value));
}

void addClaimNote(ChartWords& words, const QueueHealth& queue) {
    const DuplicateClaims& all = queue.duplicates;
    words.note = claimEvidenceName(queue.reading.claims.evidence);
    words.note_hint = hintOn(u"Claims that were made while an earlier one was still live"_s, all.duplicates);
    if (all.duplicates.valueOr(0) > 0) {
        words.note += u" · %1 of %2 claims"_s.arg(countText(all.duplicates), countText(all.claims));
        return;
    }
    const qint64 more = cleanClaimsNeeded(0, all.claims.valueOr(0), kTarget_ppm / 1e6);
    if (more > 0) words.note += u" · %1 more clean claims until 10 per million"_s.arg(exactCountText(more));
}

QString pausedText(const QueueHealth& queue) {
    if (queue.reading.ready.valueOr(0) <= 0) return u"paused"_s;
    return queue.flow.growth.valueOr(0) > 0 ? u"paused, growing %1"_s.arg(rateText(queue.flow.growth))
                                            : u"paused with %1 waiting"_s.arg(countText(queue.reading.ready));
}

}  // namespace

ChartWords backlogWords(const QueueHealth& queue, const ChartMoment& moment) {
    ChartWords words;
    const bool paused = queue.reading.paused.value_or(false);  // the flow's verdict would blame the workers
    words.verdict = paused ? pausedText(queue) : drainVerdictText(queue.forecast, queue.flow);
    const bool bad = paused || queue.forecast.verdict == DrainVerdict::never_drains ||
                     queue.forecast.verdict == DrainVerdict::stalled;
    if (bad && queue.severity && *queue.severity != Severity::info)
        words.loud = paused ? std::min(*queue.severity, Severity::warning) : *queue.severity;
    words.note = rateNotes(queue.flow);
    words.note_hint =
        hintOn(u"Arrivals"_s, queue.flow.arrival) + u'\n' + hintOn(u"Drain"_s, queue.flow.drain);
    words.missing =
        queue.reading.ready.known() ? u"Drawn from the next poll on."_s : queue.reading.ready.method;
    const auto rate = [](double value) { return compactRateText(value) + u"/s"_s; };
    const auto figure = [&](ChartSeries series, const QString& now, auto text) {
        return moment.at ? orDash(moment.value(series), text) : now;
    };
    words.legend = {
        {u"━ arrivals %1"_s.arg(figure(ChartSeries::arrivals, perSecond(queue.flow.arrival), rate)),
         ChartColor::arrivals, hintOn(u"Arrivals: jobs enqueued for the first time"_s, queue.flow.arrival)},
        {u"━ drain %1"_s.arg(figure(ChartSeries::drain, perSecond(queue.flow.drain), rate)),
         ChartColor::drain, hintOn(u"Drain: jobs that left for good"_s, queue.flow.drain)},
        {u"━ waiting %1"_s.arg(figure(ChartSeries::waiting, countText(queue.reading.ready), whole)),
         ChartColor::waiting, hintOn(u"Waiting: jobs that a worker could claim now"_s, queue.reading.ready)}};
    addBefore(words, moment, ChartSeries::waiting, u"Waiting"_s, ChartColor::waiting, whole);
    return words;
}

ChartWords deadLetterWords(const QueueHealth& queue, const ChartMoment& moment) {
    ChartWords words;
    const DeadLetterAge& dead = queue.dead;
    if (dead.dead.known()) {
        words.verdict = deadLetterText(dead);
        words.loud = deadAgeSeverity(queue);
        words.missing = u"Drawn from the next poll on."_s;
    } else {
        sayWhyNot(words, dead.dead.method);
    }
    addRetention(words, dead);
    const auto figure = [&](ChartSeries series, const Seconds& now) {
        return moment.at ? orDash(moment.value(series), shortDurationText) : age(now);
    };
    const QString count = moment.at ? orDash(moment.value(ChartSeries::dead), whole) : countText(dead.dead);
    words.legend = {{u"━ oldest %1"_s.arg(figure(ChartSeries::dead_oldest_age, dead.oldest_s)),
                     ChartColor::ages, hintOn(u"Age since death of the oldest dead job"_s, dead.oldest_s)},
                    {u"─ p90 %1"_s.arg(figure(ChartSeries::dead_p90_age, dead.p90_s)), ChartColor::ages,
                     hintOn(u"A tenth of the dead jobs are older than this"_s, dead.p90_s)},
                    {u"─ p50 %1"_s.arg(figure(ChartSeries::dead_p50_age, dead.p50_s)), ChartColor::ages,
                     hintOn(u"Half of the dead jobs are older than this"_s, dead.p50_s)},
                    {u"━ dead %1"_s.arg(count), ChartColor::dead,
                     hintOn(u"Jobs that were given up and are kept"_s, dead.dead)}};
    addBefore(words, moment, ChartSeries::dead, u"Dead"_s, ChartColor::dead, whole);
    return words;
}

ChartWords retryWords(const QueueHealth& queue, const ChartMoment& moment) {
    ChartWords words;
    const RetryAmplification& retry = queue.retry;
    if (retry.amplification.known() || retry.retries_only) {
        words.verdict = amplificationText(retry);
        words.loud = budgetSeverity(retry, queue.limits);
        words.missing = u"Drawn from the next poll on."_s;
        words.verdict_hint = hintOn(u"Executions per first attempt"_s, retry.amplification);
    } else {
        sayWhyNot(words, retry.amplification.method);
    }
    if (queue.overlap.known())
        words.verdict_hint += u"\nOverlap: %1 as many run at once as healthy attempts would need"_s.arg(
            factorText(*queue.overlap.value));
    if (retry.potential.known())
        words.verdict_hint +=
            u"\nIf what they call stays down: up to %1"_s.arg(factorText(*retry.potential.value));
    addWave(words, queue);
    const auto share = [&] {
        if (moment.at) return orDash(moment.value(ChartSeries::retry_share), percent);
        return retry.retry_share.known() ? signedText(retry.retry_share, percent(*retry.retry_share.value))
                                         : u"–"_s;
    };
    const auto amplification = [&] {
        if (moment.at) return orDash(moment.value(ChartSeries::amplification), amplificationFigure);
        return retry.amplification.known()
                   ? signedText(retry.amplification, amplificationFigure(*retry.amplification.value))
                   : u"–"_s;
    };
    const double peak = queue.wave.peak ? static_cast<double>(queue.wave.peak->jobs) : 0;
    const QString wave = moment.at ? waveFigure(queue, *moment.at) : u"up to %1/min"_s.arg(whole(peak));
    words.legend = {{u"━ executions per job %1"_s.arg(amplification()), ChartColor::retries,
                     hintOn(u"Attempts started over first attempts"_s, retry.amplification)},
                    {u"retries %1"_s.arg(share()), ChartColor::retries,
                     hintOn(u"Share of executions that are retries"_s, retry.retry_share)}};
    if (queue.wave.peak)
        words.legend.push_back({u"▮ wave %1"_s.arg(wave), ChartColor::wave,
                                hintOn(u"Retries that fall due in a minute"_s, queue.reading.retry_due)});
    addBefore(words, moment, ChartSeries::amplification, u"Executions per job"_s, ChartColor::retries,
              amplificationFigure);
    return words;
}

ChartWords duplicateWords(const QueueHealth& queue, const ChartMoment& moment) {
    ChartWords words;
    const DuplicateClaims& all = queue.duplicates;
    const DuplicateClaims& recent = queue.recent_duplicates;
    if (all.rate_ppm.known()) {
        words.verdict = duplicateVerdict(all);
        words.verdict_hint = hintOn(u"Since the count began"_s, all.rate_ppm);
        if (all.duplicates.valueOr(0) > 0)
            words.loud = recent.duplicates.valueOr(0) > 0 ? Severity::critical : Severity::warning;
        addClaimNote(words, queue);
        words.missing = recent.rate_ppm.known()
                            ? u"Drawn from the next poll on."_s
                            : u"Nothing was claimed lately. %1"_s.arg(recent.rate_ppm.method);
    } else {
        sayWhyNot(words, all.rate_ppm.method);
    }
    const auto ppm = [](double value) { return exactCountText(std::llround(value)); };
    const auto figure = [&](ChartSeries series, const Ratio& now) {
        if (moment.at) return orDash(moment.value(series), ppm);
        return now.known() ? signedText(now, ppm(*now.value)) : u"–"_s;
    };
    const auto bound = [&](ChartSeries series, const Ratio& now) {
        return moment.at ? orDash(moment.value(series), ppm) : orDash(now.value, ppm);
    };
    const QString low = bound(ChartSeries::duplicate_lower, recent.lower95_ppm);
    const QString high = bound(ChartSeries::duplicate_upper, recent.upper95_ppm);
    const QString band = high == u"–"_s ? high : low == u"–"_s ? u"up to %1"_s.arg(high) : low + u'–' + high;
    words.legend = {
        {u"━ per million, last 5 min %1"_s.arg(figure(ChartSeries::duplicate_rate, recent.rate_ppm)),
         ChartColor::duplicates,
         hintOn(u"Duplicate claims per million, of the last minutes"_s, recent.rate_ppm)},
        {u"▒ 95 % %1"_s.arg(band), ChartColor::duplicates,
         hintOn(u"What so many claims can prove, at 95 %"_s, recent.upper95_ppm)}};
    addBefore(words, moment, ChartSeries::duplicate_rate, u"Duplicate claims per million"_s,
              ChartColor::duplicates, ppm);
    return words;
}

}  // namespace spillway
