#include "backends/redis/acting/acting_plan.h"

#include <QSet>
#include <algorithm>
#include <cmath>

#include "backends/domain/human_text.h"
#include "backends/health/error_signature.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr std::size_t kBatch = 500;
constexpr qint64 kScanAtMost = 2'000'000;

bool passes(const DeadJob& job, const QString& signature, const JobFilter& filter) {
    return (filter.queues.isEmpty() || filter.queues.contains(job.queue)) &&
           (filter.kind.isEmpty() || filter.kind == job.kind) &&
           (filter.ids.isEmpty() || filter.ids.contains(job.id)) &&
           (filter.error_signature.isEmpty() || filter.error_signature == signature);
}

void warnOnce(QStringList& warnings, const QString& sentence) {
    if (!sentence.isEmpty() && !warnings.contains(sentence)) warnings << sentence;
}

void sortOldestFirst(std::vector<PlannedJob>& jobs) {
    std::stable_sort(jobs.begin(), jobs.end(), [](const PlannedJob& a, const PlannedJob& b) {
        return a.at.value_or(ServerTime::max()) < b.at.value_or(ServerTime::max());
    });
}

}  // namespace

Outcome<Done> planReplay(const RedisSystems& systems, const RedisInquiryLink& link, const RedisActor& actor,
                         const ActionRequest& request, ServerTime now, PlannedAction& planned) {
    const JobFilter& filter = request.filter;
    RedisDeadWalk walk(systems, filter, false, link);
    walk.describeBy([&actor](RedisPipeline& pipeline, std::vector<RedisDeadWalk::Found>& found) {
        actor.describe(pipeline, found);
    });
    if (const auto begun = walk.begin(now, {}); !begun) return begun.failure();
    const bool searches = !filter.kind.isEmpty() || !filter.ids.isEmpty() ||
                          !filter.error_signature.isEmpty() || !walk.shelvesNameTheQueue();
    const auto most = static_cast<std::size_t>(std::clamp(request.most, qint64(0), kMostPlannedJobs));
    QSet<QString> ids;
    qint64 scanned = 0, given = 0, looked = 0;
    auto& jobs = planned.plan.jobs;
    while (!walk.ended() && jobs.size() < most && scanned < kScanAtMost) {
        const auto batch = walk.next(searches ? kBatch : std::min(kBatch, most - jobs.size()));
        if (!batch) return batch.failure();
        scanned += static_cast<qint64>(std::max<std::size_t>(1, batch->size()));
        for (const RedisDeadWalk::Found& found : *batch) {
            ++given;
            if (jobs.size() < most) ++looked;
            const QString signature = found.job.error.isEmpty() ? QString() : errorSignature(found.job.error);
            if (jobs.size() == most || !passes(found.job, signature, filter)) continue;
            ++planned.plan.matched;
            if (found.job.version.isEmpty() || ids.contains(found.job.id)) {
                warnOnce(planned.warnings,
                         u"some dead jobs cannot be told apart or read, and are left out"_s);
                continue;
            }
            ids.insert(found.job.id);
            warnOnce(planned.warnings, actor.concern(found.entry));
            jobs.push_back({found.job.id, found.job.version, found.job.kind, signature, found.job.died_at,
                            actor.remaining(found.job), false});
        }
    }
    const bool cut = jobs.size() == most && (!walk.ended() || looked < given);
    if (!searches) planned.plan.matched = std::max(planned.plan.matched, walk.counted().valueOr(0));
    // What was not looked at counts by the share of what was: to read all of millions would take too long.
    if (searches && cut && looked > 0) {
        const double share = static_cast<double>(planned.plan.matched) / static_cast<double>(looked);
        const auto all = static_cast<double>(std::max(looked, walk.counted().valueOr(0)));
        planned.plan.matched = std::max(planned.plan.matched, static_cast<qint64>(std::llround(share * all)));
    }
    if (!walk.problem().isEmpty()) warnOnce(planned.warnings, u"not all could be read: "_s + walk.problem());
    if (cut)
        warnOnce(planned.warnings,
                 u"%1%2 match%3: the plan holds the oldest %4, plan again for the rest"_s.arg(
                     searches ? u"about "_s : QString(), exactCountText(planned.plan.matched),
                     searches ? u", by their share among those read"_s : QString(),
                     exactCountText(static_cast<qint64>(jobs.size()))));
    sortOldestFirst(jobs);
    return Done{};
}

Outcome<Done> planRelease(const RedisInquiryLink& link, const RedisActor& actor, const ActingPlace& place,
                          const ActionRequest& request, ServerTime now, PlannedAction& planned) {
    ReleaseCandidates found;
    RedisPipeline pipeline;
    const qint64 most = std::clamp(request.most, qint64(1), kMostPlannedJobs);
    actor.findReleases(pipeline, place, most, now, found);
    if (const auto done = link.run(pipeline); !done) return done.failure();
    if (!found.problem.isEmpty())
        return Failure{FailureKind::permission,
                       u"The running jobs cannot be read: %1."_s.arg(found.problem),
                       {},
                       u"Give the Redis user the right to read them."_s};
    const JobFilter& filter = request.filter;
    for (PlannedJob& job : found.jobs)
        if ((filter.kind.isEmpty() || filter.kind == job.kind) &&
            (filter.ids.isEmpty() || filter.ids.contains(job.id)))
            planned.plan.jobs.push_back(std::move(job));
    planned.plan.matched = static_cast<qint64>(planned.plan.jobs.size());
    planned.warnings << found.warnings;
    sortOldestFirst(planned.plan.jobs);
    return Done{};
}

}  // namespace spillway
