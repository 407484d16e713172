// What a search can find. Pure.
#pragma once

#include <vector>

#include "widgets/models/connection_view.h"
#include "widgets/models/queue_ref.h"

namespace spillway {

struct SearchHit {
    enum class Kind { queue, worker, dead_job };

    Kind kind = Kind::queue;
    QueueRef ref;    // of a worker: without a queue
    QString id;      // of a dead job or a worker
    QString found;   // what was found, in one line; may hold anything
    QString detail;  // what else tells it apart

    bool operator==(const SearchHit&) const = default;
};

inline constexpr size_t kMostHits = 200;  // of each kind; of dead letters, on each connection

// A part of a name, in any case. Of the last readings: nobody is asked. A worker also by its host and pid.
[[nodiscard]] std::vector<SearchHit> queuesNamed(const QString& text, const ConnectionViews& views);
[[nodiscard]] std::vector<SearchHit> workersNamed(const QString& text, const ConnectionViews& views);

}  // namespace spillway
