// Keys for sorting the queue table: cheap to compare, made once per row and sort. Pure.
#pragma once

#include <functional>
#include <vector>

#include "widgets/models/queue_cells.h"

namespace spillway {

struct QueueKey {
    double primary;  // smaller stands higher, whatever the direction
    double secondary;
    int name;  // place among all names: breaks every tie, so that the order never flickers
    int row;
    bool operator<(const QueueKey& other) const {
        if (primary != other.primary) return primary < other.primary;
        if (secondary != other.secondary) return secondary < other.secondary;
        return name < other.name;
    }
};

// `name` is the row's place among all names; in the column `where`, among all systems and names.
// In `state`, ascending means worse first. Unknown figures come last in both directions.
[[nodiscard]] QueueKey queueKey(const QueueRow& queue, QueueColumn column, Qt::SortOrder order, int name,
                                int row);

enum class NameOrder { by_queue, by_system };
// For each of `count` rows its place when all are sorted by name, without regard to case.
[[nodiscard]] std::vector<int> nameRanks(int count, const std::function<const QueueRow&(int)>& rowAt,
                                         NameOrder order);

}  // namespace spillway
