// The server session of an acting backend: its connection, the queue systems found on it, the lock that it
// holds, and how the questions of a system's folder are asked for an action. Throws PostgresError.
#pragma once

#include <functional>

#include "backends/postgres/engine/system.h"
#include "backends/remediation/acting_backend.h"

namespace spillway {

using AskCatalog = std::function<Rows(const std::string& sql, const std::vector<std::string>& parameters)>;
template <typename Transaction>
[[nodiscard]] AskCatalog catalogOf(Transaction& transaction) {
    return [&transaction](const std::string& sql, const std::vector<std::string>& parameters) {
        return transaction.query(sql, parameters, QStringLiteral("the catalog"));
    };
}

inline constexpr TransactionLimits kActingReadLimits{std::chrono::seconds{5}, std::chrono::seconds{10}};

class ActingSession {
public:
    explicit ActingSession(const ConnectionSettings& settings) : m_connection(settings) {}

    void connect();
    void beConnected();    // connects where that was lost
    void drop() noexcept;  // closes; with it goes the lock
    [[nodiscard]] PostgresConnection& connection() { return m_connection; }
    [[nodiscard]] const ConnectionSettings& settings() const { return m_connection.settings(); }
    [[nodiscard]] const QString& serverId() const { return m_serverId; }
    [[nodiscard]] const std::vector<PostgresSystem>& systems() const { return m_systems; }
    [[nodiscard]] PostgresSystem& system(const QString& key);

    // An advisory lock of this session, by system and queue.
    [[nodiscard]] ActionLock lock(const ActionPlan& plan);
    // Whether the server still has it for this session: behind a pooler it may have gone to another.
    [[nodiscard]] static bool holdsLock(const AskCatalog& ask, const ActionPlan& plan);

private:
    PostgresConnection m_connection;
    std::vector<PostgresSystem> m_systems;
    QString m_serverId;
    std::optional<qint64> m_lock;  // held by the open session
};

// The variant of a question that fits; throws FailureKind::usage, with the missing GRANT or what to do
// instead, where the system cannot `action`.
[[nodiscard]] const Question& actingQuestion(const PostgresSystem& system, const QString& name,
                                             const QString& action);
[[nodiscard]] PollValues actingValues(const PostgresSystem& system, const QString& queue, ServerTime now);
// Jobs [first, first + count) of the plan, for {job_ids} and {job_versions}.
void putJobs(PollValues& values, const ActionPlan& plan, size_t first, size_t count);
[[nodiscard]] Rows askFor(ReadTransaction& transaction, const Question& question, const PollValues& values);
[[nodiscard]] RowOutcome rowOutcomeOr(const QString& name, RowOutcome otherwise);

}  // namespace spillway
