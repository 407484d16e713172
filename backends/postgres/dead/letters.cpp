#include "backends/postgres/dead/letters.h"

#include <algorithm>
#include <numeric>

#include "backends/domain/human_text.h"
#include "backends/health/error_signature.h"
#include "backends/postgres/dead/job_reading.h"
#include "backends/postgres/engine/display_name.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int longestPage = 1000;
constexpr qint64 countedDead = 10'000;
constexpr qint64 mostScanned = 5'000;  // where errors are compared here
constexpr qint64 scannedAtOnce = 1'000;

bool sameMoment(const FoundDead& a, const FoundDead& b) {
    return a.died_at == b.died_at;
}

// Merges what several systems gave, each in order, and keeps the first `limit`.
std::vector<FoundDead> merged(std::vector<std::vector<FoundDead>> lists, size_t limit, bool newestFirst) {
    std::vector<FoundDead> all;
    for (auto& list : lists) std::move(list.begin(), list.end(), std::back_inserter(all));
    std::stable_sort(all.begin(), all.end(), [&](const FoundDead& a, const FoundDead& b) {
        const auto& first = newestFirst ? b : a;
        const auto& second = newestFirst ? a : b;
        return first.job.died_at.value_or(ServerTime::min()) < second.job.died_at.value_or(ServerTime::min());
    });
    if (all.size() > limit) all.resize(limit);
    return all;
}

// The position behind the first `used` of the rows that were read from `from` on.
DeadPosition behind(const DeadPosition& from, const std::vector<FoundDead>& rows, size_t used) {
    if (used == 0) return from;
    DeadPosition position = from;
    const auto& last = rows[used - 1];
    if (last.died_at != from.died_at) position.skip.clear();
    position.died_at = last.died_at;
    for (size_t i = used; i-- > 0 && sameMoment(rows[i], last);)
        ++position.skip[{rows[i].job.system, rows[i].queue}];
    return position;
}

// Shares `total` rows fairly: a queue with few gives them all, the rest goes to the full ones.
std::vector<qint64> shares(const std::vector<qint64>& counts, qint64 total) {
    std::vector<qint64> limits(counts.size(), 0);
    std::vector<size_t> order(counts.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return counts[a] < counts[b]; });
    for (size_t i = 0; i < order.size(); ++i) {
        const qint64 fair = total / static_cast<qint64>(order.size() - i);
        limits[order[i]] = std::min(counts[order[i]], fair);
        total -= limits[order[i]];
    }
    return limits;
}

Count totalOf(const DeadPosition& position, const QStringList& gaps, bool bySignature, size_t found) {
    if (bySignature)
        return Count::lowerBound(
            static_cast<qint64>(found),
            u"on this page; errors are compared after reading, at most %1 jobs a page"_s.arg(
                exactCountText(mostScanned)));
    if (!gaps.isEmpty() && position.counted <= 0) return Count::notObservable(gaps.join(u' '));
    if (!gaps.isEmpty()) return Count::lowerBound(position.counted, gaps.join(u' '));
    return position.countedAll
               ? Count::exact(position.counted)
               : Count::lowerBound(position.counted,
                                   u"counting stopped at %1 in a queue to spare the server"_s.arg(
                                       exactCountText(countedDead)));
}

// The values of the last poll, for one job in these queues; an empty list means all.
PollValues valuesFor(const PostgresSystem& system, const QStringList& queues, const QString& id) {
    auto values = system.values();
    for (auto& [source, names] : values.queues)
        std::erase_if(names, [&](const std::string& name) {
            return !queues.isEmpty() && !queues.contains(displayName(name));
        });
    values.id = id.toStdString();
    return values;
}

DeadGroup& groupOf(std::map<std::pair<QString, QString>, DeadGroup>& groups, const DeadJob& job) {
    const auto signature = errorSignature(job.error);
    auto& group = groups[{signature, job.kind}];
    if (!group.count.known()) group = {signature, job.kind, Count::exact(0), {}, {}, job.error, job.id};
    return group;
}

}  // namespace

DeadLetters::DeadLetters(PostgresConnection& connection, std::vector<PostgresSystem>& systems)
    : m_systems(systems),
      m_transaction(connection, {connection.settings().pollDeadline, connection.settings().pollDeadline}) {}

DeadLetters::Places DeadLetters::places(const JobFilter& filter) {
    Places places;
    for (auto& system : m_systems) {
        if (!filter.system.isEmpty() && filter.system != system.identity().key()) continue;
        const auto* question = system.plan().answering(u"dead"_s, u"dead_jobs"_s);
        if (!question) {
            places.gaps << system.plan().capabilities.why(u"dead_jobs"_s);
            continue;
        }
        std::vector<std::string> queues;
        for (const auto& queue : system.queues(m_transaction))
            if (filter.queues.isEmpty() || filter.queues.contains(displayName(queue.name)))
                queues.push_back(queue.name);
        places.walks.emplace_back(system, *question, std::move(queues), filter);
    }
    m_transaction.useIndexesOnly(false);
    return places;
}

DeadPage DeadLetters::page(const DeadQuery& query) {
    const auto start = deadPositionFrom(query.after);
    if (!start) throw PostgresError(start.failure());
    if (!query.filter.ids.isEmpty()) return pageByIds(query);
    auto position = *start;
    auto [walks, gaps] = places(query.filter);
    const bool first = position.counted < 0;
    if (first) position.counted = 0, position.countedAll = true;
    std::vector<std::vector<qint64>> counts;
    for (auto& walk : walks) {
        // Later pages know the total; they only need to know which queues have any.
        counts.push_back(walk.count(m_transaction, first ? countedDead : 1));
        for (const qint64 n : counts.back()) {
            if (!first) break;
            position.counted += n;
            position.countedAll = position.countedAll && n < countedDead;
        }
    }
    const bool bySignature = !query.filter.error_signature.isEmpty();
    const auto limit = static_cast<size_t>(std::clamp(query.limit, 1, longestPage));
    const qint64 atOnce = bySignature ? scannedAtOnce : static_cast<qint64>(limit);
    DeadPage page;
    page.observed_at = m_transaction.moment().now;
    bool more = true;
    for (qint64 scanned = 0; more && page.jobs.size() < limit && scanned < (bySignature ? mostScanned : 1);) {
        std::vector<std::vector<FoundDead>> lists;
        for (size_t i = 0; i < walks.size(); ++i)
            lists.push_back(walks[i].read(m_transaction, position,
                                          std::vector<qint64>(counts[i].size(), atOnce + 1),
                                          query.newest_first, position.countedAll));
        const auto rows = merged(std::move(lists), static_cast<size_t>(atOnce) + 1, query.newest_first);
        size_t used = 0;
        while (used < rows.size() && used < static_cast<size_t>(atOnce) && page.jobs.size() < limit) {
            const auto& job = rows[used++].job;
            if (matches(job, query.filter, page.observed_at)) page.jobs.push_back(job);
        }
        more = used < rows.size();
        position = behind(position, rows, used);
        scanned += static_cast<qint64>(used);
    }
    m_transaction.commit();
    page.total = totalOf(position, gaps, bySignature, page.jobs.size());
    if (more) page.next = toToken(position);
    return page;
}

std::vector<DeadJob> DeadLetters::findById(PostgresSystem& system, const JobFilter& filter,
                                           const QString& id) {
    const auto questions = system.plan().named(u"dead_job"_s);
    if (questions.empty()) return {};
    const auto statement = statementFor({questions.front()}, valuesFor(system, filter.queues, id));
    // Without the payload, which may be large.
    const QString sql =
        u"SELECT d.id, d.queue, d.kind, d.died_at, d.attempts, d.max_attempts, d.error, d.payload_bytes, "
        u"d.version FROM "_s +
        QString::fromStdString(statement.sql) + u" AS d"_s;
    const auto rows = m_transaction.query(sql.toStdString(), statement.parameters, u"one dead letter"_s);
    std::vector<DeadJob> jobs;
    for (size_t i = 0; i < rows.size(); ++i) {
        auto job = deadJobFrom(rows.at(i), system.identity().key());
        const bool asked = filter.queues.isEmpty() || filter.queues.contains(job.queue);
        if (asked && matches(job, filter, system.values().now)) jobs.push_back(std::move(job));
    }
    return jobs;
}

DeadPage DeadLetters::pageByIds(const DeadQuery& query) {
    DeadPage page;
    page.observed_at = m_transaction.moment().now;
    for (auto& system : m_systems) {
        if (!query.filter.system.isEmpty() && query.filter.system != system.identity().key()) continue;
        static_cast<void>(system.queues(m_transaction));
        m_transaction.useIndexesOnly(false);
        for (const auto& id : query.filter.ids.mid(0, longestPage)) {
            auto jobs = findById(system, query.filter, id);
            std::move(jobs.begin(), jobs.end(), std::back_inserter(page.jobs));
        }
    }
    m_transaction.commit();
    std::stable_sort(page.jobs.begin(), page.jobs.end(), [&](const DeadJob& a, const DeadJob& b) {
        return query.newest_first ? b.died_at < a.died_at : a.died_at < b.died_at;
    });
    page.total =
        query.filter.ids.size() > longestPage
            ? Count::lowerBound(static_cast<qint64>(page.jobs.size()), u"only 1 000 ids are looked up"_s)
            : Count::exact(static_cast<qint64>(page.jobs.size()));
    return page;
}

DeadGroups DeadLetters::groups(const DeadGroupsQuery& query) {
    DeadGroups result;
    result.observed_at = m_transaction.moment().now;
    auto [walks, gaps] = places(query.filter);
    std::vector<std::vector<qint64>> counts;
    std::vector<qint64> all;
    for (auto& walk : walks) {
        counts.push_back(walk.count(m_transaction, mostScanned + 1));
        all.insert(all.end(), counts.back().begin(), counts.back().end());
    }
    const auto limits = shares(all, mostScanned);
    result.complete = gaps.isEmpty() && limits == all;
    std::map<std::pair<QString, QString>, DeadGroup> groups;
    auto from = limits.begin();
    for (size_t i = 0; i < walks.size(); ++i) {
        const auto to = from + static_cast<std::ptrdiff_t>(counts[i].size());
        for (const auto& found : walks[i].read(m_transaction, {}, {from, to}, true, false)) {
            ++result.scanned;
            if (!query.filter.ids.isEmpty() && !query.filter.ids.contains(found.job.id)) continue;
            if (!matches(found.job, query.filter, result.observed_at)) continue;
            auto& group = groupOf(groups, found.job);
            group.count.value = *group.count.value + 1;
            if (!found.job.died_at) continue;
            group.first_seen = std::min(group.first_seen.value_or(*found.job.died_at), *found.job.died_at);
            group.last_seen = std::max(group.last_seen.value_or(*found.job.died_at), *found.job.died_at);
        }
        from = to;
    }
    m_transaction.commit();
    for (auto& [key, group] : groups) {
        if (!result.complete)
            group.count = Count::lowerBound(
                *group.count.value, u"among the newest %1 dead jobs"_s.arg(exactCountText(result.scanned)));
        result.groups.push_back(std::move(group));
    }
    std::stable_sort(result.groups.begin(), result.groups.end(),
                     [](const DeadGroup& a, const DeadGroup& b) { return *a.count.value > *b.count.value; });
    return result;
}

JobDetail DeadLetters::job(const JobQuery& query) {
    const Failure gone{
        FailureKind::changed,
        u"The job %1 is not among the dead letters (any more)."_s.arg(visibleText(query.id, 80)),
        {},
        u"Read the list again: it may have been replayed or deleted."_s};
    for (auto& system : m_systems) {
        const auto questions = system.plan().named(u"dead_job"_s);
        if (questions.empty() || (!query.system.isEmpty() && query.system != system.identity().key()))
            continue;
        static_cast<void>(system.queues(m_transaction));
        m_transaction.useIndexesOnly(false);
        const QStringList queues = query.queue.isEmpty() ? QStringList{} : QStringList{query.queue};
        const auto statement = statementFor({questions.front()}, valuesFor(system, queues, query.id));
        const auto rows = m_transaction.query(statement.sql, statement.parameters, u"one dead letter"_s);
        if (rows.size() == 0) continue;
        if (!query.queue.isEmpty() && jobDetailFrom(rows.at(0), {}).job.queue != query.queue) continue;
        auto detail = jobDetailFrom(rows.at(0), system.identity().key());
        m_transaction.commit();
        return detail;
    }
    throw PostgresError(gone);
}

}  // namespace spillway
