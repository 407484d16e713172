#include "backends/postgres/flow_accumulator.h"

namespace spillway {
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
namespace {
constexpr auto settleTime = 1s;
constexpr auto longestGap = 120s;
}  // namespace

FlowAccumulator::Window FlowAccumulator::begin(ServerTime now) {
    const ServerTime until = now - settleTime;
    if (!m_until || until < *m_until || until - *m_until > longestGap) {
        m_totals.clear();
        m_until = until;
    }
    const ServerTime since = *m_until;
    m_until = until;
    return {since, until};
}

void FlowAccumulator::add(const std::string& queue, const Row& row, const std::vector<std::string>& columns) {
    auto& totals = m_totals[queue];
    for (const auto& column : columns)
        if (const auto n = row.integer(column)) {
            totals.columns[column] += *n;
            totals.capped[column] = totals.capped[column] || row.flag("capped");
        }
}

Count FlowAccumulator::total(const std::string& queue, const std::string& column) const {
    const auto it = m_totals.find(queue);
    if (it == m_totals.end()) return Count::exact(0);
    const auto value = it->second.columns.find(column);
    if (value == it->second.columns.end()) return Count::exact(0);
    if (it->second.capped.at(column))
        return Count::lowerBound(value->second, u"more jobs moved between two polls than one poll counts"_s);
    return Count::exact(value->second);
}

}  // namespace spillway
