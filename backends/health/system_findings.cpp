#include <algorithm>
#include <cmath>
#include <map>

#include "backends/domain/human_text.h"
#include "backends/health/blindness.h"
#include "backends/health/findings.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

bool onlyWeak(const Lease& lease) {
    return std::all_of(lease.evidence.begin(), lease.evidence.end(),
                       [](const QString& line) { return line.startsWith(u"weak:"_s); });
}

struct StuckLeases {
    qint64 count = 0;
    bool weak = true;
    const Lease* oldest = nullptr;
};

std::map<QString, StuckLeases> stuckByQueue(const LeasesReading& leases) {
    std::map<QString, StuckLeases> stuck;
    for (const Lease& lease : leases.leases) {
        if (!lease.stuck) continue;
        StuckLeases& here = stuck[lease.queue];
        ++here.count;
        here.weak = here.weak && onlyWeak(lease);
        const bool older = !here.oldest || (lease.claimed_at && here.oldest->claimed_at &&
                                            *lease.claimed_at < *here.oldest->claimed_at);
        if (older) here.oldest = &lease;
    }
    return stuck;
}

Finding stuckFinding(const FindingContext& context, const QString& queue, const StuckLeases& stuck) {
    Finding f =
        newFinding(context, u"stuck_leases"_s, queue, stuck.weak ? Severity::warning : Severity::critical);
    const QString name = visibleText(queue, 80);
    const bool one = stuck.count == 1 && !context.system->leases.isCut();
    const QString count =
        context.system->leases.isCut() ? u"at least "_s + countText(stuck.count) : countText(stuck.count);
    f.title = u"%1: %2 stuck %3"_s.arg(name, count, one ? u"lease"_s : u"leases"_s);
    const QString first = stuck.oldest->evidence.value(0, u"held past its time"_s);
    f.sentence = u"%1: %2 claimed and nobody works on %3: %4."_s.arg(
        name, one ? u"1 job is"_s : u"%1 jobs are"_s.arg(count), one ? u"it"_s : u"them"_s,
        visibleText(first, 200));
    f.evidence = u"Oldest: job %1, owner %2."_s.arg(
        visibleText(stuck.oldest->id, 60),
        stuck.oldest->owner.isEmpty() ? u"not recorded"_s : visibleText(stuck.oldest->owner, 60));
    f.action =
        u"Make sure that the owner is really gone, then release; a worker that wakes up runs the job a second time."_s;
    f.impact = static_cast<double>(stuck.count);
    return f;
}

// What each kind of condition means at 3 a.m.: %1 the queue or system, %2 how many, %3 the subject.
struct ConditionWords {
    ConditionKind kind;
    Severity severity;
    const char16_t* title;
    const char16_t* sentence;
    const char16_t* action;
};
constexpr ConditionWords kWords[] = {
    {ConditionKind::no_leader, Severity::warning, u"%1 has no leader",
     u"%1: no live leader or scheduler%3; what only it does stands still.",
     u"Check that workers which may lead are running and reach the server."},
    {ConditionKind::schedule_overdue, Severity::warning, u"%1: a schedule is overdue",
     u"%1: the schedule%3 should have fired and has not.",
     u"Check that the scheduler runs; decide whether the missed run must be made up for."},
    {ConditionKind::schedule_twice, Severity::warning, u"%1: a schedule fired twice",
     u"%1: the schedule%3 fired more than once for one tick.",
     u"Check for two schedulers at once; the job must be safe to run twice."},
    {ConditionKind::never_claimed, Severity::critical, u"%1: %2 jobs nobody will ever claim",
     u"%1: %2 jobs look ready, but no worker will ever claim them.",
     u"Repair or discard these rows; the workers' own condition leaves them out."},
    {ConditionKind::poison_pill, Severity::warning, u"%1: a job kills its workers",
     u"%1: attempts of %2 jobs%3 were used up without any error: the worker died while running them.",
     u"Take the job out, look at its payload and at the memory of the workers."},
    {ConditionKind::orphaned, Severity::critical, u"%1: %2 jobs lost their worker",
     u"%1: %2 jobs are claimed by a worker%3 that is gone.",
     u"Find out whether the work was done; release them if it was not."},
    {ConditionKind::zombie, Severity::warning, u"%1: a worker runs more than it should",
     u"%1: the worker%3 runs %2 jobs, more than its concurrency.",
     u"Restart that worker after looking at what it runs."},
    {ConditionKind::trimmed, Severity::critical, u"%1: jobs were deleted unseen",
     u"%1: %2 jobs were deleted before anybody took them.",
     u"Raise the limit that trims, or drain faster; find out which jobs are gone."},
    {ConditionKind::eviction, Severity::warning, u"%1: jobs can vanish", u"%1: the server may drop jobs%3.",
     u"Set maxmemory-policy to noeviction for a server that holds queues."},
    {ConditionKind::missing_jobs, Severity::warning, u"%1: %2 ids without a job",
     u"%1: the jobs of %2 ids%3 are gone: they can neither run nor be replayed.",
     u"Look for what deletes jobs: eviction, a time to live, or a cleaning script; then remove the ids."},
    {ConditionKind::dead_set_full, Severity::critical, u"%1: the dead set is full",
     u"%1: the dead set is full: each further death deletes the oldest dead letter%3.",
     u"Replay or export what is still needed, and find out why so many die."},
    {ConditionKind::lost_with_worker, Severity::critical, u"%1: %2 jobs were lost with their worker",
     u"%1: %2 jobs were lost with worker%3: it vanished while running them.",
     u"Find out which of them were done; enqueue the others again. They may have run in part."},
    {ConditionKind::unacknowledged, Severity::warning, u"%1: nothing is acknowledged",
     u"%1: %2 entries were delivered and none of them is acknowledged.",
     u"Look whether the consumers are stuck, or never call XACK: a delivered entry is not a done one."},
    {ConditionKind::unserved, Severity::critical, u"%1: no live worker listens to it",
     u"%1: %2 jobs wait and no live worker listens to this queue.",
     u"Start a worker for this queue, or correct the name in the list of queues that workers listen to."},
    {ConditionKind::removed_unworked, Severity::critical, u"%1: %2 removed, never run",
     u"%1: %2 waiting jobs outlived their time to live and were removed; they never ran.",
     u"Find out what they were and enqueue them again; add workers, or give jobs a longer life."},
    {ConditionKind::serial_lock, Severity::warning, u"%1: %2 wait behind a locked queue",
     u"%1: %2 jobs wait behind queue%3.",
     u"Look whether that worker lives; if it does not, unlock the queue with the system's own tool."},
    {ConditionKind::unread, Severity::info, u"%1 is not read", u"%3 is here, and Spillway does not read it.",
     u"Nothing is known of its jobs; watch it with its own tool."},
};

// One pass, because a name may itself contain "%2"; placeholders that are not there are no fault.
QString filled(const char16_t* pattern, const QStringList& values) {
    QString text;
    for (const char16_t* c = pattern; *c; ++c) {
        if (*c == u'%' && c[1] >= u'1' && c[1] <= u'3')
            text += values.value(*++c - u'1');
        else
            text += QChar(*c);
    }
    return text;
}

Finding conditionFinding(const FindingContext& context, const Condition& condition) {
    const auto& words = *std::find_if(std::begin(kWords), std::end(kWords),
                                      [&](const auto& w) { return w.kind == condition.kind; });
    Finding f = newFinding(context, conditionName(condition.kind), condition.queue, words.severity);
    if (!condition.subject.isEmpty()) f.id += u':' + condition.subject;
    const QString name =
        condition.queue.isEmpty() ? context.system->identity.title : visibleText(condition.queue, 80);
    const QString many = condition.count.known() ? countText(condition.count) : u"some"_s;
    const QString subject =
        condition.subject.isEmpty() ? QString() : u" "_s + visibleText(condition.subject, 80);
    f.title = filled(words.title, {name, many, subject});
    f.sentence = filled(words.sentence, {name, many, subject}).trimmed();
    if (condition.kind == ConditionKind::eviction && condition.count.valueOr(0) > 0)
        f.sentence = u"%1: the server has evicted %2 %3, policy%4, and jobs may be among them."_s.arg(
            name, many, *condition.count.value == 1 ? u"key"_s : u"keys"_s, subject);
    f.evidence = visibleText(condition.evidence, 300);
    f.action = QString::fromUtf16(words.action);
    f.impact = static_cast<double>(condition.count.valueOr(1));
    return f;
}

// Some are alive and none takes jobs: they are quiet, as at the end of a deploy that never ended.
bool allAreQuiet(const WorkersReading& workers) {
    return std::any_of(workers.list.begin(), workers.list.end(),
                       [](const Worker& worker) { return worker.alive; });
}

// A queue that somebody empties has a worker, whatever the registry says.
bool isServed(const QueueHealth& queue) {
    return queue.flow.drain.valueOr(0) > 0 || queue.reading.running.valueOr(0) > 0;
}

std::optional<Finding> noWorkers(const FindingContext& context) {
    const WorkersReading& workers = context.system->workers;
    if (!workers.live.isExact() || *workers.live.value > 0) return std::nullopt;
    qint64 waiting = 0;
    int queues = 0;
    for (const auto& queue : context.system->queues) {
        if (queue.reading.paused.value_or(false) || isServed(queue)) continue;
        const qint64 ready = queue.reading.ready.valueOr(0);
        waiting += ready;
        queues += ready > 0 ? 1 : 0;
    }
    if (waiting == 0) return std::nullopt;
    Finding f = newFinding(context, u"no_workers"_s, {}, Severity::critical);
    const QString title = context.system->identity.title;
    const bool quiet = allAreQuiet(workers);
    f.title =
        quiet ? u"%1 has no worker that takes jobs"_s.arg(title) : u"%1 has no live worker"_s.arg(title);
    f.sentence = u"%1: %2, %3 waiting in %4."_s.arg(
        title, quiet ? u"every live worker is quiet"_s : u"no live worker"_s, countText(waiting),
        queues == 1 ? u"1 queue"_s : u"%1 queues"_s.arg(queues));
    f.evidence = quiet ? u"They finish what they run and take nothing new."_s
                       : u"No worker has given a sign of life that the system itself still counts."_s;
    f.action = quiet ? u"Restart them: a process that was made quiet stays so until its end."_s
                     : u"Start workers, or look why they stopped."_s;
    f.impact = static_cast<double>(waiting);
    return f;
}

// One queue of at least four that holds most of what waits: a hot tenant, or one that starves.
std::optional<Finding> hotQueue(const FindingContext& context) {
    const auto& queues = context.system->queues;
    if (queues.size() < 4) return std::nullopt;
    const QueueHealth* hottest = nullptr;
    qint64 sum = 0;
    for (const auto& queue : queues) {
        sum += queue.reading.ready.valueOr(0);
        if (!hottest || queue.reading.ready.valueOr(0) > hottest->reading.ready.valueOr(0)) hottest = &queue;
    }
    const qint64 most = hottest->reading.ready.valueOr(0);
    const double share = sum > 0 ? static_cast<double>(most) / static_cast<double>(sum) : 0;
    if (most < 100 || share <= context.thresholds.hot_share) return std::nullopt;
    Finding f = newFinding(context, u"hot_queue"_s, hottest->reading.queue, Severity::info);
    f.title =
        u"%1 holds %2 of the backlog"_s.arg(visibleText(hottest->reading.queue, 80), percentText(share));
    f.sentence = u"%1: %2 of %3 waiting jobs in %4 queues."_s.arg(f.title, countText(most), countText(sum))
                     .arg(queues.size());
    f.evidence = u"Waiting jobs by queue in this poll."_s;
    f.action = u"Look at which producer fills it, and whether the other queues starve."_s;
    f.impact = share;
    return f;
}

// A missing right that could hide the worst.
std::optional<Finding> missingRight(const FindingContext& context) {
    const auto blind = blindnessOf(*context.system);
    if (!blind || !blind->right) return std::nullopt;
    Finding f = newFinding(context, u"blind"_s, {}, Severity::warning);
    f.title = u"%1: %2 cannot be seen"_s.arg(context.system->identity.label(), blind->where);
    f.sentence = u"%1: whether anything is wrong there is not known."_s.arg(f.title);
    f.evidence = visibleText(blind->why, 400);
    f.action = u"Grant this right to the role that Spillway connects with, or connect with another one."_s;
    f.impact = blind->queues;
    return f;
}

}  // namespace

std::vector<Finding> findingsForSystem(const FindingContext& context) {
    std::vector<Finding> found;
    if (auto missing = noWorkers(context)) found.push_back(*std::move(missing));
    for (const auto& [queue, stuck] : stuckByQueue(context.system->leases))
        found.push_back(stuckFinding(context, queue, stuck));
    for (const auto& condition : context.system->conditions)
        found.push_back(conditionFinding(context, condition));
    if (auto hot = hotQueue(context)) found.push_back(*std::move(hot));
    if (auto blind = missingRight(context)) found.push_back(*std::move(blind));
    return found;
}

}  // namespace spillway
