// What somebody asks to have done, as a frozen list. A plan names each job with the version that was seen, so
// that every batch is a compare-and-set: what moved on since is left alone and reported. Values, pure.
#pragma once

#include <map>

#include "backends/domain/connection_settings.h"
#include "backends/domain/dead_job.h"

namespace spillway {

enum class ActionKind { replay, release, undo };
[[nodiscard]] QString actionKindName(ActionKind kind);  // "replay"

inline constexpr qint64 kMostPlannedJobs = 100'000;
inline constexpr double kPlanLife_s = 600;

struct PlannedJob {
    QString id;                             // as its system names it
    QString version;                        // what a compare-and-set needs, opaque; never empty
    QString kind;                           // empty: not recorded
    QString signature;                      // errorSignature() of its last error; empty: no error
    std::optional<ServerTime> at;           // of death (replay) or of the claim (release)
    std::optional<int> remaining_attempts;  // executions that it may cost; nullopt: not recorded
    bool conflict = false;                  // an equal unique job is alive: the server would refuse it

    bool operator==(const PlannedJob&) const = default;
};

struct ActionPlan {
    QString id;
    ActionKind action = ActionKind::replay;
    QString connection;  // ConnectionSettings::name
    Environment environment = Environment::production;
    QString server_id;  // of the server that was asked: system identifier or run id
    QString pins;    // of what will be written to (table, owner, script), opaque, compared before each batch
    QString system;  // SystemIdentity::key()
    QString queue;
    ServerTime made_at;            // server's clock
    std::vector<PlannedJob> jobs;  // oldest first, each id once, at most kMostPlannedJobs
    qint64 matched = 0;            // jobs that the filter matched; more than `jobs` where the plan is cut
    double rate = 10;              // jobs per second
    int canary = 10;               // jobs of the last canary step; 0: none
    double halt_above = 0.05;      // share of known outcomes that may fail, 0..1
    QString undoes;                // undo: the action whose jobs it takes back

    bool operator==(const ActionPlan&) const = default;
};

[[nodiscard]] std::map<QString, qint64> kindsOf(const ActionPlan& plan);
[[nodiscard]] std::map<QString, qint64> signaturesOf(const ActionPlan& plan);
[[nodiscard]] qint64 conflictsOf(const ActionPlan& plan);
// Jobs × remaining attempts; a lower bound where some jobs do not record them (each counts as one execution).
[[nodiscard]] Count worstCaseExecutions(const ActionPlan& plan);
// SHA-256 in hex over everything that decides what will be done, in this order of jobs. Not over `id`.
[[nodiscard]] QString planHash(const ActionPlan& plan);

// What a replay adds to a queue. Rates per second; `ready` in jobs.
struct LoadForecast {
    bool overtakes = false;  // the backlog will grow while the replay runs
    QString sentence;        // "adds 50/s to a drain of 120/s; the queue keeps draining"
};
[[nodiscard]] LoadForecast forecastOf(double rate, const Rate& arrival, const Rate& drain);

}  // namespace spillway
