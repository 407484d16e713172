// Backlog growth against drain rate of one queue over one window. Pure.
#pragma once

#include <vector>

#include "backends/health/queue_timeline.h"

namespace spillway {

// One interval between two neighbouring polls.
struct FlowStep {
    double seconds = 0;
    std::optional<double> arrivals;    // jobs, first-time enqueues
    std::optional<double> departures;  // jobs that left for good: completed + dead + cancelled
    std::optional<double> growth;      // jobs, change of ready
    bool unseen = false;               // between two runs of this program: nobody counted what came and left
};

struct BacklogFlow {
    int polls = 0;        // readings in the window
    double window_s = 0;  // what they span
    Rate arrival;         // λ
    Rate drain;           // μ
    Rate growth;          // g, measured on its own where ready is exact
    // Jobs of this window that went without having been worked: purged, deleted or cleared by hand. No drain.
    Count removed;
    double put_back = 0;  // jobs per second that a person put back through this program; part of the growth
    std::vector<FlowStep> steps;
};

// Where only one of arrivals and departures is observable, the other follows from the balance
// Δ(ready+running+retrying+scheduled+blocked) = arrivals - departures and is `estimated`. A counter that went
// down was reset: that step is skipped. Neither observable: both say so, only growth is given.
[[nodiscard]] BacklogFlow backlogFlow(const std::vector<const QueueSample*>& window);

}  // namespace spillway
