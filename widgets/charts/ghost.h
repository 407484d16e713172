// The same queue at an earlier time, to be laid behind the newer lines: "the same hour yesterday". Pure.
// Times are seconds on the server's clock since 1970.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "widgets/charts/queue_history.h"

namespace spillway {

// What was recorded, at its own times. Immutable once it is shown.
struct Ghost {
    double before_s = 0;  // how long before the newer lines
    QueueSeries series;
    bool empty = false;  // nothing was recorded then

    // Moved to where it is laid. `from`, `to`: as the newer lines are drawn.
    [[nodiscard]] std::vector<ChartColumn> columns(ChartSeries which, double from, double to,
                                                   int pixels) const;
    [[nodiscard]] std::optional<double> valueAt(ChartSeries which, double at) const;
};

// Knows what to ask of the history for the ghost, and makes it of the answer.
class GhostRequests {
public:
    void setBefore(double seconds);  // 0: no ghost
    // What to ask for when [from, to] of this queue is shown; nullopt: it was asked for at this grain, or
    // there is no ghost. Forgets the ghost of another queue.
    [[nodiscard]] std::optional<std::pair<double, double>> wanted(const QueueRef& queue, double from,
                                                                  double to);
    // False: this was not the answer that is awaited.
    bool take(const QueueRef& queue, const QueuePast& past);
    [[nodiscard]] const std::shared_ptr<const Ghost>& ghost() const { return m_ghost; }  // null: none (yet)

private:
    double m_before = 0;
    QueueRef m_queue;
    std::optional<std::pair<double, double>> m_asked;
    std::shared_ptr<const Ghost> m_ghost;
};

}  // namespace spillway
