#include "backends/redis/shared/dead_letters.h"

#include <algorithm>
#include <map>

#include "backends/health/error_signature.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr std::size_t kBatch = 500;
constexpr qsizetype kLongestId = 100;

// What the walk over the shelves has not looked at.
bool passes(const DeadJob& job, const JobFilter& filter) {
    return (filter.queues.isEmpty() || filter.queues.contains(job.queue)) &&
           (filter.kind.isEmpty() || filter.kind == job.kind) &&
           (filter.ids.isEmpty() || filter.ids.contains(job.id)) &&
           (filter.error_signature.isEmpty() || filter.error_signature == errorSignature(job.error));
}

Failure unreadable(const QString& why) {
    return {FailureKind::permission,
            u"The dead jobs cannot be listed: %1."_s.arg(why),
            {},
            u"Give the Redis user the right to read them."_s};
}

Failure gone(const QString& id) {
    return {FailureKind::changed,
            u"Job %1 is not among the dead any more."_s.arg(id),
            {},
            u"Look at the list of dead jobs again."_s};
}

// It may be the one of which not even the id can be read.
Failure notReadable(const QString& id, const QString& gap) {
    return {FailureKind::changed,
            u"Job %1 is not among the dead jobs that can be read; one beside them is %2."_s.arg(id, gap),
            {},
            u"Look at that one with the queue system's own tool; large data belongs beside a queue, not into "
            "its jobs."_s};
}

class GroupTable {
public:
    void add(const DeadJob& job) {
        const QString signature = errorSignature(job.error);
        DeadGroup& group = m_groups[{signature, job.kind}];
        if (!group.count.known()) {
            group.signature = signature;
            group.kind = job.kind;
            group.count = Count::exact(0);
            group.last_seen = job.died_at;
            group.sample = job.error;
            group.sample_id = job.id;
        }
        ++*group.count.value;
        if (job.died_at) group.first_seen = job.died_at;  // they come newest first
    }
    [[nodiscard]] std::vector<DeadGroup> largestFirst(bool complete) const {
        std::vector<DeadGroup> groups;
        for (const auto& [key, group] : m_groups) {
            groups.push_back(group);
            if (!complete)
                groups.back().count = Count::lowerBound(*group.count.value,
                                                        u"among the newest dead jobs that were looked at"_s);
        }
        std::stable_sort(groups.begin(), groups.end(), [](const DeadGroup& a, const DeadGroup& b) {
            return *a.count.value > *b.count.value;
        });
        return groups;
    }

private:
    std::map<std::pair<QString, QString>, DeadGroup> m_groups;
};

}  // namespace

Outcome<DeadPage> RedisDeadLetters::page(const DeadQuery& query) const {
    RedisDeadWalk walk(m_systems, query.filter, query.newest_first, m_link);
    if (const auto begun = walk.begin(m_now, query.after); !begun) return begun.failure();
    const auto limit = static_cast<std::size_t>(std::clamp(query.limit, 1, 1000));
    const bool searches = !query.filter.kind.isEmpty() || !query.filter.error_signature.isEmpty() ||
                          !query.filter.ids.isEmpty() ||
                          (!query.filter.queues.isEmpty() && !walk.shelvesNameTheQueue());
    DeadPage page{m_now, {}, {}, {}};
    bool full = false;
    QString mark;
    for (qint64 scanned = 0; !walk.ended() && !full && scanned < kScanAtMost;) {
        const auto batch = walk.next(searches ? kBatch : limit - page.jobs.size());
        if (!batch) return batch.failure();
        scanned += static_cast<qint64>(std::max<std::size_t>(1, batch->size()));
        for (const RedisDeadWalk::Found& found : *batch) {
            mark = found.mark;
            if (passes(found.job, query.filter)) page.jobs.push_back(found.job);
            full = page.jobs.size() == limit;
            if (full) break;
        }
        if (!full)
            mark = walk.mark();
        else if (!batch->empty() && mark != walk.mark())
            page.next = mark;  // more of this batch is left
    }
    if (page.jobs.empty() && !walk.problem().isEmpty()) return unreadable(walk.problem());
    if (!walk.ended()) page.next = mark;
    page.total = searches ? total(walk, query, page.jobs.size()) : walk.counted();
    if (searches && !page.next.isEmpty())
        page.total = Count::lowerBound(static_cast<qint64>(page.jobs.size()),
                                       u"on this page; the jobs behind it were not looked at"_s);
    return page;
}

Count RedisDeadLetters::total(const RedisDeadWalk& walk, const DeadQuery& query, std::size_t matched) const {
    const auto count = static_cast<qint64>(matched);
    if (!walk.problem().isEmpty()) return Count::lowerBound(count, walk.problem());
    if (!query.after.isEmpty())
        return Count::lowerBound(count, u"on this page; there were others before it"_s);
    return Count::exact(count);
}

Outcome<DeadGroups> RedisDeadLetters::groups(const DeadGroupsQuery& query) const {
    RedisDeadWalk walk(m_systems, query.filter, true, m_link);
    if (const auto begun = walk.begin(m_now, {}); !begun) return begun.failure();
    DeadGroups groups{m_now, {}, 0, false};
    GroupTable table;
    while (!walk.ended() && groups.scanned < kScanAtMost) {
        const auto left = static_cast<std::size_t>(kScanAtMost - groups.scanned);
        const auto batch = walk.next(std::min(kBatch, left));
        if (!batch) return batch.failure();
        for (const RedisDeadWalk::Found& found : *batch)
            if (passes(found.job, query.filter)) table.add(found.job);
        groups.scanned += static_cast<qint64>(batch->size());
    }
    if (groups.scanned == 0 && !walk.problem().isEmpty()) return unreadable(walk.problem());
    groups.complete = walk.ended() && walk.problem().isEmpty();
    groups.groups = table.largestFirst(groups.complete);
    return groups;
}

Outcome<JobDetail> RedisDeadLetters::detail(RedisSystem& system, const DeadShelf& shelf,
                                            const DeadEntry& entry, const QString& systemKey) const {
    RedisPipeline pipeline;
    JobDetail detail;
    detail.job.system = systemKey;
    system.describeDead(pipeline, shelf, entry, detail.job);
    if (const auto done = m_link.run(pipeline); !done) return done.failure();
    if (detail.job.id.isEmpty()) return gone(QString::fromUtf8(entry.member.left(kLongestId)));
    system.detailDead(pipeline, shelf, entry, detail);
    if (const auto done = m_link.run(pipeline); !done) return done.failure();
    return detail;
}

Outcome<JobDetail> RedisDeadLetters::searched(const JobQuery& query) const {
    JobFilter filter;
    filter.system = query.system;
    if (!query.queue.isEmpty()) filter.queues << query.queue;
    RedisDeadWalk walk(m_systems, filter, true, m_link);
    if (const auto begun = walk.begin(m_now, {}); !begun) return begun.failure();
    QString gap;
    for (qint64 scanned = 0; !walk.ended() && scanned < kScanAtMost;) {
        const auto batch = walk.next(kBatch);
        if (!batch) return batch.failure();
        scanned += static_cast<qint64>(std::max<std::size_t>(1, batch->size()));
        for (const RedisDeadWalk::Found& found : *batch)
            if (!found.entry.gap.isEmpty())
                gap = found.entry.gap;
            else if (found.job.id == query.id)
                return detail(*found.system, *found.shelf, found.entry, query.system);
    }
    return gap.isEmpty() ? gone(query.id) : notReadable(query.id, gap);
}

Outcome<JobDetail> RedisDeadLetters::job(const JobQuery& query) const {
    for (const auto& system : m_systems) {
        if (system->detected().identity.key() != query.system) continue;
        const QStringList queues = query.queue.isEmpty() ? QStringList() : QStringList{query.queue};
        const auto shelves = system->deadShelves(queues);
        std::vector<DeadEntries> found(shelves.size());
        RedisPipeline pipeline;
        for (std::size_t i = 0; i < shelves.size(); ++i)
            if (!system->findDead(pipeline, shelves[i], query.id.toUtf8(), found[i])) continue;
        if (const auto done = m_link.run(pipeline); !done)
            return m_link.recover().command.isEmpty() ? done.failure() : searched(query);
        for (std::size_t i = 0; i < shelves.size(); ++i) {
            if (!found[i].problem.isEmpty()) return unreadable(found[i].problem);
            if (found[i].entries.empty()) continue;
            return detail(*system, shelves[i], found[i].entries.front(), query.system);
        }
    }
    return gone(query.id);
}

}  // namespace spillway
