// A claim drill: many workers claim the jobs of a scratch copy as fast as they can, and how often two got the
// same one is counted. What is asked for, and what came out. Values; the run is in claim_drill_run.h.
#pragma once

#include <QString>
#include <chrono>
#include <optional>

#include "backends/domain/outcome.h"
#include "backends/domain/queue_reading.h"
#include "backends/drill/recorded_claims.h"

namespace spillway {

enum class ClaimStyle {
    check_then_act,  // looks for a free job, then takes it: two steps, and between them anybody
    atomic,          // one step that the server makes whole
    own              // the user's SQL or Lua
};
[[nodiscard]] QString claimStyleName(ClaimStyle style);  // "check-then-act"

// How check and act are committed (PostgreSQL).
enum class ClaimIsolation {
    each,  // every statement by itself, as most workers do
    read_committed,
    repeatable_read,
    serializable  // the last three: both in one transaction of that level
};
[[nodiscard]] QString claimIsolationName(ClaimIsolation isolation);  // "repeatable-read"; "each-statement"
[[nodiscard]] std::optional<ClaimIsolation> claimIsolationFromName(const QString& name);

struct ClaimDrillSettings {
    ClaimStyle style = ClaimStyle::atomic;
    QString script;      // ClaimStyle::own: the text of the SQL or Lua
    QString scriptFile;  // where it came from; for people
    int workers = 8;     // each with a connection of its own
    std::optional<qint64> jobs;
    std::optional<std::chrono::milliseconds> time;
    std::optional<double> until_ppm;        // ends when the upper end of the 95 % interval is at most this
    std::chrono::milliseconds pause{0};     // think time between check and act
    int kill_workers = 0;                   // workers that die holding a job, spread over the run
    std::chrono::milliseconds lease{1000};  // after this the job of a dead worker is free again
    ClaimIsolation isolation = ClaimIsolation::each;
    bool operator==(const ClaimDrillSettings&) const = default;
};

// The limits that a run really has, with what was left open filled in.
struct ClaimDrillLimits {
    qint64 jobs = 0;
    std::chrono::milliseconds time{0};
    qint64 claims = 0;  // a claim that hands out the same job again and again ends here
};
// Failure kind usage, with the bounds: 1–64 workers, 1–5 000 000 jobs, 100 ms–1 h, and so on.
[[nodiscard]] Outcome<ClaimDrillLimits> limitsOf(const ClaimDrillSettings& settings);

struct ClaimDrillProgress {
    qint64 claims = 0;
    qint64 duplicates = 0;
    double upper95_ppm = 1e6;
    double seconds = 0;
    ClaimDrillLimits limits;
};
// How much of the drill is done, 0 to 100: by jobs or by time, whichever is further.
[[nodiscard]] int percentDone(const ClaimDrillProgress& progress);
// "12 400 claims, 3 duplicates, at most 700 per million"
[[nodiscard]] QString claimDrillProgressText(const ClaimDrillProgress& progress);

enum class DrillEnd { jobs, time, bound, claims, stopped, failed };
[[nodiscard]] QString drillEndName(DrillEnd end);  // "jobs"

struct ClaimDrillResult {
    ClaimDrillSettings settings;
    RecordedClaims recorded;
    DrillEnd end = DrillEnd::jobs;
    double seconds = 0;              // of the run, by our clock
    qint64 lost_races = 0;           // the act found the job taken, and said so
    qint64 aborted = 0;              // the server refused: serialization failure, deadlock
    std::optional<Failure> failure;  // DrillEnd::failed: what was measured until then is kept
    QString left_behind;             // what could not be removed from the server; empty: nothing
    ServerInfo server;
    ServerTime measured_at;  // the server's clock
};

// "8 workers, atomic: 0 of 300 000 claims: at most 10 per million (95 %)."
[[nodiscard]] QString claimDrillSentence(const ClaimDrillResult& result);

}  // namespace spillway
