#include "backends/postgres/engine/unworked_watch.h"

#include <set>

#include "backends/postgres/engine/display_name.h"

namespace spillway {
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
namespace {
// Done jobs are kept for longer than this where the questions follow a job: what is missing was not run.
constexpr auto longestBlindness = 100s;
constexpr auto toldFor = 1h;
}  // namespace

void UnworkedWatch::begin(ServerTime now) {
    if (now < m_now || now - m_now > longestBlindness) m_jobs.clear();
    m_now = now;
}

std::string UnworkedWatch::queues() const {
    std::vector<std::string> list;
    for (const auto& [job, until] : m_jobs) list.push_back(job.first);
    return toArrayLiteral(list);
}

std::string UnworkedWatch::ids() const {
    std::vector<std::string> list;
    for (const auto& [job, until] : m_jobs) list.push_back(job.second);
    return toArrayLiteral(list);
}

void UnworkedWatch::takeLeft(const Rows& rows) {
    std::set<std::pair<std::string, std::string>> waiting, there;
    for (size_t i = 0; i < rows.size(); ++i) {
        const Row row = rows.at(i);
        const std::pair job{row.bytes("queue").value_or(QByteArray()).toStdString(),
                            row.text("id").toStdString()};
        there.insert(job);
        if (row.flag("waiting")) waiting.insert(job);
    }
    std::erase_if(m_jobs, [&](const auto& entry) {
        const auto& [job, until] = entry;
        if (waiting.contains(job)) return false;
        // Taken by a worker, or removed by somebody before its time: neither was deleted for its age.
        if (there.contains(job) || until > m_now) return true;
        auto [it, isNew] = m_removed.try_emplace(job.first, Removed{0, m_now, m_now, false});
        ++it->second.jobs;
        it->second.last = m_now;
        it->second.more = it->second.more || m_unseen[job.first];
        return true;
    });
}

void UnworkedWatch::take(const Rows& rows) {
    for (size_t i = 0; i < rows.size(); ++i) {
        const Row row = rows.at(i);
        const auto until = row.time("until");
        const std::string queue = row.bytes("queue").value_or(QByteArray()).toStdString();
        const bool full = m_jobs.size() >= mostJobs;
        if (full || row.flag("capped") || row.flag("brief")) m_unseen[queue] = true;
        if (until && !full) m_jobs[{queue, row.text("id").toStdString()}] = *until;
    }
}

std::vector<Condition> UnworkedWatch::conditions(ServerTime now) {
    std::erase_if(m_removed, [now](const auto& entry) { return now - entry.second.last > toldFor; });
    std::vector<Condition> found;
    for (const auto& [queue, removed] : m_removed)
        found.push_back(
            {ConditionKind::removed_unworked,
             displayName(queue),
             {},
             removed.more
                 ? Count::lowerBound(removed.jobs, u"not every waiting job near its end is followed"_s)
                 : Count::exact(removed.jobs),
             removed.first,
             u"seen waiting until their time to live was over, then gone without having been claimed"_s,
             {},
             removed.last});
    return found;
}

}  // namespace spillway
