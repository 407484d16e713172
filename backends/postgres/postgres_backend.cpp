#include "backends/postgres/postgres_backend.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "backends/domain/human_text.h"
#include "backends/domain/rights.h"
#include "backends/postgres/dead/letters.h"
#include "backends/postgres/drift_watch.h"
#include "backends/postgres/engine/detection.h"
#include "backends/postgres/engine/needed_rights.h"
#include "backends/postgres/engine/unread_layouts.h"
#include "backends/postgres/mapped/columns.h"
#include "backends/postgres/replica_lag.h"
#include "backends/postgres/wire/server_identity.h"

namespace spillway {
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using std::chrono::steady_clock;
namespace {

QString serverIdOf(PostgresConnection& connection) {
    ReadTransaction transaction(connection, {5s, 5s});
    const auto id =
        readServerIdentity([&transaction](const std::string& sql, const std::vector<std::string>& p) {
            return transaction.query(sql, p, u"the server's identity"_s);
        });
    transaction.commit();
    return id;
}

// The border of this folder: exceptions become Failures here.
class PostgresBackend final : public QueueBackend, public RightsTeller {
public:
    explicit PostgresBackend(const ConnectionSettings& settings)
        : m_connection(settings), m_drift(settings) {}

    Outcome<ServerInfo> open() override {
        return guarded([this]() -> Outcome<ServerInfo> {
            m_systems.clear();
            m_unread.clear();
            m_troubles.clear();
            m_server = m_connection.open();
            m_serverId = serverIdOf(m_connection);
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

    QString serverId() const override { return m_serverId; }
    Outcome<ServerRights> rights(const QString& role) override {
        return guarded([&]() -> Outcome<ServerRights> { return rightsFor(role); });
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
        std::vector<UnreadSystem> unread;
        auto systems = detectSystems(transaction, *definitions, settings, &unread);
        auto mapped = detectMappedTables(transaction, settings);
        if (!mapped) return mapped.failure();
        std::move(mapped.value().begin(), mapped.value().end(), std::back_inserter(systems));
        if (settings.onlySystem.isEmpty()) {
            const auto layouts = unreadLayouts();
            if (!layouts) return layouts.failure();
            std::ranges::move(findUnreadLayouts(transaction, *layouts, systems), std::back_inserter(unread));
        }
        transaction.commit();
        const auto broken =
            std::ranges::find_if(unread, [](const auto& one) { return one.failure.has_value(); });
        if (systems.empty() && broken != unread.end()) return *broken->failure;
        if (systems.empty() && !unread.empty()) return nothingButUnread(unread);
        m_systems = std::move(systems);
        m_unread = std::move(unread);
        m_troubles.clear();
        m_detected = steady_clock::now();
        std::vector<DetectedSystem> detected;
        for (const auto& system : m_systems) detected.push_back(system.detected());
        for (const auto& one : m_unread) detected.push_back(unreadDetected(one));
        return detected;
    }

    [[nodiscard]] Outcome<ServerRights> rightsFor(const QString& role) const {
        if (role.isEmpty() || role.toUtf8().size() > 63 || role.contains(QChar(u'\0')) ||
            role.startsWith("pg_"_L1))
            return Failure{FailureKind::usage,
                           u"\"%1\" cannot be the name of a role."_s.arg(visibleText(role, 80)),
                           {},
                           u"Give another with --role, of at most 63 bytes and not beginning with pg_."_s};
        const QString quoted = quotedIdentifier(role);
        ServerRights rights{role, {}, {}, {}};
        rights.login << u"CREATE ROLE %1 LOGIN;"_s.arg(quoted)
                     << u"GRANT CONNECT ON DATABASE %1 TO %2;"_s.arg(quotedIdentifier(m_server.database),
                                                                     quoted);
        rights.notes << u"Give the role a password with psql's \\password, which sends it encrypted."_s;
        for (const auto& system : m_systems) rights.systems.push_back(neededRights(system, quoted));
        for (const auto& one : m_unread)
            rights.notes << u"%1 is here and not read: %2"_s.arg(one.identity.label(), one.why);
        return rights;
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

    // A system that failed while others were read is left alone for a while: it must not slow them down.
    struct Trouble {
        int times = 0;  // in a row
        steady_clock::time_point until;
        Failure failure;
    };

    void giveUpFor(const PostgresSystem& system, const Failure& failure) {
        auto& trouble = m_troubles[system.identity().key()];
        static constexpr std::chrono::seconds rests[] = {0s, 10s, 60s};
        trouble.until = steady_clock::now() + rests[std::min(trouble.times, 2)];
        ++trouble.times;
        trouble.failure = failure;
    }

    [[nodiscard]] static UnreadSystem unreadOf(const PostgresSystem& system, const Failure& failure) {
        return {system.identity(), system.values().schema, failure.sentence(), failure};
    }

    // What is not one system's own trouble is thrown; its trouble comes back.
    std::optional<Failure> readOne(ReadTransaction& transaction, PostgresSystem& system, PollMemory& memory,
                                   ServerReading& reading) {
        const PollMemory before = memory;
        try {
            const double share = 1.0 / static_cast<double>(m_systems.size());
            reading.systems.push_back(system.read(transaction, memory, share));
            m_troubles.erase(system.identity().key());
            return std::nullopt;
        } catch (const PostgresError& error) {
            const bool news = error.failure().kind == FailureKind::changed && system.proven();
            if (error.loss() == Loss::session || news) throw;
            const auto learnt = memory.logLimit;
            memory = before;
            memory.logLimit = learnt;
            transaction.restart();
            return error.failure();
        }
    }

    // Each system has its part of what is left of the time, so that one slow one cannot take it all.
    void readSystems(ReadTransaction& transaction, std::map<QString, PollMemory>& memories,
                     ServerReading& reading, steady_clock::time_point end) {
        std::vector<std::pair<const PostgresSystem*, Failure>> failed;
        auto left = static_cast<qint64>(m_systems.size());
        bool anyRead = false;
        for (auto& system : m_systems) {
            const auto now = steady_clock::now();
            const auto trouble = m_troubles.find(system.identity().key());
            if (m_systems.size() > 1) transaction.askUntil(now + (end - now) / (left + 1));
            --left;
            if (trouble != m_troubles.end() && now < trouble->second.until) {
                reading.systems.push_back(unreadReading(unreadOf(system, trouble->second.failure)));
                continue;
            }
            auto failure = readOne(transaction, system, memories[system.identity().key()], reading);
            anyRead = anyRead || !failure;
            if (failure) failed.emplace_back(&system, *std::move(failure));
        }
        transaction.askUntil(steady_clock::time_point::max());
        if (!failed.empty() && !anyRead) throw PostgresError(failed.front().second);
        for (const auto& [system, failure] : failed) {
            giveUpFor(*system, failure);
            reading.systems.push_back(unreadReading(unreadOf(*system, failure)));
        }
        for (const auto& one : m_unread) reading.systems.push_back(unreadReading(one));
    }

    // What could not be installed may have been mended meanwhile.
    void throwIfDetectionIsOld() const {
        const auto broken =
            std::ranges::find_if(m_unread, [](const auto& one) { return one.failure.has_value(); });
        if (broken == m_unread.end() || steady_clock::now() - m_detected < 60s) return;
        Failure failure = *broken->failure;
        failure.kind = FailureKind::changed;
        throw PostgresError(failure);
    }

    ServerReading readWith(std::map<QString, PollMemory>& memories) {
        const auto started = steady_clock::now();
        throwIfDetectionIsOld();
        ServerReading reading;
        const auto whole = m_connection.settings().pollDeadline;  // 2 s, and 250 ms for a statement
        ReadTransaction transaction(m_connection,
                                    {std::max<std::chrono::milliseconds>(250ms, whole / 8), whole});
        const auto cpuBefore = transaction.serverCpu_ms();
        readSystems(transaction, memories, reading, started + whole);
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
    QString m_serverId;
    std::vector<PostgresSystem> m_systems;
    std::vector<UnreadSystem> m_unread;  // by detection
    std::map<QString, Trouble> m_troubles;
    steady_clock::time_point m_detected;
    std::map<QString, PollMemory> m_memories;  // by system key; survives a reconnect
};

}  // namespace

std::unique_ptr<QueueBackend> makePostgresBackend(const ConnectionSettings& settings) {
    return std::make_unique<PostgresBackend>(settings);
}

}  // namespace spillway
