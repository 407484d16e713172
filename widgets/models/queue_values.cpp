// What a column sorts by, and when it has to be painted anew.
#include <algorithm>
#include <limits>

#include "widgets/models/queue_cells.h"
#include "widgets/models/signal_cells.h"

namespace spillway {
namespace {

constexpr double kUnknownCell = std::numeric_limits<double>::quiet_NaN();

double badness(const QueueHealth& queue) {
    if (queue.reading.paused.value_or(false)) return 1e11;
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
