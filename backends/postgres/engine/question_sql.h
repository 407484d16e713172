// Turns the SQL of a question into one statement with parameters, for the queues of one poll.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "backends/domain/clock.h"
#include "backends/postgres/engine/definition.h"

namespace spillway {

// The queues of one poll, grouped by the relation their jobs are read from (quoted, from the catalog).
using QueuesBySource = std::map<QString, std::vector<std::string>>;

struct PollValues {
    QString schema;  // as it is, for {schema_name}
    QString schemaQuoted;
    QString jobs;  // quoted, {job} where the question does not go queue by queue
    QueuesBySource queues;
    qint64 cap = 10'000;      // most entries counted per queue and state through an index alone
    qint64 heapCap = 1'000;   // the same where each entry costs a row
    qint64 retryCap = 2'000;  // most jobs of one queue looked at for when retries are due: rows, …
    static constexpr qint64 kIndexEntriesPerRow = 5;  // … or so many times as many where an index alone tells
    qint64 flowCap = 10'000;  // most jobs of one queue that may have come, or gone, between two polls
    qint64 queueLimit = 500;
    qint64 leaseLimit = 500;                        // most running jobs read from one source
    double samplePercent = 1;                       // of the table's pages: about 200 of them
    std::string jobIds = "{}", jobVersions = "{}";  // of an action, as text[]
    std::string queueName;                          // of an action
    qint64 readyLimit = 100'000;                    // of an action; 0: what is ready is not asked for
    std::string id;                                 // the one job of dead_job
    qint64 logAfter = 0;                            // position in the claim log after which to read
    std::string logMissing = "{}";                  // positions before it, as bigint[]
    // Waiting jobs that were about to be deleted when last seen, and their queues, as text[].
    std::string doomedQueues = "{}", doomedIds = "{}";
    std::string logOpen = "{}";  // jobs that two held when last seen, as text[]
    qint64 logLimit = 10'000;    // most events of the claim log in one read
    ServerTime now, since, until;
};

struct Statement {
    std::string sql;
    std::vector<std::string> parameters;
    std::vector<QString> types;  // of the parameters: the same text may be needed as two types
};

// Every variant once (and, where it goes queue by queue, once for each source), joined by UNION ALL;
// they must have the same columns.
[[nodiscard]] Statement statementFor(const std::vector<const Question*>& variants, const PollValues& values);

// One variant as it stands, for what must not be put into parentheses: a statement that writes.
[[nodiscard]] Statement statementAlone(const Question& question, const PollValues& values);

// One condition of SystemDefinition::planner for one queue, as `SELECT FROM job j WHERE …`.
void appendPlannerProbe(Statement& statement, const std::map<QString, QString>& planner, const QString& state,
                        const std::string& queue, const QString& source, const PollValues& values);

}  // namespace spillway
