// The recent readings of one queue, oldest first: what rates and forecasts are computed from.
#pragma once

#include <algorithm>
#include <concepts>
#include <deque>
#include <span>
#include <vector>

#include "backends/domain/queue_reading.h"

namespace spillway {

struct QueueSample {
    ServerTime at;
    QueueReading reading;
    // Totals since some moment, see OwnExecutions.
    qint64 put_back = 0, own_executions = 0;
};

// A window from its first sample on whose reading is `usable`; the whole window if none is.
template <std::predicate<const QueueReading&> Usable>
[[nodiscard]] std::vector<const QueueSample*> sinceFirst(const std::vector<const QueueSample*>& window,
                                                         Usable usable) {
    const auto first =
        std::ranges::find_if(window, [&](const QueueSample* sample) { return usable(sample->reading); });
    return first == window.end() ? window : std::vector(first, window.end());
}

// Keeps `span_s` seconds. A server clock that jumps backwards, or a gap longer than `max_gap_s`,
// starts the timeline anew: no rate is ever computed across it. Only the newest sample keeps its lists
// (retry_due, incidents).
class QueueTimeline {
public:
    explicit QueueTimeline(double span_s = 3600, double max_gap_s = 600)
        : m_span(span_s), m_maxGap(max_gap_s) {}

    void add(ServerTime at, QueueReading reading, qint64 putBack = 0, qint64 ownExecutions = 0);
    // The samples of the last `seconds`, plus the one just before, so that a window is covered whole.
    [[nodiscard]] std::vector<const QueueSample*> window(double seconds) const;
    [[nodiscard]] const std::deque<QueueSample>& samples() const { return m_samples; }

private:
    std::deque<QueueSample> m_samples;
    double m_span;
    double m_maxGap;
};

}  // namespace spillway
