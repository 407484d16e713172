#include "widgets/models/queue_order.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace spillway {

QueueKey queueKey(const QueueRow& queue, QueueColumn column, Qt::SortOrder order, int name, int row) {
    const double sign = order == Qt::AscendingOrder ? 1 : -1;
    switch (column) {
        case QueueColumn::state:
            return {-sign * rawValue(queue, column), -sign * queue.impact, name, row};
        case QueueColumn::queue:
        case QueueColumn::where:
            return {sign * name, 0, name, row};
        default:
            break;
    }
    const double value = rawValue(queue, column);
    return {std::isnan(value) ? std::numeric_limits<double>::infinity() : sign * value, 0, name, row};
}

std::vector<int> nameRanks(int count, const std::function<const QueueRow&(int)>& rowAt, NameOrder order) {
    std::vector<std::pair<QString, int>> names;
    names.reserve(static_cast<size_t>(count));
    for (int row = 0; row < count; ++row) names.emplace_back(rowAt(row).ref.queue.toCaseFolded(), row);
    std::sort(names.begin(), names.end(), [&](const auto& a, const auto& b) {
        const int byName = a.first.compare(b.first);
        if (byName != 0 && order == NameOrder::by_queue) return byName < 0;
        const QueueRow &left = rowAt(a.second), &right = rowAt(b.second);
        if (left.where != right.where) return left.where < right.where;
        return byName != 0 ? byName < 0 : left.ref.queue < right.ref.queue;
    });
    std::vector<int> ranks(names.size());
    for (size_t place = 0; place < names.size(); ++place)
        ranks[static_cast<size_t>(names[place].second)] = static_cast<int>(place);
    return ranks;
}

}  // namespace spillway
