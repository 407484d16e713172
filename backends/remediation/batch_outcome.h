// What became of the jobs of one batch, as the server answered, and later what the workers made of them.
// Values.
#pragma once

#include <QString>
#include <optional>
#include <vector>

namespace spillway {

enum class RowOutcome {
    moved,     // done as planned
    changed,   // there, but no longer as the plan saw it: left alone
    conflict,  // an equal unique job is alive: left alone
    gone,      // not there any more
    failed,    // the server refused it
    unknown    // no answer came: it must be read back, never redone blindly
};
[[nodiscard]] QString rowOutcomeName(RowOutcome outcome);
[[nodiscard]] std::optional<RowOutcome> rowOutcomeFromName(const QString& name);

struct RowResult {
    QString id;
    RowOutcome outcome = RowOutcome::unknown;
    QString why;         // the server's words where it failed; may be empty
    QString undo_token;  // the version after the change, for an undo; may be empty

    bool operator==(const RowResult&) const = default;
};

struct OutcomeCounts {
    qint64 planned = 0, moved = 0, changed = 0, conflict = 0, gone = 0, failed = 0, unknown = 0;

    void add(RowOutcome outcome);
    [[nodiscard]] qint64 touched() const { return moved + changed + conflict + gone + failed + unknown; }
    bool operator==(const OutcomeCounts&) const = default;
};

// How a job that was put back ended.
// `retrying`: it failed again and waits for, or runs, a retry of its own; it has not ended.
enum class JobEnd { waiting, running, retrying, completed, died, vanished };

struct JobEnding {
    QString id;
    JobEnd end = JobEnd::waiting;
    QString signature;  // of the error it died or failed with
};

}  // namespace spillway
