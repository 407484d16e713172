// A queue system as data: which tables mark it, which questions can be asked, with which SQL, and why
// a signal is missing. The format is described in resources/systems/README.md; values only, no server.
#pragma once

#include <QString>
#include <QStringList>
#include <map>
#include <vector>

#include "backends/domain/outcome.h"

namespace spillway {

using IndexColumns = std::vector<QString>;  // the leading columns that an index must have

// One variant of a piece of SQL: usable where all its columns ("table.column") exist.
struct TermAlternative {
    QStringList columns;
    QString sql;
};

// Whether FlowTotals are counted by us from rows of a window, or read as they are.
enum class FlowBasis { rows, counter };

// One way to answer one question. Several may answer different signals of the same question; they are
// tried in the order of the file, and each signal is taken from the first that can answer it.
struct Question {
    QString name;  // queues, counts, flow, leases, dead, …: the table in resources/systems/README.md
    QString file;  // where the SQL came from, for messages
    QString sql;
    QStringList answers;                // signals, as in `status` JSON
    QStringList columns;                // "table.column": must exist and be readable
    QStringList writes;                 // "table.column": must be updatable
    std::vector<IndexColumns> indexes;  // must exist on the jobs table, or on each of its partitions
    bool scan = false;                  // reads the whole jobs table: only where it is small
    bool heap = false;                  // needs the rows, not only the index: the dearer cap applies
    bool checkPlan = false;             // a large table is asked for its plan before this is trusted
    int every_s = 0;                    // not asked more often; its last rows serve in between
    FlowBasis basis = FlowBasis::rows;
    QString how;          // in words, for exact values
    QString estimated;    // not empty: values are estimates by this method
    QString silentMeans;  // `workers` without a live one: not observable, where nothing was said
    QString emptyMeans;   // not empty: no row at all means "not observable", for this reason
};

// How a system lets go of jobs whose worker has vanished, in words for a person.
struct LeaseRule {
    QString expiry;   // the rule behind expires_at: "started_on + expire_seconds"
    QString weak;     // not empty: an expired lease alone proves little, for this reason
    QString fencing;  // what a late worker could still do after a release
};

struct SystemDefinition {
    QString name;  // contract name: "pgboss", "mapped:jobs"
    QString title;
    QStringList tables;              // all must exist in one schema
    QStringList columns;             // "table.column": all must exist
    QStringList alsoTables;          // looked at when they exist
    QStringList triggers;            // the system's own, that fire when a job is changed
    QString jobs;                    // the table that {job} stands for
    QStringList jobsElse;            // in layouts without that table: the first of these that exists
    double promotionInterval_s = 0;  // see QueueReading::promotion_interval_s
    QString versionSql;              // one row, column version; may be empty
    QString nameSpace;               // empty = the schema's name
    qint64 scanBytes = 16 * 1024 * 1024;
    std::map<QString, std::vector<TermAlternative>> terms;
    std::vector<Question> questions;
    std::map<QString, QString> planner;  // "queue" and one condition for each state
    std::map<QString, QString> always;   // signal -> why it is known to be none (exact 0)
    std::map<QString, QString> gaps;     // signal -> why it is missing when nothing answers it
    LeaseRule lease;
    QString retention;  // of dead jobs, in words; empty: nothing is known
};

// Reads DIRECTORY/system.toml and the files it names. Failure kind internal for our own data (a test
// loads them all), naming file and key.
[[nodiscard]] Outcome<SystemDefinition> loadSystemDefinition(const QString& directory);

// Pieces of SQL that the questions of every system may use, by name, from shared/terms.toml.
[[nodiscard]] const std::map<QString, QString>& sharedTerms();

// Those that come with the program, from its resources.
[[nodiscard]] Outcome<std::vector<SystemDefinition>> builtInSystems();

}  // namespace spillway
