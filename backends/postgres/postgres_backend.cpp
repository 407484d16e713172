#include "backends/postgres/postgres_backend.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "backends/postgres/dead/letters.h"
#include "backends/postgres/drift_watch.h"
#include "backends/postgres/engine/detection.h"
#include "backends/postgres/replica_lag.h"

namespace spillway {
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using std::chrono::steady_clock;
namespace {

// The border of this folder: exceptions become Failures here.
class PostgresBackend final : public QueueBackend {
public:
    explicit PostgresBackend(const ConnectionSettings& settings)
        : m_connection(settings), m_drift(settings) {}

    Outcome<ServerInfo> open() override {
        return guarded([this]() -> Outcome<ServerInfo> {
            m_systems.clear();
            m_server = m_connection.open();
            return m_server;
        });
    }

    Outcome<std::vector<DetectedSystem>> detect() override {
        return guarded([this]() -> Outcome<std::vector<DetectedSystem>> { return detectAll(); });
    }

    Outcome<ServerReading> read() override {
        return guarded([this]() -> Outcome<ServerReading> { return readAll(); });
    }

    Outcome<DeadPage> deadPage(const DeadQuery& query) override {
        return guarded(
            [&]() -> Outcome<DeadPage> { return DeadLetters(m_connection, m_systems).page(query); });
    }
    Outcome<DeadGroups> deadGroups(const DeadGroupsQuery& query) override {
        return guarded(
            [&]() -> Outcome<DeadGroups> { return DeadLetters(m_connection, m_systems).groups(query); });
    }
    Outcome<JobDetail> deadJob(const JobQuery& query) override {
        return guarded(
            [&]() -> Outcome<JobDetail> { return DeadLetters(m_connection, m_systems).job(query); });
    }

    void interrupt() noexcept override {
        m_connection.interrupt();
        m_drift.interrupt();
    }

private:
    static Measured<double> serverCost(std::optional<double> before, std::optional<double> after,
                                       double wall_ms) {
        if (before && after) return Measured<double>::exact(*after - *before);
        return Measured<double>::estimated(wall_ms,
                                           u"upper bound: the time the poll took as seen from here"_s);
    }

    template <typename Work>
    auto guarded(Work work) -> decltype(work()) {
        try {
            return work();
        } catch (const PostgresError& e) {
            return e.failure();
        } catch (const std::exception& e) {
            return Failure{FailureKind::internal, u"Reading PostgreSQL failed in an unexpected way."_s,
                           withoutSecrets(QString::fromUtf8(e.what())), u"Please report this."_s};
        }
    }

    Outcome<std::vector<DetectedSystem>> detectAll() {
        const auto& settings = m_connection.settings();
        auto definitions = builtInSystems();
        if (!definitions) return definitions.failure();
        ReadTransaction transaction(m_connection, {2000ms, settings.connectDeadline});
        auto systems = detectSystems(transaction, *definitions, settings);
        auto mapped = detectMappedTables(transaction, settings);
        if (!mapped) return mapped.failure();
        transaction.commit();
        std::move(mapped.value().begin(), mapped.value().end(), std::back_inserter(systems));
        m_systems = std::move(systems);
        std::vector<DetectedSystem> detected;
        for (const auto& system : m_systems) detected.push_back(system.detected());
        return detected;
    }

    Outcome<ServerReading> readAll() {
        auto memories = m_memories;  // kept only when the whole poll succeeded
        try {
            return readWith(memories);
        } catch (...) {
            for (const auto& [key, memory] : memories) m_memories[key].logLimit = memory.logLimit;
            throw;
        }
    }

    ServerReading readWith(std::map<QString, PollMemory>& memories) {
        const auto started = steady_clock::now();
        ServerReading reading;
        const auto whole = m_connection.settings().pollDeadline;  // 2 s, and 250 ms for a statement
        ReadTransaction transaction(m_connection,
                                    {std::max<std::chrono::milliseconds>(250ms, whole / 8), whole});
        const auto cpuBefore = transaction.serverCpu_ms();
        const double share = 1.0 / static_cast<double>(std::max<size_t>(1, m_systems.size()));
        for (auto& system : m_systems)
            reading.systems.push_back(system.read(transaction, memories[system.identity().key()], share));
        m_server.replica_lag_s = replicaLag(transaction);
        transaction.commit();
        m_memories = std::move(memories);
        m_server.role = transaction.moment().role;
        reading.server = m_server;
        reading.observed_at = transaction.moment().now;
        reading.clock_skew_s = transaction.moment().skew_s;
        reading.cost.wall_ms =
            std::chrono::duration<double, std::milli>(steady_clock::now() - started).count();
        reading.cost.server_ms = serverCost(cpuBefore, transaction.serverCpu_ms(), reading.cost.wall_ms);
        reading.cost.round_trips = transaction.roundTrips();
        reading.invariants = m_drift.check(reading.observed_at);
        return reading;
    }

    PostgresConnection m_connection;
    DriftWatch m_drift;
    ServerInfo m_server;
    std::vector<PostgresSystem> m_systems;
    std::map<QString, PollMemory> m_memories;  // by system key; survives a reconnect
};

}  // namespace

std::unique_ptr<QueueBackend> makePostgresBackend(const ConnectionSettings& settings) {
    return std::make_unique<PostgresBackend>(settings);
}

}  // namespace spillway
