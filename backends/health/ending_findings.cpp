#include <cmath>

#include "backends/domain/human_text.h"
#include "backends/health/findings.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QString nameOf(const QueueHealth& queue) {
    return visibleText(queue.reading.queue, 80);
}

// Drain is not success: a queue whose every job fails and leaves nothing behind looks well by its backlog.
std::optional<Finding> failing(const QueueHealth& queue, const FindingContext& context) {
    const FailedShare& failed = queue.failed;
    const auto& limits = context.thresholds;
    if (failed.endings.valueOr(0) < limits.min_samples) return std::nullopt;
    const double share = failed.share.valueOr(0);
    if (share < limits.failed_share_warning) return std::nullopt;
    const bool grave = failed.nothing_kept && share >= limits.failed_share_critical;
    Finding f = newFinding(context, u"failing"_s, queue.reading.queue,
                           grave ? Severity::critical : Severity::warning);
    f.title = u"%1: %2%3 of its jobs fail"_s.arg(nameOf(queue), provenanceSign(failed.share.provenance),
                                                 percentText(share));
    f.sentence = u"%1: failed %2%3 of %4%5."_s.arg(nameOf(queue), provenanceSign(failed.share.provenance),
                                                   percentText(share), rateText(failed.endings_rate),
                                                   failed.nothing_kept ? u", nothing kept"_s : QString());
    f.evidence = u"%1 of %2 jobs that ended in the last %3 failed for good."_s.arg(
        countText(failed.failures), countText(failed.endings),
        durationText(std::max(1.0, std::round(failed.window_s))));
    f.action = failed.nothing_kept
                   ? u"Look at the workers' log: this queue keeps no dead letters. Stop the producers if the "
                     "work is not to be lost."_s
                   : u"Look at the newest dead letters: a deploy or a dependency broke them."_s;
    f.impact = static_cast<double>(failed.failures.valueOr(0));
    return f;
}

// The system's own deadline for waiting jobs, where the queue will not get to them in time.
std::optional<Finding> deletedUnworked(const QueueHealth& queue, const FindingContext& context) {
    if (queue.reading.expiring.valueOr(0) == 0) return std::nullopt;
    const double first_s = queue.expires_next_s.valueOr(0);
    const auto& drains = queue.forecast.time_to_drain_s;
    const bool inTime = queue.forecast.verdict == DrainVerdict::drains && drains && drains->high &&
                        queue.expires_next_s.known() && *drains->high < first_s;
    if (inTime) return std::nullopt;
    const Count& jobs = queue.reading.expiring;
    Finding f = newFinding(context, u"deleted_unworked"_s, queue.reading.queue,
                           first_s < 3600 ? Severity::critical : Severity::warning);
    f.title = u"%1: %2 waiting %3 will be deleted unworked"_s.arg(nameOf(queue), countText(jobs),
                                                                  *jobs.value == 1 ? u"job"_s : u"jobs"_s);
    f.sentence =
        queue.expires_next_s.known()
            ? u"%1, the first in %2."_s.arg(f.title, durationText(queue.expires_next_s))
            : u"%1 within 24 h, though nobody ran %2."_s.arg(f.title, *jobs.value == 1 ? u"it"_s : u"them"_s);
    f.evidence = jobs.method.isEmpty() ? u"The jobs' own time to live."_s : jobs.method;
    f.action = u"Add workers before then, or enqueue them again with a longer life."_s;
    f.impact = static_cast<double>(*jobs.value);
    return f;
}

std::optional<Finding> blockedOnDead(const QueueHealth& queue, const FindingContext& context) {
    const auto& blocked = queue.reading.blocked_on_dead;
    if (!blocked || blocked->jobs.valueOr(0) == 0) return std::nullopt;
    Finding f = newFinding(context, u"blocked_on_dead"_s, queue.reading.queue, Severity::critical);
    const bool one = *blocked->jobs.value == 1;
    f.title = u"%1: %2 %3 for jobs that are dead"_s.arg(nameOf(queue), countText(blocked->jobs),
                                                        one ? u"job waits"_s : u"jobs wait"_s);
    f.sentence = u"%1; %2 will never run."_s.arg(f.title, one ? u"it"_s : u"they"_s);
    f.evidence = blocked->dead_example.isEmpty()
                     ? u"For example %1."_s.arg(visibleText(blocked->waiting_example, 80))
                     : u"For example %1 waits for %2."_s.arg(visibleText(blocked->waiting_example, 80),
                                                             visibleText(blocked->dead_example, 80));
    f.action = u"Replay what is dead, or remove what waits for it."_s;
    f.impact = static_cast<double>(*blocked->jobs.value);
    return f;
}

}  // namespace

std::vector<Finding> findingsForEndings(const QueueHealth& queue, const FindingContext& context) {
    std::vector<Finding> found;
    for (const auto rule : {failing, deletedUnworked, blockedOnDead})
        if (auto finding = rule(queue, context)) found.push_back(*std::move(finding));
    return found;
}

}  // namespace spillway
