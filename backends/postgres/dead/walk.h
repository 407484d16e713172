// Walks through the dead letters of one system in the order of their deaths, a bounded number of rows at
// a time. Throws PostgresError.
#pragma once

#include "backends/domain/dead_job.h"
#include "backends/postgres/dead/position.h"
#include "backends/postgres/engine/system.h"

namespace spillway {

// A dead letter with what a DeadPosition needs of it.
struct FoundDead {
    DeadJob job;
    std::string queue;    // raw
    std::string died_at;  // as the server wrote it
};

class DeadTableWalk {
public:
    // `queues`: raw names, all of this system.
    DeadTableWalk(PostgresSystem& system, const Question& dead, std::vector<std::string> queues,
                  const JobFilter& filter);

    [[nodiscard]] const QString& systemKey() const { return m_key; }
    // How many match the filter on the server, each queue up to `cap`; queues with none are left out of
    // later reads.
    std::vector<qint64> count(ReadTransaction& transaction, qint64 cap);
    // The next jobs from `position` on, in order; from each queue at most its limit, `limits` being as
    // long as count()'s answer. `exactOrder`: sorted by id among those that died at once.
    std::vector<FoundDead> read(ReadTransaction& transaction, const DeadPosition& position,
                                const std::vector<qint64>& limits, bool newestFirst, bool exactOrder);

private:
    [[nodiscard]] QString condition(Statement& statement, const std::string& died_at, bool newestFirst) const;

    PostgresSystem& m_system;
    QString m_key;
    Question m_question;
    std::vector<std::string> m_queues;
    JobFilter m_filter;
};

}  // namespace spillway
