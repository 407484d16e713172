// The port for acting, beside QueueBackend, which cannot write. An ActingBackend is a server session of its
// own, with the acting credential where there is one, and exists only while somebody is armed. Everything
// blocks and belongs to one thread, except `interrupt()`. It decides nothing: guards, pacing, canary and
// journal are the runner's. Each change that it makes is one statement or script that compares with the
// version in the plan and sets.
#pragma once

#include <memory>

#include "backends/domain/connection_settings.h"
#include "backends/domain/lost_job.h"
#include "backends/domain/queue_reading.h"
#include "backends/remediation/action_request.h"
#include "backends/remediation/batch_outcome.h"

namespace spillway {

// Read in one round trip on the acting session, just before a batch.
struct ActingFacts {
    ServerTime now;  // server's clock
    QString server_id;
    std::optional<bool> writable;     // a primary that accepts writes
    std::optional<bool> paused;       // the queue
    std::optional<bool> live_worker;  // one that takes this queue; nullopt: its system does not say
    std::optional<qint64> ready;      // in the queue; nullopt: not asked for
    qint64 past_retention = 0;        // of the planned jobs
    qint64 weak_leases = 0;           // release: planned jobs whose only evidence is age
};

// A held lock: of all consoles one acts on a queue. PostgreSQL: an advisory lock of this session. Redis: a
// key with a token and a time to live, compared on renewal and deletion.
struct ActionLock {
    QString holder;  // empty: we hold it; else what is known of who does (action id, host)
    [[nodiscard]] bool ours() const { return holder.isEmpty(); }
};

class ActingBackend {
public:
    virtual ~ActingBackend() = default;

    // Connects and finds the queue systems. The capabilities hold `replay` and `release`, with the missing
    // GRANT or ACL rule, or what to do instead.
    [[nodiscard]] virtual Outcome<std::vector<DetectedSystem>> open() = 0;

    // Looks for a queue by its name, after open(): among millions of keys it may not have been found. All
    // systems known then.
    [[nodiscard]] virtual Outcome<std::vector<DetectedSystem>> lookFor(const QString& /*queue*/) {
        return std::vector<DetectedSystem>();
    }

    // A dry run; changes nothing. Payloads are not loaded. FailureKind::usage: no such queue, or a system
    // that cannot be acted on from outside (what to do instead).
    [[nodiscard]] virtual Outcome<PlannedAction> plan(const ActionRequest& request) = 0;

    // `withReady` false leaves `ready` out: to count a long queue before each batch would cost more than the
    // batch.
    [[nodiscard]] virtual Outcome<ActingFacts> facts(const ActionPlan& plan, bool withReady = true) = 0;

    // Takes or renews. The lock of another console is no failure.
    [[nodiscard]] virtual Outcome<ActionLock> lock(const ActionPlan& plan, const QString& action) = 0;
    virtual void unlock() noexcept = 0;

    // Jobs [first, first + count), at most 500. A result for each, in the order of the plan. The pins of the
    // plan (server, table, owner, script) are compared again in the same transaction; FailureKind::changed
    // when they differ. `refused` is the server's no: nothing was changed. Any other failure means that no
    // answer came: the rows are unknown.
    struct Applied {
        std::vector<RowResult> rows;
        bool refused = false;  // the server said no and nothing was changed; `why` says what it said
        QString why;
    };
    [[nodiscard]] virtual Outcome<Applied> apply(const ActionPlan& plan, size_t first, int count) = 0;

    // How jobs that were put back stand now. `results` are those of apply() (an id may have changed).
    [[nodiscard]] virtual Outcome<std::vector<JobEnding>> endings(const ActionPlan& plan,
                                                                  const std::vector<RowResult>& results) = 0;

    // After a crash or a lost answer: what became of jobs [first, first + count). `moved`: done by us or gone
    // on since; `changed`/`gone`: somebody else; `unknown` only where it cannot be known. Jobs that still
    // stand as planned are left out of the answer: they were not touched.
    [[nodiscard]] virtual Outcome<std::vector<RowResult>> readBack(const ActionPlan& plan, size_t first,
                                                                   int count) = 0;

    // A plan that takes back the `results` of a replay that moved, with guards of its own: a job that a
    // worker has taken meanwhile is left out, and a warning counts those. Rate, canary and `undoes` are the
    // caller's. FailureKind::usage where a system cannot.
    [[nodiscard]] virtual Outcome<PlannedAction> undoPlan(const ActionPlan& plan,
                                                          const std::vector<RowResult>& results) = 0;

    // The server, after open(): ActionPlan::server_id.
    [[nodiscard]] virtual QString serverId() const { return {}; }
    // A plan that enqueues jobs that went with the process that ran them; those that have come back, wait, or
    // are dead are left out. FailureKind::usage where a system keeps its jobs while they run.
    [[nodiscard]] virtual Outcome<PlannedAction> lostPlan(const ActionRequest& request,
                                                          const std::vector<LostJob>& jobs);

    virtual void interrupt() noexcept = 0;  // any thread; sticky
};

// Creates the right one for settings.kind; does not connect. Defined in backends/polling.
// Logs in with the second login for acting where the settings name one.
[[nodiscard]] std::unique_ptr<ActingBackend> createActingBackend(const ConnectionSettings& settings);

}  // namespace spillway
