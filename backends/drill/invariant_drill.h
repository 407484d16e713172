// An invariant drill: a command of the user's own, run by many processes at once, and after each round the
// question whether a rule of the data still holds. Values; the run is in invariant_drill_run.h.
#pragma once

#include <QString>
#include <chrono>
#include <optional>

#include "backends/domain/outcome.h"

namespace spillway {

struct InvariantDrillSettings {
    QString command;    // run by /bin/sh -c, with SPILLWAY_URL, SPILLWAY_PROCESS and SPILLWAY_ROUND
    int processes = 8;  // at once
    int rounds = 10;
    QString invariant;  // SQL: one number that must be 0, or two that must agree
    QString setup;      // SQL before every round; may be empty
    QString rollback;   // command after the last round: does the rule hold again? may be empty
    QString url;        // what the commands get as SPILLWAY_URL; may hold a secret
    std::chrono::milliseconds process_limit{60'000};
    qint64 output_limit = qint64(64) << 20;  // bytes that one process may print
};
// Failure kind usage: no command, 1–64 processes, 1–10 000 rounds.
[[nodiscard]] Outcome<Done> checkedInvariantDrill(const InvariantDrillSettings& settings);

struct Drift {
    int round = 0;  // from 1
    QString value;  // "99 and 100 (must agree)"
    bool operator==(const Drift&) const = default;
};

struct Rehearsal {  // of the rollback
    bool held = false;
    QString value;
    bool operator==(const Rehearsal&) const = default;
};

struct InvariantDrillResult {
    int rounds = 0;  // that were run
    int held = 0;
    int drifted = 0;
    std::optional<Drift> first_drift;
    std::optional<Rehearsal> rollback;  // nullopt: none was asked for, or it was not reached
    int failed_processes = 0;
    QString first_failure;  // in words
    double seconds = 0;
    bool stopped = false;            // by Ctrl+C
    std::optional<Failure> failure;  // what ended it early; the rounds until then count
};

// "8 processes, 20 rounds: the rule did not hold in 19, first in round 1: 93 and 100 (must agree)."
[[nodiscard]] QString invariantDrillSentence(const InvariantDrillResult& result, int processes);

}  // namespace spillway
