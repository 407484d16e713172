#include "app/cli/printers/check_line.h"

#include <QStringList>
#include <algorithm>
#include <cmath>

#include "backends/domain/human_text.h"
#include "backends/health/blindness.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr std::size_t kMostQueuesTold = 25;  // plugin output is cut at a few kilobytes

// '|' starts the performance data and a newline ends the line.
QString plainSentence(const QString& text) {
    return visibleText(text, 600).replace(u'|', u'/');
}

QString quotedLabel(const QString& label) {
    QString safe = visibleText(label, 120).replace(u'=', u'_').replace(u'|', u'/');
    return u'\'' + safe.replace(u'\'', u"''"_s) + u'\'';
}

QString item(const QString& label, const QString& value, const QString& unit, const QString& least) {
    const QString head = quotedLabel(label) + u'=';
    return value.isEmpty() ? head + u'U' : head + value + unit + u";;;"_s + least;
}

QString numberText(const Measured<double>& number, int decimals) {
    return number.known() && std::isfinite(*number.value) ? QString::number(*number.value, 'f', decimals)
                                                          : QString();
}

QString numberText(const Count& count) {
    return count.known() ? QString::number(*count.value) : QString();
}

void addQueue(QStringList& items, const QString& prefix, const QueueHealth& q) {
    const QString name = prefix + q.reading.queue;
    items << item(name + u"_ready"_s, numberText(q.reading.ready), {}, u"0"_s)
          << item(name + u"_oldest_age_s"_s, numberText(q.oldest_age_s, 1), u"s"_s, u"0"_s)
          << item(name + u"_dead"_s, numberText(q.reading.dead), {}, u"0"_s)
          << item(name + u"_growth"_s, numberText(q.flow.growth, 2), {}, {})
          << item(name + u"_dead_oldest_age_s"_s, numberText(q.dead_oldest_age_s, 1), u"s"_s, u"0"_s)
          << item(name + u"_amplification"_s, numberText(q.retry.amplification, 3), {}, u"1"_s)
          << item(name + u"_duplicate_claims"_s, numberText(q.duplicates.duplicates), {}, u"0"_s)
          << item(name + u"_duplicate_upper95_ppm"_s, numberText(q.duplicates.upper95_ppm, 1), {}, u"0"_s)
          << item(name + u"_stuck"_s, numberText(q.stuck), {}, u"0"_s);
}

// A backlog whose forecast still lacks polls: that nothing was found there says nothing.
bool knowsTooLittle(const Reading& reading) {
    for (const auto& system : reading.systems)
        for (const auto& queue : system.queues)
            if (queue.forecast.verdict == DrainVerdict::learning &&
                (queue.forecast.polls < kForecastMinPolls || queue.forecast.too_soon) &&
                queue.reading.ready.valueOr(0) > 0)
                return true;
    return false;
}

QString tooLittleText(qint64 polls) {
    if (polls >= kForecastMinPolls)
        return u"Nothing found, but jobs wait and none has left so far: a stall shows after half a minute. "
               u"Give it "
               "a --window of 40s or more."_s;
    return u"Nothing found, but %1 polls are too few to judge the backlog: it takes %2. Give it a longer --window."_s
        .arg(polls)
        .arg(kForecastMinPolls);
}

CheckState worstState(const Reading& reading) {
    CheckState worst = CheckState::ok;
    for (const auto& f : reading.findings) {
        if (f.id.startsWith(kBlindRule)) continue;  // not to see is neither good nor bad: unknown
        if (f.severity == Severity::critical) return CheckState::critical;
        if (f.severity == Severity::warning) worst = CheckState::warning;
    }
    return worst;
}

QString okSentence(const Reading& reading) {
    std::size_t queues = 0;
    for (const auto& system : reading.systems) queues += system.queues.size();
    return queues == 1 ? u"1 queue, no findings"_s : u"%1 queues, no warnings"_s.arg(queues);
}

QString sentence(const Reading& reading, CheckState state) {
    if (state == CheckState::ok) return okSentence(reading);
    QStringList titles;
    for (const auto& f : reading.findings)
        if (f.severity != Severity::info) titles << plainSentence(f.title);
    const auto more = titles.size() - 3 + reading.findings_not_shown;
    return titles.mid(0, 3).join(u"; "_s) + (more > 0 ? u"; and %1 more"_s.arg(more) : QString());
}

}  // namespace

QString checkStateName(CheckState state) {
    switch (state) {
        case CheckState::ok:
            return u"OK"_s;
        case CheckState::warning:
            return u"WARNING"_s;
        case CheckState::critical:
            return u"CRITICAL"_s;
        case CheckState::unknown:
            break;
    }
    return u"UNKNOWN"_s;
}

CheckAnswer unknownAnswer(const QString& text) {
    return {CheckState::unknown, u"SPILLWAY UNKNOWN - "_s + plainSentence(withoutSecrets(text))};
}

CheckAnswer checkAnswer(const PolledWindow& polled, const QStringList& missingQueues) {
    if (polled.failure) return unknownAnswer(polled.failure->sentence());
    if (!missingQueues.isEmpty())
        return unknownAnswer(u"No queue is named %1."_s.arg(missingQueues.join(u", "_s)));
    if (!polled.reading || polled.costs.count() < 2)
        return unknownAnswer(u"Stopped before there was enough to judge. Give it a longer --window."_s);
    const CheckState state = worstState(*polled.reading);
    const QString data = performanceData(*polled.reading);
    if (const auto blind = blindnessOf(*polled.reading); blind && state == CheckState::ok) {
        CheckAnswer answer = unknownAnswer(u"Nothing found, but "_s + blindnessText(*blind));
        if (!data.isEmpty()) answer.line += u" | "_s + data;
        return answer;
    }
    if (state == CheckState::ok && knowsTooLittle(*polled.reading))
        return unknownAnswer(tooLittleText(polled.costs.count()));
    return {state, u"SPILLWAY %1 - %2"_s.arg(checkStateName(state), sentence(*polled.reading, state)) +
                       (data.isEmpty() ? QString() : u" | "_s + data)};
}

QString performanceData(const Reading& reading) {
    std::vector<std::pair<QString, const QueueHealth*>> queues;
    for (const auto& system : reading.systems) {
        const QString prefix = reading.systems.size() > 1 ? system.identity.key() + u'/' : QString();
        for (const auto& queue : system.queues) queues.emplace_back(prefix, &queue);
    }
    if (queues.size() > kMostQueuesTold) {
        std::stable_sort(queues.begin(), queues.end(), [](const auto& a, const auto& b) {
            return a.second->reading.ready.valueOr(0) > b.second->reading.ready.valueOr(0);
        });
        queues.resize(kMostQueuesTold);
    }
    QStringList items;
    for (const auto& [prefix, queue] : queues) addQueue(items, prefix, *queue);
    return items.join(u' ');
}

}  // namespace spillway
