#include "widgets/models/queue_cells.h"

#include <array>
#include <cmath>
#include <limits>

#include "backends/domain/display_zone.h"
#include "backends/domain/human_text.h"
#include "backends/health/findings.h"
#include "widgets/models/signal_cells.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr double kUnknownCell = std::numeric_limits<double>::quiet_NaN();

struct ColumnText {
    QLatin1StringView title;
    QLatin1StringView hint;
    bool numeric;
};

const ColumnText& textOf(QueueColumn column) {
    static constexpr std::array<ColumnText, kQueueColumns> all{{
        {"State"_L1, "The worst open finding on this queue. Sorting by it puts the worst first."_L1, false},
        {"Queue"_L1, "The name of the queue."_L1, false},
        {"System"_L1, "The connection and the queue system that holds it."_L1, false},
        {"Waiting"_L1, "Jobs that a worker could claim now."_L1, true},
        {"15 min"_L1, "Waiting jobs over the last 15 minutes, each row in its own scale."_L1, false},
        {"Oldest"_L1, "How long the oldest waiting job has waited, by the server's clock."_L1, true},
        {"In /s"_L1, "Arrivals: jobs enqueued for the first time, per second."_L1, true},
        {"Out /s"_L1, "Drain: jobs that left for good, per second."_L1, true},
        {"Drains"_L1, "When the backlog is gone at today's rates, as an interval."_L1, false},
        {"Dead"_L1, "Jobs given up and kept."_L1, true},
        {"Dead age"_L1, "How long ago the oldest dead job died."_L1, true},
        {"Lost 24 h"_L1, "Dead jobs that the queue system itself will delete within 24 h."_L1, true},
        {"Retries"_L1,
         "Amplification: executions over first attempts. 1.00× is no retry at all; 1.25× burns the budget."_L1,
         true},
        {"Stuck"_L1, "Claimed jobs whose holder is gone, or late by the system's own rule."_L1, true},
        {"Twice /M"_L1,
         "Claims per million that were made while another one held, or after the end; ≤ is the 95 % bound."_L1,
         true},
        {"Running"_L1, "Jobs claimed by a worker."_L1, true},
        {"Retrying"_L1, "Jobs that failed and wait for their next attempt."_L1, true},
        {"Blocked"_L1, "Jobs that wait for other jobs to end. Left out while there are none."_L1, true},
    }};
    return all[static_cast<size_t>(column)];
}

QueueCell countCell(const Count& n) {
    return {countText(n), {}, !tellsSomething(n) || *n.value == 0};
}

QueueCell ageCell(const Seconds& age) {
    if (!age.known()) return {u"–"_s, {}, true};
    return {provenanceSign(age.provenance) + shortDurationText(*age.value), {}, false};
}

QueueCell rateCell(const Rate& rate) {
    if (!tellsSomething(rate)) return {u"–"_s, {}, true};
    return {provenanceSign(rate.provenance) + compactRateText(*rate.value), {}, *rate.value == 0};
}

std::optional<Severity> deadAgeSeverity(const QueueHealth& queue) {
    const QueueLimits& limits = queue.limits;
    if (!queue.dead_oldest_age_s.known() || queue.reading.dead.valueOr(1) == 0) return std::nullopt;
    const double age = *queue.dead_oldest_age_s.value;
    if (age > limits.dead_critical_s) return Severity::critical;
    if (age > limits.dead_warning_s) return Severity::warning;
    return std::nullopt;
}

// A flag that a person set is not a fault of the workers: the verdict on the flow would mislead.
bool isPaused(const QueueHealth& queue) {
    return queue.reading.paused.value_or(false);
}

QueueCell drainsCell(const QueueHealth& queue) {
    if (isPaused(queue)) {
        const bool grows = queue.reading.ready.valueOr(0) > 0 && queue.flow.growth.valueOr(0) > 0;
        return {u"paused"_s, grows ? std::optional(Severity::warning) : std::nullopt, !grows};
    }
    QueueCell cell{drainCellText(queue.forecast, queue.flow), {}, false};
    const bool bad = queue.forecast.verdict == DrainVerdict::never_drains ||
                     queue.forecast.verdict == DrainVerdict::stalled;
    cell.dim =
        queue.forecast.verdict == DrainVerdict::idle || queue.forecast.verdict == DrainVerdict::learning;
    // Loud only as far as a finding stands behind it: a verdict inside the noise or about a few jobs stays
    // plain, whatever else is wrong with the queue.
    const bool ofLittle =
        queue.forecast.verdict == DrainVerdict::never_drains &&
        (!queue.forecast.significant || queue.reading.ready.valueOr(0) < FindingThresholds().min_samples);
    if (bad && !ofLittle && queue.severity && *queue.severity != Severity::info) cell.loud = queue.severity;
    return cell;
}

template <typename T>
QString measuredHint(const Measured<T>& m, const QString& figure) {
    const QString how = provenanceText(m.provenance, m.method);
    return m.known() ? u"%1\n%2"_s.arg(figure, how) : how;
}

QString countHint(const Count& n, const QString& what) {
    return measuredHint(n, u"%1 %2"_s.arg(n.known() ? exactCountText(*n.value) : QString(), what));
}

QString momentHint(const Measured<ServerTime>& at) {
    if (!at.known()) return {};
    const QDateTime utc = toUtc(*at.value);
    return u"\n%1 (%2 UTC)"_s.arg(displayTime(utc).toString(u"yyyy-MM-dd HH:mm:ss t"_s),
                                  utc.toString(u"yyyy-MM-dd HH:mm:ss"_s));
}

QString ageHint(const Seconds& age, const Measured<ServerTime>& at) {
    return measuredHint(age, age.known() ? durationText(*age.value) + momentHint(at) : QString());
}

QString rateHint(const Rate& rate, const BacklogFlow& flow) {
    const QString figure =
        rate.known() ? u"%1 over the last %2"_s.arg(rateText(*rate.value), durationText(flow.window_s))
                     : QString();
    return measuredHint(rate, figure);
}

double badness(const QueueHealth& queue) {
    if (isPaused(queue)) return 1e11;
    if (!queue.forecast.held.isEmpty()) return 5e10;
    const double growth = std::max(0.0, queue.flow.growth.valueOr(0));
    switch (queue.forecast.verdict) {
        case DrainVerdict::idle:
            return 0;
        case DrainVerdict::learning:
            return kUnknownCell;
        case DrainVerdict::drains:
            return queue.forecast.time_to_drain_s ? queue.forecast.time_to_drain_s->low : 0;
        case DrainVerdict::stalled:
            return 1e12;
        case DrainVerdict::never_drains:
            break;
    }
    return 2e12 + growth;
}

int rank(const std::optional<Severity>& severity) {
    return severity ? static_cast<int>(*severity) : -1;
}

}  // namespace

QString columnTitle(QueueColumn column) {
    return textOf(column).title;
}
QString columnHint(QueueColumn column) {
    return textOf(column).hint;
}
bool isNumeric(QueueColumn column) {
    return textOf(column).numeric;
}

QString shortDurationText(double seconds) {
    if (seconds < 60 || seconds >= 14 * 86400) return durationText(seconds);
    if (seconds < 3600) return u"%1 min"_s.arg(std::llround(std::floor(seconds / 60)));
    if (seconds < 48 * 3600) return u"%1 h"_s.arg(std::llround(std::floor(seconds / 3600)));
    return u"%1 d"_s.arg(std::llround(std::floor(seconds / 86400)));
}

QString provenanceText(Provenance provenance, const QString& method) {
    const QString how = method.isEmpty() ? QString() : u": "_s + method;
    switch (provenance) {
        case Provenance::exact:
            return u"exact"_s + how;
        case Provenance::estimated:
            return u"estimated"_s + how;
        case Provenance::lower_bound:
            return u"at least this many"_s + how;
        case Provenance::not_observable:
            break;
    }
    return u"not observable"_s + how;
}

QString drainCellText(const DrainForecast& forecast, const BacklogFlow& flow) {
    if (!forecast.held.isEmpty()) return u"held"_s;
    switch (forecast.verdict) {
        case DrainVerdict::learning:
            return u"learning %1/%2"_s.arg(forecast.polls).arg(kForecastMinPolls);
        case DrainVerdict::idle:
            return idleText(flow);
        case DrainVerdict::stalled:
            return u"stalled"_s;
        case DrainVerdict::never_drains:
            return flow.growth.known() && *flow.growth.value > 0
                       ? u"never (+%1/s)"_s.arg(compactRateText(*flow.growth.value))
                       : u"never"_s;
        case DrainVerdict::drains:
            break;
    }
    if (!forecast.time_to_drain_s) return u"draining"_s;
    const QString low = shortDurationText(forecast.time_to_drain_s->low);
    if (!forecast.time_to_drain_s->high) return u"%1 or more"_s.arg(low);
    const QString high = shortDurationText(*forecast.time_to_drain_s->high);
    if (low == high) return low;
    const auto unit = low.lastIndexOf(u' ');
    const bool sameUnit = low.mid(unit) == high.mid(high.lastIndexOf(u' '));
    return u"%1–%2"_s.arg(sameUnit ? low.left(unit) : low + u' ', sameUnit ? high : u' ' + high);
}

QueueCell cellOf(const QueueRow& row, QueueColumn column) {
    const QueueHealth& queue = *row.health;
    QueueCell cell;
    switch (column) {
        case QueueColumn::state:
        case QueueColumn::trend:
            break;
        case QueueColumn::queue:
            cell = {visibleText(row.ref.queue), {}, false};
            break;
        case QueueColumn::where:
            cell = {
                row.stale ? u"%1 · %2 old"_s.arg(row.where, shortDurationText(row.stale_age_s)) : row.where,
                {},
                true};
            break;
        case QueueColumn::waiting:
            cell = countCell(queue.reading.ready);
            break;
        case QueueColumn::oldest:
            cell = ageCell(queue.oldest_age_s);
            break;
        case QueueColumn::arrivals:
            cell = rateCell(queue.flow.arrival);
            break;
        case QueueColumn::drain:
            cell = rateCell(queue.flow.drain);
            break;
        case QueueColumn::drains:
            cell = drainsCell(queue);
            break;
        case QueueColumn::dead:
            cell = countCell(queue.reading.dead);
            break;
        case QueueColumn::dead_age:
            cell = ageCell(queue.dead_oldest_age_s);
            cell.loud = deadAgeSeverity(queue);
            break;
        case QueueColumn::lost:
            cell = lossCell(queue);
            break;
        case QueueColumn::amplification:
            cell = amplificationCell(queue);
            break;
        case QueueColumn::stuck:
            cell = stuckCell(queue);
            break;
        case QueueColumn::twice:
            cell = twiceCell(queue);
            break;
        case QueueColumn::running:
            cell = countCell(queue.reading.running);
            break;
        case QueueColumn::retrying:
            cell = countCell(queue.reading.retrying);
            break;
        case QueueColumn::blocked:
            cell = blockedCell(queue);
            break;
    }
    cell.dim = cell.dim || row.stale;
    return cell;
}

// The cell may hold a short label of the connection; here is its whole name too.
QString fullWhereText(const QueueRow& row) {
    const QString connection = visibleText(row.ref.connection, 2000);
    return row.where.startsWith(connection) ? row.where : u"%1\n%2"_s.arg(row.where, connection);
}

QString hintOf(const QueueRow& row, QueueColumn column) {
    const QueueHealth& queue = *row.health;
    switch (column) {
        case QueueColumn::state:
            return queue.severity ? u"The worst open finding here is %1."_s.arg(severityName(*queue.severity))
                                  : u"Quiet: no open finding."_s;
        case QueueColumn::queue:
            return u"%1\n%2"_s.arg(visibleText(row.ref.queue, 2000), row.where) +
                   (queue.reading.paused.value_or(false) ? u"\npaused"_s : QString());
        case QueueColumn::where:
            return row.stale ? u"%1\nThe connection does not answer; these figures are %2 old."_s.arg(
                                   fullWhereText(row), durationText(row.stale_age_s))
                             : fullWhereText(row);
        case QueueColumn::trend:
            return columnHint(column);
        case QueueColumn::waiting:
            return countHint(queue.reading.ready, u"waiting"_s);
        case QueueColumn::oldest:
            return ageHint(queue.oldest_age_s, queue.reading.oldest_ready_at);
        case QueueColumn::arrivals:
            return rateHint(queue.flow.arrival, queue.flow);
        case QueueColumn::drain:
            return rateHint(queue.flow.drain, queue.flow);
        case QueueColumn::drains:
            return isPaused(queue) ? u"paused: the queue's own flag is set, so nothing is taken from it"_s
                                   : drainVerdictText(queue.forecast, queue.flow);
        case QueueColumn::dead:
            return countHint(queue.reading.dead, u"dead"_s);
        case QueueColumn::dead_age:
            return ageHint(queue.dead_oldest_age_s, queue.reading.oldest_dead_at);
        case QueueColumn::lost:
            return lossHint(queue);
        case QueueColumn::amplification:
            return amplificationHint(queue);
        case QueueColumn::stuck:
            return stuckHint(queue);
        case QueueColumn::twice:
            return twiceHint(queue);
        case QueueColumn::running:
            return countHint(queue.reading.running, u"running"_s);
        case QueueColumn::retrying:
            return countHint(queue.reading.retrying, u"retrying"_s);
        case QueueColumn::blocked:
            return blockedHint(queue);
    }
    return {};
}

double rawValue(const QueueRow& row, QueueColumn column) {
    const QueueHealth& queue = *row.health;
    const auto count = [](const Count& n) {
        return n.known() ? static_cast<double>(*n.value) : kUnknownCell;
    };
    switch (column) {
        case QueueColumn::state:
            return rank(queue.severity);
        case QueueColumn::waiting:
        case QueueColumn::trend:
            return count(queue.reading.ready);
        case QueueColumn::drain:
            return queue.flow.drain.valueOr(kUnknownCell);
        case QueueColumn::oldest:
            return queue.oldest_age_s.valueOr(kUnknownCell);
        case QueueColumn::arrivals:
            return queue.flow.arrival.valueOr(kUnknownCell);
        case QueueColumn::drains:
            return badness(queue);
        case QueueColumn::dead:
            return count(queue.reading.dead);
        case QueueColumn::dead_age:
            return queue.dead_oldest_age_s.valueOr(kUnknownCell);
        case QueueColumn::lost:
            return count(queue.reading.lost_next_24h);
        case QueueColumn::amplification:
            return amplificationValue(queue);
        case QueueColumn::stuck:
            return count(queue.stuck);
        case QueueColumn::twice:
            return twiceValue(queue);
        case QueueColumn::running:
            return count(queue.reading.running);
        case QueueColumn::retrying:
            return count(queue.reading.retrying);
        case QueueColumn::blocked:
            return count(queue.reading.blocked);
        case QueueColumn::queue:
        case QueueColumn::where:
            break;
    }
    return kUnknownCell;
}

bool differs(const QueueHealth& a, const QueueHealth& b, QueueColumn column) {
    switch (column) {
        case QueueColumn::state:
            return a.severity != b.severity;
        case QueueColumn::queue:
            return a.severity != b.severity || a.reading.paused != b.reading.paused;
        case QueueColumn::where:
        case QueueColumn::trend:
            return false;
        case QueueColumn::waiting:
            return a.reading.ready != b.reading.ready;
        case QueueColumn::oldest:
            return a.oldest_age_s != b.oldest_age_s;
        case QueueColumn::arrivals:
            return a.flow.arrival != b.flow.arrival;
        case QueueColumn::drain:
            return a.flow.drain != b.flow.drain;
        case QueueColumn::drains:
            return a.forecast != b.forecast || a.flow.growth != b.flow.growth || a.severity != b.severity ||
                   a.reading.paused != b.reading.paused;
        case QueueColumn::dead:
            return a.reading.dead != b.reading.dead;
        case QueueColumn::dead_age:
            return a.dead_oldest_age_s != b.dead_oldest_age_s;
        case QueueColumn::lost:
            return a.reading.lost_next_24h != b.reading.lost_next_24h;
        case QueueColumn::amplification:
            return a.retry != b.retry;
        case QueueColumn::stuck:
            return a.stuck != b.stuck;
        case QueueColumn::twice:
            return a.duplicates != b.duplicates || a.recent_duplicates != b.recent_duplicates;
        case QueueColumn::running:
            return a.reading.running != b.reading.running;
        case QueueColumn::retrying:
            return a.reading.retrying != b.reading.retrying;
        case QueueColumn::blocked:
            return a.reading.blocked != b.reading.blocked ||
                   a.reading.blocked_on_dead != b.reading.blocked_on_dead ||
                   a.oldest_blocked_s != b.oldest_blocked_s;
    }
    return false;
}

}  // namespace spillway
