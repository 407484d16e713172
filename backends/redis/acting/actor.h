// How one queue system is acted on: which script, with which keys and arguments for each job, and how a job
// stands afterwards. Only reads: it appends to pipelines and fills values, the acting backend runs the
// scripts. Internal to this folder.
#pragma once

#include <memory>

#include "backends/redis/shared/dead_walk.h"
#include "backends/redis/shared/system.h"
#include "backends/remediation/acting_backend.h"

namespace spillway {

// A remembered job in a plan: its version holds the bytes to enqueue.
[[nodiscard]] PlannedJob lostJobAsPlanned(const LostJob& job);
[[nodiscard]] bool isLostJob(const PlannedJob& job);
[[nodiscard]] QByteArray lostPayload(const PlannedJob& job);

// The queue that is acted on.
struct ActingPlace {
    RedisSystem* system = nullptr;
    DeadShelf shelf;
    int major = 0;    // version of the library, where it is recorded
    QString gap;      // why this queue cannot be acted on; empty: it can
    int readers = 1;  // consumer groups that all get what is added
};

// The keys and arguments of the script, without the lock and its token, which come first. `settled`: the job
// needs no script, because this is what became of it.
struct PreparedJob {
    QList<QByteArray> keys, arguments;
    QList<QByteArray>
        shared_keys;  // behind those of all jobs of a batch, once for all with the same first one
    std::optional<RowResult> settled;
    QString before;  // for RowResult::undo_token, where the script itself answers none
};

// What a script that takes a whole batch gets once, before the keys and arguments of its jobs.
struct BatchHead {
    QList<QByteArray> keys, arguments;
};

struct EndingProbe {
    JobEnding ending;
    QString token;  // RowResult::undo_token
    DeadJob dead;   // of one that died: describeDead() fills its error
};

// How a job stands against its plan. `as_planned`: nobody touched it.
struct Standing {
    bool as_planned = false;
    RowOutcome outcome = RowOutcome::unknown;
    QString why;
};

struct ReleaseCandidates {
    std::vector<PlannedJob> jobs;  // with evidence, oldest claim first
    qint64 claimed = 0;            // all that are claimed
    QStringList warnings;
    QString problem;  // why they cannot be read
};

class RedisActor {
public:
    virtual ~RedisActor() = default;
    [[nodiscard]] virtual QByteArray room() const = 0;  // "bullmq": the folder of its scripts
    // Why it cannot be done at all, and what to do instead; empty: it can.
    [[nodiscard]] virtual QString gap(ActionKind) const { return {}; }
    // The same of one queue.
    [[nodiscard]] virtual QString gapAt(ActionKind, const ActingPlace& place) const { return place.gap; }
    // Where a job is kept while it runs, so that none goes with its process; empty: nowhere.
    [[nodiscard]] virtual QString lostGap() const { return {}; }
    // Its releases rest on age alone.
    [[nodiscard]] virtual bool knowsOnlyAge() const { return false; }
    // What the script of this action writes, for the question whether the user may.
    [[nodiscard]] virtual std::vector<RedisCommand> writes(ActionKind kind,
                                                           const QByteArray& start) const = 0;
    // For a system whose keys have no beginning in common.
    [[nodiscard]] virtual std::vector<RedisCommand> writesAt(ActionKind, const DeadShelf&) const {
        return {};
    }
    // The beginning of all keys of this system: "bull:".
    [[nodiscard]] virtual QByteArray keyStart(const DeadShelf& shelf) const = 0;

    // Reads what must be known about the queue itself.
    virtual void learn(RedisPipeline&, ActingPlace&) const {}
    // What a person should know about one job that is to be replayed; empty: nothing.
    [[nodiscard]] virtual QString concern(const DeadEntry&) const { return {}; }
    [[nodiscard]] virtual std::optional<int> remaining(const DeadJob& job) const;
    // Jobs that wait for their next attempt, the next one first: fills jobs, matched, warnings.
    [[nodiscard]] virtual Outcome<Done> planRetrying(const RedisInquiryLink&, const ActingPlace&,
                                                     const ActionRequest&, PlannedAction&) const;
    // Before prepare() and standing() of an undo: reads what is to be found among many. Blocks.
    [[nodiscard]] virtual Outcome<Done> findWaiting(const RedisInquiryLink&, const ActingPlace&,
                                                    const std::vector<PlannedJob>&) {
        return Done{};
    }
    virtual void findReleases(RedisPipeline&, const ActingPlace&, qint64 /*most*/, ServerTime /*now*/,
                              ReleaseCandidates&) const {}
    // nullopt: its script takes one job a call. Otherwise it takes up to 500 and answers with a list, in
    // their order: it must look at all of them before it writes, so that an error of the call means that
    // nothing was done.
    [[nodiscard]] virtual std::optional<BatchHead> batchHead(ActionKind, const ActingPlace&) const {
        return std::nullopt;
    }
    virtual void prepare(RedisPipeline&, ActionKind, const ActingPlace&, const PlannedJob&, ServerTime now,
                         PreparedJob&) const = 0;
    virtual void ending(RedisPipeline&, const ActingPlace&, const PlannedJob&, EndingProbe&) = 0;
    virtual void standing(RedisPipeline&, ActionKind, const ActingPlace&, const PlannedJob&,
                          Standing&) const = 0;
};

// By the name of the system; nullptr: nobody knows how to act on it.
[[nodiscard]] std::unique_ptr<RedisActor> redisActorFor(const QString& system);

}  // namespace spillway
