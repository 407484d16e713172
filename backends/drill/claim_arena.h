// The port of a claim drill: a scratch copy of a jobs table or list on a real server, and workers on it.
// Implemented in backends/postgres/drill and backends/redis/drill.
#pragma once

#include <memory>
#include <vector>

#include "backends/domain/connection_settings.h"
#include "backends/drill/claim_drill.h"

namespace spillway {

struct ClaimAttempt {
    enum class What {
        claimed,
        nothing,    // there was no free job
        lost_race,  // the act found the job taken, and took nothing
        aborted     // serialization failure or deadlock: a worker would try again
    };
    What what = What::nothing;
    qint64 job = 0;
};

// One worker with a connection of its own. One thread, except interrupt().
class DrillWorker {
public:
    virtual ~DrillWorker() = default;  // hangs up without a word, as a killed process would

    // Tries to claim one job. What it claimed before is recorded by the server first, in a statement of its
    // own, sent along to save a round trip.
    [[nodiscard]] virtual Outcome<ClaimAttempt> claim() = 0;
    // Records the last claim, if that is still to be done. `finish` false: the worker dies holding the job.
    [[nodiscard]] virtual Outcome<Done> settle(bool finish) = 0;
    virtual void interrupt() noexcept = 0;  // any thread; a call under way fails soon
};

// Blocks; one thread, except worker(), which any thread may call once open() has succeeded.
class ClaimArena {
public:
    virtual ~ClaimArena() = default;

    // Connects, removes what killed runs left, and makes the scratch copy. Refuses production.
    [[nodiscard]] virtual Outcome<ServerInfo> open() = 0;
    [[nodiscard]] virtual ServerTime openedAt() const = 0;  // the server's clock
    [[nodiscard]] virtual Outcome<Done> addJobs(qint64 first, qint64 last) = 0;
    // One claim, looked at closely and undone where the server can: fails with a sentence about what is
    // wrong with it. There are jobs.
    [[nodiscard]] virtual Outcome<Done> rehearse() = 0;
    [[nodiscard]] virtual Outcome<std::unique_ptr<DrillWorker>> worker(int number) = 0;
    virtual void tend() {}  // about once a second during the run
    [[nodiscard]] virtual Outcome<std::vector<ClaimRecord>> records() = 0;
    // Removes the scratch copy. Answers what could not be removed, in a sentence; empty: nothing is left.
    [[nodiscard]] virtual QString close() = 0;
};

// The arena for settings.kind; does not connect. Defined in claim_drill_run.cpp.
[[nodiscard]] std::unique_ptr<ClaimArena> makeClaimArena(const ConnectionSettings& settings,
                                                         const ClaimDrillSettings& drill);

// Drills write, and a drill's load is no load for production. The runners ask this first.
[[nodiscard]] std::optional<Failure> refusedInProduction(const ConnectionSettings& settings);

}  // namespace spillway
