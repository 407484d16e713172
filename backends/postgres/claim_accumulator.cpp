#include "backends/postgres/claim_accumulator.h"

#include "backends/domain/human_text.h"
#include "backends/postgres/display_name.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr size_t mostIncidents = 20;
constexpr size_t mostMissing = 2'000;
// A number whose transaction was rolled back never comes.
constexpr int pollsOfPatience = 300;

QString noteOn(const Row& row) {
    const QString owner = visibleText(row.text("first_owner"), 80);
    if (row.text("before") == "finished"_L1)
        return owner.isEmpty() ? u"claimed again after it had finished"_s
                               : u"claimed again after %1 had finished it"_s.arg(owner);
    return owner.isEmpty() ? u"claimed while another still held it"_s
                           : u"claimed while %1 still held it"_s.arg(owner);
}

}  // namespace

std::string ClaimAccumulator::missingPositions() const {
    std::vector<std::string> positions;
    for (const auto& [position, polls] : m_missing) positions.push_back(std::to_string(position));
    return toArrayLiteral(positions);
}

void ClaimAccumulator::restartIfEmptied(qint64 newest) {
    if (newest < m_after) *this = {};
    m_newest = newest;
}

void ClaimAccumulator::note(qint64 position) {
    if (position <= m_after) {
        m_missing.erase(position);
        return;
    }
    // A read from the middle on, or after a trim, leaves no gaps behind to wait for.
    if (m_after > 0 && position - m_after < static_cast<qint64>(mostMissing))
        for (qint64 gap = m_after + 1; gap < position && m_missing.size() < mostMissing; ++gap)
            m_missing[gap] = 0;
    m_after = position;
}

void ClaimAccumulator::end(const QString& job, ServerTime at) {
    for (auto& [queue, totals] : m_totals)
        for (auto& incident : totals.incidents)
            if (incident.id == job && !incident.overlap_s && incident.second_claimed_at &&
                *incident.second_claimed_at <= at)
                incident.overlap_s = secondsBetween(*incident.second_claimed_at, at);
}

void ClaimAccumulator::addEvent(const Row& row, const std::string& queue) {
    const auto at = row.time("at");
    if (row.text("event") != "claim"_L1) {
        if (at) end(row.text("job"), *at);
        return;
    }
    auto& totals = m_totals[queue];
    ++totals.claims;
    const auto before = row.text("before");
    if (before == "free"_L1 && row.integer("attempts") == 0) ++totals.first;
    if (before != "held"_L1 && before != "finished"_L1) return;
    ++totals.duplicates;
    DuplicateClaim incident{row.text("job"),
                            displayName(queue),
                            {},
                            row.text("first_owner"),
                            row.text("owner"),
                            row.time("first_claimed_at"),
                            at,
                            {},
                            ClaimEvidence::recorded,
                            noteOn(row)};
    if (before == "finished"_L1) incident.overlap_s = 0;  // nobody held it any more
    totals.incidents.insert(totals.incidents.begin(), std::move(incident));
    if (totals.incidents.size() > mostIncidents) totals.incidents.resize(mostIncidents);
}

void ClaimAccumulator::add(const Rows& rows, const QString& constantQueue) {
    if (rows.size() == 0) return;
    restartIfEmptied(rows.at(0).integer("position").value_or(0));
    if (!m_since) m_since = rows.at(0).time("at");
    for (size_t i = 1; i < rows.size(); ++i) {
        const Row row = rows.at(i);
        note(row.integer("position").value_or(0));
        addEvent(row, constantQueue.isNull() ? row.bytes("queue").value_or(QByteArray()).toStdString()
                                             : constantQueue.toStdString());
    }
    for (auto& [position, polls] : m_missing) ++polls;
    std::erase_if(m_missing, [](const auto& missing) { return missing.second > pollsOfPatience; });
}

ClaimAccumulator::Executions ClaimAccumulator::executions(const std::string& queue) const {
    if (m_after < m_newest) {
        const auto unread = Count::notObservable(u"The claim log is still being read."_s);
        return {unread, unread};
    }
    const auto it = m_totals.find(queue);
    const Totals totals = it == m_totals.end() ? Totals{} : it->second;
    return {Count::exact(totals.claims), Count::exact(totals.first)};
}

ClaimsReading ClaimAccumulator::reading(const std::string& queue) const {
    const auto it = m_totals.find(queue);
    const Totals totals = it == m_totals.end() ? Totals{} : it->second;
    const auto count = [&](qint64 n) {
        return m_after >= m_newest
                   ? Count::exact(n)
                   : Count::lowerBound(n, u"the claim log is still being read: %1 of %2"_s.arg(
                                              exactCountText(m_after), exactCountText(m_newest)));
    };
    return {count(totals.claims), count(totals.duplicates), m_since, ClaimEvidence::recorded,
            totals.incidents};
}

}  // namespace spillway
