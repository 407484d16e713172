#include <algorithm>
#include <cmath>
#include <map>

#include "backends/domain/human_text.h"
#include "backends/health/blindness.h"
#include "backends/health/findings.h"
#include "backends/health/no_workers.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

bool onlyWeak(const Lease& lease) {
    return std::all_of(lease.evidence.begin(), lease.evidence.end(),
                       [](const QString& line) { return line.startsWith(u"weak:"_s); });
}

// A claim that has just run out is commonly taken over by the next worker: nobody need get up for it yet.
constexpr double kTakenOverWithin_s = 120;

struct StuckLeases {
    qint64 count = 0;
    bool weak = true;
    bool fresh = true;  // all of them ran out a moment ago
    const Lease* oldest = nullptr;
};

std::map<QString, StuckLeases> stuckByQueue(const LeasesReading& leases,
                                            const std::optional<ServerTime>& now) {
    std::map<QString, StuckLeases> stuck;
    for (const Lease& lease : leases.leases) {
        if (!lease.stuck) continue;
        StuckLeases& here = stuck[lease.queue];
        ++here.count;
        here.weak = here.weak && onlyWeak(lease);
        here.fresh = here.fresh && now && lease.expires_at &&
                     secondsBetween(*lease.expires_at, *now) < kTakenOverWithin_s;
        const bool older = !here.oldest || (lease.claimed_at && here.oldest->claimed_at &&
                                            *lease.claimed_at < *here.oldest->claimed_at);
        if (older) here.oldest = &lease;
    }
    return stuck;
}

// All of them lost their worker, which is a finding of its own that says more.
bool areOrphans(const SystemHealth& system, const QString& queue, qint64 stuck) {
    return std::any_of(system.conditions.begin(), system.conditions.end(), [&](const Condition& condition) {
        return condition.kind == ConditionKind::orphaned && condition.queue == queue &&
               condition.count.valueOr(0) >= stuck;
    });
}

Finding stuckFinding(const FindingContext& context, const QString& queue, const StuckLeases& stuck) {
    const bool canWait = stuck.weak || stuck.fresh;
    Finding f =
        newFinding(context, u"stuck_leases"_s, queue, canWait ? Severity::warning : Severity::critical);
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

// What each kind of condition means at 3 a.m.: %1 the queue or system, %2 how many, %3 the subject after a
// blank, %4 the same in brackets. {one|more}: by how many there are.
struct ConditionWords {
    ConditionKind kind;
    Severity severity;
    const char16_t* title;
    const char16_t* sentence;
    const char16_t* action;  // where the condition brings none of its own
};
constexpr ConditionWords kWords[] = {
    {ConditionKind::no_leader, Severity::warning, u"%1: nobody does the housekeeping",
     u"%1: no live process does the housekeeping that one of them has to do for all%4.",
     u"Start a worker process that may lead, or look why the one that runs does not reach the server."},
    {ConditionKind::schedule_overdue, Severity::warning, u"%1: a schedule is overdue",
     u"%1: the schedule%3 should have fired and has not.",
     u"Check that the process that fires schedules runs; decide whether the missed run must be made up for."},
    {ConditionKind::schedule_twice, Severity::warning, u"%1: a schedule fired twice",
     u"%1: the schedule%3 fired more than once for the same moment.",
     u"Look for two processes that both fire schedules; the job must be safe to run twice."},
    {ConditionKind::never_claimed, Severity::critical, u"%1: %2 {job|jobs} nobody will ever claim",
     u"%1: %2 {job looks|jobs look} ready, but no worker will ever claim {it|them}.",
     u"Repair or discard {it|them}: waiting does not help."},
    {ConditionKind::poison_pill, Severity::warning,
     u"%1: {a job kills its workers|%2 jobs kill their workers}",
     u"%1: %2 {job|jobs}%4 used up attempts and never reported an error: the worker died while running "
     u"{it|them}.",
     u"Look at the payload, and at the memory and the log of the workers; remove {it|them} before the next "
     u"worker "
     u"dies."},
    {ConditionKind::orphaned, Severity::critical, u"%1: %2 {job|jobs} lost {its|their} worker",
     u"%1: %2 {job is|jobs are} claimed by a worker%3 that is gone.",
     u"Find out whether the work was done; release {it|them} if it was not."},
    {ConditionKind::zombie, Severity::warning, u"%1: a worker runs more than it should",
     u"%1: the worker%3 runs %2 {job|jobs} more than it may at once.",
     u"Look at what it runs, then restart it."},
    {ConditionKind::trimmed, Severity::critical, u"%1: jobs were deleted unseen",
     u"%1: %2 {job was|jobs were} deleted before anybody took {it|them}.",
     u"Raise the limit that trims, or drain faster; ask the producers which jobs are gone."},
    {ConditionKind::eviction, Severity::warning, u"%1: jobs can vanish",
     u"%1: when memory is short, the server may drop jobs%4.",
     u"Set maxmemory-policy to noeviction on a server that holds queues."},
    {ConditionKind::missing_jobs, Severity::warning, u"%1: %2 {id|ids} without a job",
     u"%1: {the job of %2 id|the jobs of %2 ids}%3 {is|are} gone: {it|they} can neither run nor be replayed.",
     u"Look for what deletes jobs: eviction, a time to live, or a cleaning script; then remove the "
     u"{id|ids}."},
    {ConditionKind::dead_set_full, Severity::critical, u"%1: the dead set is full",
     u"%1: %2 dead letters are as many as are kept: each further death deletes the oldest one.",
     u"Replay or export what is still needed, and find out why so many die."},
    {ConditionKind::lost_with_worker, Severity::critical,
     u"%1: %2 {job was lost with its|jobs were lost with their} worker",
     u"%1: the worker%3 vanished while running %2 {job, and nothing brings it|jobs, and nothing brings them} "
     u"back.",
     u"Find out what was done, then enqueue the rest again ({it is|they are} remembered: replay --lost). "
     u"{It|They} "
     u"may have run in part."},
    {ConditionKind::unacknowledged, Severity::warning, u"%1: nothing is acknowledged",
     u"%1: %2 {entry was|entries were} delivered, and no consumer has said that {it is|any of them is} done.",
     u"Look whether the consumers are stuck, or never call XACK: a delivered entry is not a done one."},
    {ConditionKind::unserved, Severity::critical, u"%1: no live worker listens to it",
     u"%1: %2 {job waits|jobs wait}, and the workers that are alive listen to other queues.",
     u"Start a worker for this queue, or correct the name in the list of queues that workers listen to."},
    {ConditionKind::client_clock, Severity::warning, u"%1: the clock of its producers is wrong",
     u"%1: the clock of those who add jobs is %2 s%3 the server's; ages of its jobs are off by as much.",
     u"Check time synchronisation on the machines that add jobs."},
    {ConditionKind::removed_unworked, Severity::critical, u"%1: %2 removed, never run",
     u"%1: %2 waiting {job|jobs} outlived {its|their} time to live and {was|were} removed; {it|they} never "
     u"ran.",
     u"Find out what {it was|they were} and enqueue {it|them} again; add workers, or give jobs a longer "
     u"life."},
    {ConditionKind::serial_lock, Severity::warning, u"%1: %2 {job waits|jobs wait} behind a locked queue",
     u"%1: %2 {job waits|jobs wait} behind queue%3.",
     u"Look whether that worker lives; if it does not, unlock the queue with the system's own tool."},
    {ConditionKind::unread, Severity::info, u"%1 is not read", u"%3 is here, and Spillway does not read it.",
     u"Nothing is known of its jobs; watch it with its own tool."},
};

// One pass, because a name may itself contain "%2" or "{"; placeholders that are not there are no fault.
QString filled(const char16_t* pattern, const QStringList& values, bool one) {
    QString text;
    bool skips = false;  // inside the alternative that is not meant
    for (const char16_t* c = pattern; *c; ++c) {
        if (*c == u'{')
            skips = !one;
        else if (*c == u'|')
            skips = one;
        else if (*c == u'}')
            skips = false;
        else if (*c == u'%' && c[1] >= u'1' && c[1] <= u'4') {
            ++c;
            if (!skips) text += values.value(*c - u'1');
        } else if (!skips)
            text += QChar(*c);
    }
    return text;
}

// What could be read and now cannot is no footnote: its queues are gone from every list meanwhile.
void sayReadingFailed(const FindingContext& context, const Condition& condition, Finding& f) {
    if (context.system->capabilities.why(u"queues"_s).isEmpty()) return;  // nobody reads it, on purpose
    const QString name = context.system->identity.label();
    f.severity = Severity::warning;
    f.title = u"%1 cannot be read now"_s.arg(name);
    f.sentence =
        u"%1 could not be read, and its queues are in no list meanwhile: nobody knows how they are."_s.arg(
            visibleText(condition.subject, 160));
    f.action = u"Spillway tries again by itself; look at what loads the server."_s;
}

Finding conditionFinding(const FindingContext& context, const Condition& condition) {
    const auto& words = *std::find_if(std::begin(kWords), std::end(kWords),
                                      [&](const auto& w) { return w.kind == condition.kind; });
    Finding f = newFinding(context, conditionName(condition.kind), condition.queue, words.severity);
    if (!condition.subject.isEmpty()) f.id += u':' + condition.subject;
    const QString name =
        condition.queue.isEmpty() ? context.system->identity.title : visibleText(condition.queue, 80);
    const QString many = condition.count.known() ? countText(condition.count) : u"some"_s;
    const QString subject = visibleText(condition.subject, 80);
    const QStringList values{name, many, subject.isEmpty() ? subject : u" "_s + subject,
                             subject.isEmpty() ? subject : u" (%1)"_s.arg(subject)};
    const bool one = condition.count.isExact() && *condition.count.value == 1;
    f.title = filled(words.title, values, one);
    f.sentence = filled(words.sentence, values, one).trimmed();
    if (condition.kind == ConditionKind::eviction && condition.count.valueOr(0) > 0)
        f.sentence = u"%1: the server has evicted %2 %3, policy %4, and jobs may be among them."_s.arg(
            name, many, one ? u"key"_s : u"keys"_s, subject);
    f.evidence = visibleText(condition.evidence, 300);
    f.action = condition.action.isEmpty() ? filled(words.action, values, one) : condition.action;
    f.impact = static_cast<double>(condition.count.valueOr(1));
    if (condition.kind == ConditionKind::unread) sayReadingFailed(context, condition, f);
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
    f.sentence = u"%1: %2 of the %3 jobs that wait in %4 queues wait here."_s
                     .arg(visibleText(hottest->reading.queue, 80), countText(most), countText(sum))
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
    f.sentence = u"%1: Spillway may not read %2, so nobody knows whether anything is wrong there."_s.arg(
        context.system->identity.label(), blind->where);
    f.evidence = visibleText(blind->why, 400);
    f.action = u"Grant this right to the role that Spillway connects with, or connect with another one."_s;
    f.impact = blind->queues;
    return f;
}

}  // namespace

std::vector<Finding> findingsForSystem(const FindingContext& context) {
    std::vector<Finding> found;
    const auto stuckOnes = stuckByQueue(context.system->leases, context.now);
    qint64 stuckInAll = 0;
    for (const auto& [queue, stuck] : stuckOnes) stuckInAll += stuck.count;
    if (auto missing = noWorkers(context)) found.push_back(*std::move(missing));
    for (const auto& [queue, stuck] : stuckOnes)
        if (!areOrphans(*context.system, queue, stuck.count))
            found.push_back(stuckFinding(context, queue, stuck));
    for (const auto& condition : context.system->conditions) {
        found.push_back(conditionFinding(context, condition));
        // A registry that knows the worker and not the queues: the same jobs are told as stuck, where they
        // are.
        const bool toldAlready = condition.kind == ConditionKind::orphaned && condition.queue.isEmpty() &&
                                 condition.count.known() && *condition.count.value <= stuckInAll;
        if (toldAlready) found.back().severity = Severity::warning;
    }
    if (auto hot = hotQueue(context)) found.push_back(*std::move(hot));
    if (auto blind = missingRight(context)) found.push_back(*std::move(blind));
    return found;
}

}  // namespace spillway
