#include "backends/postgres/engine/flow_accumulator.h"

#include <algorithm>

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
    expect(std::chrono::duration<double>(until - since).count());
    return {since, until};
}

void FlowAccumulator::expect(double seconds) {
    m_expected.clear();
    for (auto& [queue, totals] : m_totals) {
        if (m_length_s > 0 && totals.most > 0)
            m_expected.push_back(static_cast<double>(totals.most) * seconds / m_length_s);
        totals.most = 0;
        totals.fleeting = false;
        totals.capped.clear();
    }
    m_length_s = seconds;
}

void FlowAccumulator::add(const std::string& queue, const Row& row, const std::vector<std::string>& columns) {
    auto& totals = m_totals[queue];
    totals.fleeting = totals.fleeting || row.flag("fleeting");
    for (const auto& column : columns)
        if (const auto n = row.integer(column)) {
            totals.columns[column] += *n;
            totals.most = std::max(totals.most, *n);
            totals.capped[column] = totals.capped[column] || row.flag("capped");
        }
}

Count FlowAccumulator::total(const std::string& queue, const std::string& column) const {
    const auto it = m_totals.find(queue);
    if (it == m_totals.end()) return Count::exact(0);
    const auto value = it->second.columns.find(column);
    const qint64 n = value == it->second.columns.end() ? 0 : value->second;
    if (it->second.fleeting)
        return Count::lowerBound(
            n, u"finished jobs are kept so briefly that some come and go between two polls"_s);
    if (const auto capped = it->second.capped.find(column);
        capped != it->second.capped.end() && capped->second)
        return Count::lowerBound(n, u"more jobs moved between two polls than one poll counts"_s);
    return Count::exact(n);
}

}  // namespace spillway
