// Since when a queue has lived under the present conditions. Rates across a change of them describe neither
// side: ten thousand jobs in one second are a step, not a growth of 580/s. Pure.
#pragma once

#include "backends/health/backlog_flow.h"

namespace spillway {

// Where in the window to begin: after its one burst of arrivals, or after its workers began, if at least four
// polls have seen what came after; else 0. A burst that comes again and again is how this queue lives.
// `whole`: backlogFlow() of this window.
[[nodiscard]] std::size_t startOfRegime(const std::vector<const QueueSample*>& window,
                                        const BacklogFlow& whole);

// The rhythm in which the workers of one queue come by, learnt step by step.
class WorkRhythm {
public:
    // What happened between two polls, and whether jobs wait now.
    void add(const FlowStep& step, bool waiting);
    // The usual time between departures while jobs wait, in seconds: the median of the last ten, the longest
    // where fewer than three were seen; 0: none was.
    [[nodiscard]] double usualLull_s() const;
    // Since a job was last seen to leave while jobs wait.
    [[nodiscard]] double lull_s() const { return m_lull; }
    // Goes on from what another run has learnt; before the first add().
    void resume(double usualLull_s, double lull_s);

private:
    std::deque<double> m_lulls;
    double m_lull = 0;
    bool m_departed = false;
};

}  // namespace spillway
