#include "widgets/models/queue_cells.h"

#include <array>
#include <cmath>
#include <map>

#include "backends/domain/display_zone.h"
#include "backends/domain/human_text.h"
#include "backends/health/findings.h"
#include "widgets/models/signal_cells.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

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

QueueCell deadAgeCell(const QueueHealth& queue) {
    QueueCell cell = ageCell(queue.dead_oldest_age_s);
    cell.loud = deadAgeSeverity(queue);
    return cell;
}

QueueCell whereCell(const QueueRow& row) {
    const QString old = u"%1 · %2 old"_s;
    return {row.stale ? old.arg(row.where, shortDurationText(row.stale_age_s)) : row.where, {}, true};
}

// As if the connection answered.
QueueCell freshCell(const QueueRow& row, QueueColumn column) {
    using Of = QueueCell (*)(const QueueHealth&);
    static const std::map<QueueColumn, Of> cells{
        {QueueColumn::waiting, [](const QueueHealth& queue) { return countCell(queue.reading.ready); }},
        {QueueColumn::oldest, [](const QueueHealth& queue) { return ageCell(queue.oldest_age_s); }},
        {QueueColumn::arrivals, [](const QueueHealth& queue) { return rateCell(queue.flow.arrival); }},
        {QueueColumn::drain, [](const QueueHealth& queue) { return rateCell(queue.flow.drain); }},
        {QueueColumn::drains, drainsCell},
        {QueueColumn::dead, [](const QueueHealth& queue) { return countCell(queue.reading.dead); }},
        {QueueColumn::dead_age, deadAgeCell},
        {QueueColumn::lost, lossCell},
        {QueueColumn::amplification, amplificationCell},
        {QueueColumn::stuck, stuckCell},
        {QueueColumn::twice, twiceCell},
        {QueueColumn::running, [](const QueueHealth& queue) { return countCell(queue.reading.running); }},
        {QueueColumn::retrying, [](const QueueHealth& queue) { return countCell(queue.reading.retrying); }},
        {QueueColumn::blocked, blockedCell}};
    if (column == QueueColumn::queue) return {visibleText(row.ref.queue), {}, false};
    if (column == QueueColumn::where) return whereCell(row);
    const auto cell = cells.find(column);
    return cell == cells.end() ? QueueCell() : cell->second(*row.health);
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
    QueueCell cell = freshCell(row, column);
    cell.dim = cell.dim || row.stale;
    return cell;
}

}  // namespace spillway
