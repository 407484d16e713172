#include "backends/postgres/claims/accumulator.h"

#include "backends/domain/human_text.h"
#include "backends/postgres/engine/display_name.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr size_t mostMissing = 2'000;
constexpr size_t mostOpen = 200;
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

std::string ClaimAccumulator::openJobs() const {
    std::vector<std::string> jobs;
    for (const auto& [queue, totals] : m_totals)
        for (const auto& incident : totals.incidents)
            if (!incident.overlap_s) jobs.push_back(incident.id.toStdString());
    if (jobs.size() > mostOpen) jobs.resize(mostOpen);
    return toArrayLiteral(jobs);
}

// False: the first read began too far back, the next one begins nearer to the end.
bool ClaimAccumulator::takeReach(const Row& row) {
    const qint64 newest = row.integer("position").value_or(0);
    if (newest < m_after) *this = {};
    m_newest = newest;
    if (m_after == 0 && newest > lookBack) {
        m_after = newest - lookBack;
        return false;
    }
    if (!m_since) m_since = row.time("at");
    return true;
}

void ClaimAccumulator::takeSums(const Row& row, Totals& totals) {
    totals.claims += row.integer("claims").value_or(0);
    totals.first += row.integer("first_claims").value_or(0);
    totals.duplicates += row.integer("duplicates").value_or(0);
}

// Numbers that others have drawn and not committed yet. A long gap is a trim, and nothing to wait for.
void ClaimAccumulator::takeGap(qint64 from, qint64 to) {
    if (to - from >= static_cast<qint64>(mostMissing)) return;
    for (qint64 position = from + 1; position < to && m_missing.size() < mostMissing; ++position)
        m_missing.emplace(position, 0);
}

void ClaimAccumulator::end(const Row& row) {
    const auto at = row.time("at");
    const QString job = row.text("job");
    for (auto& [queue, totals] : m_totals)
        for (auto& incident : totals.incidents)
            if (at && incident.id == job && !incident.overlap_s && incident.second_claimed_at &&
                *incident.second_claimed_at <= *at)
                incident.overlap_s = secondsBetween(*incident.second_claimed_at, *at);
}

void ClaimAccumulator::takeDuplicate(const Row& row, const std::string& queue) {
    const auto at = row.time("at"), ended = row.time("ended_at");
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
    if (row.text("before") == "finished"_L1) incident.overlap_s = 0;  // nobody held it any more
    if (at && ended && !incident.overlap_s) incident.overlap_s = secondsBetween(*at, *ended);
    addIncident(m_totals[queue].incidents, std::move(incident));
}

void ClaimAccumulator::takeLate(const Row& row, const std::string& queue) {
    m_missing.erase(row.integer("position").value_or(0));
    if (row.text("event") != "claim"_L1) return end(row);
    auto& totals = m_totals[queue];
    ++totals.claims;
    const auto before = row.text("before");
    if (before == "free"_L1 && row.integer("attempts") == 0) ++totals.first;
    if (before != "held"_L1 && before != "finished"_L1) return;
    ++totals.duplicates;
    takeDuplicate(row, queue);
}

void ClaimAccumulator::add(const Rows& rows, const QString& constantQueue) {
    for (size_t i = 0; i < rows.size(); ++i) {
        const Row row = rows.at(i);
        const std::string queue = constantQueue.isNull()
                                      ? row.bytes("queue").value_or(QByteArray()).toStdString()
                                      : constantQueue.toStdString();
        const qint64 position = row.integer("position").value_or(0);
        switch (row.integer("part").value_or(0)) {
            case 1:
                if (!takeReach(row)) return;
                break;
            case 2:
                m_after = std::max(m_after, position);
                break;
            case 3:
                takeSums(row, m_totals[queue]);
                break;
            case 4:
                takeGap(row.integer("from_position").value_or(0), position);
                break;
            case 5:
                takeDuplicate(row, queue);
                break;
            case 6:
                end(row);
                break;
            case 7:
                takeLate(row, queue);
                break;
            default:
                break;
        }
    }
    for (auto& [position, polls] : m_missing) ++polls;
    std::erase_if(m_missing, [](const auto& missing) { return missing.second > pollsOfPatience; });
}

ClaimAccumulator::Executions ClaimAccumulator::executions(const std::string& queue) const {
    if (isBehind()) {
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
        return isBehind() ? Count::lowerBound(n, u"the claim log is still being read: %1 of %2"_s.arg(
                                                     exactCountText(m_after), exactCountText(m_newest)))
                          : Count::exact(n);
    };
    return {count(totals.claims), count(totals.duplicates), m_since, ClaimEvidence::recorded,
            totals.incidents};
}

}  // namespace spillway
