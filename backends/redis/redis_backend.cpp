#include "backends/redis/redis_backend.h"

#include <QElapsedTimer>
#include <algorithm>
#include <optional>

#include "backends/redis/redis_discovery.h"
#include "backends/redis/redis_rights.h"
#include "backends/redis/shared/dead_letters.h"
#include "backends/redis/shared/eviction.h"
#include "backends/redis/shared/server_info.h"
#include "backends/redis/wire/dial.h"
#include "backends/redis/wire/errors.h"
#include "backends/redis/wire/sentinel.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr std::chrono::seconds kLongClientListAgainAfter{60};
constexpr qsizetype kLongClientList = 64 << 10;  // bytes
constexpr int kMaxRounds = 8;
constexpr qsizetype kTooLargeAtMost = 20;

}  // namespace

class RedisBackend final : public QueueBackend, public RightsTeller {
public:
    explicit RedisBackend(ConnectionSettings settings)
        : m_settings(std::move(settings)), m_discovery(m_settings) {}

    Outcome<ServerInfo> open() override;
    Outcome<std::vector<DetectedSystem>> detect() override;
    Outcome<ServerReading> read() override;
    Outcome<DeadPage> deadPage(const DeadQuery& query) override;
    Outcome<DeadGroups> deadGroups(const DeadGroupsQuery& query) override;
    Outcome<JobDetail> deadJob(const JobQuery& query) override;

    QString serverId() const override { return m_runId; }
    std::vector<LostJob> takeLostJobs() override;
    Outcome<ServerRights> rights(const QString& user) override {
        return redisRights(m_discovery.systems(), m_server, user);
    }

    void interrupt() noexcept override { m_interrupted = true; }

private:
    struct Cpu {  // of the server's main thread, seconds
        std::optional<double> first, last;
    };
    [[nodiscard]] Outcome<ServerInfo> identify(QDeadlineTimer deadline);
    [[nodiscard]] Outcome<Done> findSystems(QDeadlineTimer deadline);
    [[nodiscard]] std::optional<Failure> queuesElsewhere(QDeadlineTimer deadline);
    [[nodiscard]] Outcome<RedisDeadLetters> deadLetters();
    [[nodiscard]] Outcome<ServerReading> poll(QDeadlineTimer deadline);
    [[nodiscard]] Outcome<Done> rounds(RedisPipeline& pipeline, Cpu& cpu, QDeadlineTimer deadline);
    [[nodiscard]] bool reopenAfterTooLarge(QDeadlineTimer deadline);
    [[nodiscard]] Outcome<Done> runOnce(RedisPipeline& pipeline, QDeadlineTimer deadline);
    void addClock(RedisPipeline& pipeline, std::optional<ServerTime>& at);
    void addClients(RedisPipeline& pipeline);
    void addReplication(RedisPipeline& pipeline, ServerTime now);
    [[nodiscard]] Failure noClock() const;
    [[nodiscard]] Failure notConnected() const;

    ConnectionSettings m_settings;
    std::atomic<bool> m_interrupted = false;
    SystemClock m_clock;
    std::unique_ptr<RedisConnection> m_connection;
    ServerInfo m_server;
    QString m_runId;
    std::optional<ServerTime> m_replicaSince;  // seen by us with a link that was never up
    RedisServerClock m_serverClock;
    std::chrono::microseconds m_skew{0};  // server minus local
    RedisDiscovery m_discovery;
    RedisEviction m_eviction;
    QList<RedisCommand> m_tooLarge;  // their answers were too large once: never to be asked again
    QDeadlineTimer m_nextClientList;
};

Outcome<ServerInfo> RedisBackend::open() {
    m_connection.reset();
    m_discovery.clear();
    if (m_interrupted) return interruptedFailure();
    const QDeadlineTimer deadline(m_settings.connectDeadline);
    const auto address = locateRedis(m_settings, deadline, m_interrupted);
    if (!address) return address.failure();
    m_connection = std::make_unique<RedisConnection>(*address, m_interrupted);
    if (const auto opened = m_connection->open(deadline); !opened) return opened.failure();
    return identify(deadline);
}

Outcome<ServerInfo> RedisBackend::identify(QDeadlineTimer deadline) {
    const RedisAddress& address = m_connection->address();
    const ServerTime before = m_clock.wallNow();
    const auto replies = m_connection->run({{"TIME"}, {"INFO", "server"}, {"INFO", "replication"}}, deadline);
    const ServerTime after = m_clock.wallNow();
    if (!replies) return replies.failure();
    const RedisInfo server = infoFrom((*replies)[1]);
    if (server.value("redis_mode") == "sentinel") {
        const auto masters = m_connection->run({{"SENTINEL", "MASTERS"}}, deadline);
        return sentinelFailure(masters ? masters->front() : RedisReply(), address.display());
    }
    if (server.value("redis_mode") == "cluster" && !isClusterUrl(m_settings.url)) {
        const RedisReply moved{RedisReply::Type::error, 0, "MOVED", {}};
        return failureFromReply(moved, {}, address.display());
    }
    m_server = {ServerKind::redis,
                u"Redis"_s,
                {},
                address.display(),
                address.user.isEmpty() ? u"default"_s : address.user,
                QString::number(address.database),
                ServerRole::unknown,
                address.transport == RedisAddress::Transport::tls};
    m_runId = redisServerId(server, address.database);
    const RedisInfo replication = infoFrom((*replies)[2]);
    describeServer(server, replication, m_server);
    m_server.replica_lag_s = replicaLagFrom(replication);
    if (m_server.role == ServerRole::replica && isSentinelUrl(m_settings.url))
        return notYetPrimary(m_server.address);
    m_replicaSince.reset();
    m_serverClock = {};
    auto now = m_serverClock.read((*replies)[0]);
    if (!now) {
        m_serverClock.readFromInfo();
        now = m_serverClock.read((*replies)[1]);
    }
    if (!now) return noClock();
    m_skew = *now - (before + (after - before) / 2);
    return m_server;
}

Failure RedisBackend::noClock() const {
    return {FailureKind::permission,
            u"The Redis user may not read the clock of %1, without which no age can be computed."_s.arg(
                m_server.address),
            {},
            u"Allow it with ACL SETUSER <user> +time."_s};
}

Failure RedisBackend::notConnected() const {
    return {FailureKind::unreachable, u"There is no connection to the server."_s, {}, u"Connect again."_s};
}

Outcome<std::vector<DetectedSystem>> RedisBackend::detect() {
    if (!m_connection || !m_connection->isOpen()) return notConnected();
    const QDeadlineTimer deadline(m_settings.connectDeadline);
    auto found = findSystems(deadline);
    while (!found && reopenAfterTooLarge(deadline)) found = findSystems(deadline);
    if (!found) return found.failure();
    const QString gap = m_discovery.gap();
    if (m_discovery.systems().empty() && !gap.isEmpty())
        return Failure{FailureKind::permission,
                       u"No queue system can be looked for on %1: %2."_s.arg(m_server.address, gap),
                       {},
                       u"Allow it with ACL SETUSER <user> +scan +sscan +scard +zrange +lindex +get."_s};
    if (m_discovery.systems().empty())
        if (const auto elsewhere = queuesElsewhere(deadline)) return *elsewhere;
    // What each system can show is found out by reading it once.
    auto reading = poll(deadline);
    while (!reading && reopenAfterTooLarge(deadline)) reading = poll(deadline);
    if (!reading) return reading.failure();
    std::vector<DetectedSystem> detected;
    for (const SystemReading& system : reading->systems)
        detected.push_back({system.identity, system.capabilities});
    return detected;
}

// Nothing is here. A wrong database number is the usual reason where others hold keys.
std::optional<Failure> RedisBackend::queuesElsewhere(QDeadlineTimer deadline) {
    const auto keyspace = m_connection->run({{"INFO", "keyspace"}}, deadline);
    if (!keyspace) return keyspace.failure();
    const int own = m_connection->address().database;
    const QStringList others = otherDatabases(infoFrom(keyspace->front()), own);
    if (others.isEmpty()) return std::nullopt;
    return Failure{FailureKind::no_system,
                   u"Database %1 of %2 has no queue system that Spillway knows; %3."_s.arg(own).arg(
                       m_server.address, others.join(u", "_s)),
                   {},
                   u"Put the number of the right database into the URL: redis://host:port/N, or ?db=N for a "
                   "socket."_s};
}

Outcome<Done> RedisBackend::findSystems(QDeadlineTimer deadline) {
    return m_discovery.find(
        *m_connection, RedisPipeline(m_tooLarge),
        [this, deadline](RedisPipeline& pipeline) { return runOnce(pipeline, deadline); }, deadline);
}

Outcome<ServerReading> RedisBackend::read() {
    const QDeadlineTimer deadline(m_settings.pollDeadline);
    auto reading = poll(deadline);
    while (!reading && reopenAfterTooLarge(deadline)) reading = poll(deadline);
    return reading;
}

// One job that is larger than any answer may be must not make the rest unreadable.
bool RedisBackend::reopenAfterTooLarge(QDeadlineTimer deadline) {
    if (!m_connection || m_connection->oversized().command.isEmpty() || m_tooLarge.size() > kTooLargeAtMost)
        return false;
    return m_connection->open(deadline).ok();
}

Outcome<ServerReading> RedisBackend::poll(QDeadlineTimer deadline) {
    if (!m_connection || !m_connection->isOpen()) return notConnected();
    QElapsedTimer wall;
    wall.start();
    const int tripsBefore = m_connection->roundTrips();
    std::optional<ServerTime> at;
    RedisPipeline pipeline(m_tooLarge);
    Cpu cpu;
    addClock(pipeline, at);
    const ServerTime expected = m_clock.wallNow() + m_skew;
    const RedisSystems& systems = m_discovery.systems();
    const std::size_t started = systems.size();  // the scan may find more of them during this poll
    for (const auto& system : systems) system->startPoll(pipeline, expected);
    addClients(pipeline);
    m_discovery.addScanStep(pipeline);
    m_eviction.ask(pipeline);
    if (m_server.role == ServerRole::replica) addReplication(pipeline, expected);
    if (const auto done = rounds(pipeline, cpu, deadline); !done) return done.failure();
    if (!at) return noClock();

    ServerReading reading;
    reading.observed_at = *at;
    reading.clock_skew_s = std::chrono::duration<double>(m_skew).count();
    reading.server = m_server;
    for (std::size_t i = 0; i < started; ++i) {
        reading.systems.push_back(systems[i]->finishPoll(*at));
        m_discovery.noteGap(reading.systems.back().capabilities);
        m_eviction.note(reading.systems.back());
    }
    reading.cost.wall_ms = static_cast<double>(wall.nsecsElapsed()) / 1e6;
    reading.cost.round_trips = m_connection->roundTrips() - tripsBefore;
    reading.cost.server_ms =
        Measured<double>::estimated(reading.cost.wall_ms, u"upper bound: the whole duration of the poll"_s);
    if (cpu.first && cpu.last)
        reading.cost.server_ms =
            Measured<double>::estimated((*cpu.last - *cpu.first) * 1e3,
                                        u"CPU time of the server during the poll, other clients included"_s);
    return reading;
}

// The first round asks all that needs no other answer, the others what follows from it.
Outcome<Done> RedisBackend::rounds(RedisPipeline& pipeline, Cpu& cpu, QDeadlineTimer deadline) {
    for (int round = 0; round < kMaxRounds && !pipeline.empty(); ++round) {
        pipeline.add({"INFO", "cpu"},
                     [&cpu](const RedisReply& reply) { cpu.last = cpuSecondsFrom(infoFrom(reply)); });
        if (round == 0)
            pipeline.addFirst({"INFO", "cpu"}, [&cpu](const RedisReply& reply) {
                cpu.first = cpuSecondsFrom(infoFrom(reply));
            });
        if (const auto done = runOnce(pipeline, deadline); !done) return done.failure();
    }
    return Done{};
}

Outcome<Done> RedisBackend::runOnce(RedisPipeline& pipeline, QDeadlineTimer deadline) {
    auto done = pipeline.run(*m_connection, deadline);
    if (const auto& large = m_connection->oversized().command; !done && !large.isEmpty())
        m_tooLarge.append(large);
    return done;
}

void RedisBackend::addClock(RedisPipeline& pipeline, std::optional<ServerTime>& at) {
    const ServerTime sent = m_clock.wallNow();
    pipeline.add(m_serverClock.command(), [this, sent, &at](const RedisReply& reply) {
        at = m_serverClock.read(reply);
        if (at) m_skew = *at - (sent + (m_clock.wallNow() - sent) / 2);
    });
}

// A replica may lose its primary at any time, and become one itself.
void RedisBackend::addReplication(RedisPipeline& pipeline, ServerTime now) {
    pipeline.add({"INFO", "replication"}, [this, now](const RedisReply& reply) {
        const RedisInfo info = infoFrom(reply);
        if (info.isEmpty()) return;
        if (info.value("role") == "master") m_server.role = ServerRole::primary;
        m_server.replica_lag_s = replicaLagFrom(info);
        const bool neverUp = info.contains("master_link_status") && !m_server.replica_lag_s.known();
        if (!neverUp) return m_replicaSince.reset();
        if (!m_replicaSince) m_replicaSince = now;
        m_server.replica_lag_s =
            Seconds::lowerBound(std::max(0.0, secondsBetween(*m_replicaSince, now)),
                                m_server.replica_lag_s.method + u"; counted since we watch"_s);
    });
}

void RedisBackend::addClients(RedisPipeline& pipeline) {
    const RedisSystems& systems = m_discovery.systems();
    const bool asked =
        std::any_of(systems.begin(), systems.end(), [](const auto& s) { return s->wantsClients(); });
    if (!asked || !m_nextClientList.hasExpired()) return;
    const RedisCommand command{"CLIENT", "LIST"};
    pipeline.add(command, [this, command](const RedisReply& reply) {
        const QString gap = reply.isText() ? QString() : reasonFromReply(reply, command);
        const auto clients = reply.isText() ? clientsFrom(reply.text) : std::vector<RedisClient>();
        for (const auto& system : m_discovery.systems()) system->takeClients(clients, gap);
        if (reply.isError() || reply.text.size() > kLongClientList)
            m_nextClientList.setRemainingTime(std::chrono::milliseconds(kLongClientListAgainAfter));
    });
}

std::vector<LostJob> RedisBackend::takeLostJobs() {
    std::vector<LostJob> all;
    for (const auto& system : m_discovery.systems())
        for (LostJob& job : system->takeLost()) {
            job.system = system->detected().identity.key();
            all.push_back(std::move(job));
        }
    return all;
}

// The clock is read first: ages in a filter are by the server's.
Outcome<RedisDeadLetters> RedisBackend::deadLetters() {
    if (!m_connection || !m_connection->isOpen()) return notConnected();
    const QDeadlineTimer deadline(m_settings.pollDeadline);
    std::optional<ServerTime> now;
    RedisPipeline clock;
    addClock(clock, now);
    if (const auto done = clock.run(*m_connection, deadline); !done) return done.failure();
    if (!now) return noClock();
    const auto run = [this, deadline](RedisPipeline& pipeline) -> Outcome<Done> {
        while (!pipeline.empty())
            if (auto done = pipeline.run(*m_connection, deadline); !done) return done;
        return Done{};
    };
    const auto recover = [this, deadline]() -> RedisOversized {
        const RedisOversized tooLarge = m_connection->oversized();
        if (tooLarge.command.isEmpty() || !m_connection->open(deadline)) return {};
        return tooLarge;
    };
    return RedisDeadLetters(m_discovery.systems(), {run, recover}, *now);
}

Outcome<DeadPage> RedisBackend::deadPage(const DeadQuery& query) {
    const auto letters = deadLetters();
    return letters ? letters->page(query) : letters.failure();
}

Outcome<DeadGroups> RedisBackend::deadGroups(const DeadGroupsQuery& query) {
    const auto letters = deadLetters();
    return letters ? letters->groups(query) : letters.failure();
}

Outcome<JobDetail> RedisBackend::deadJob(const JobQuery& query) {
    const auto letters = deadLetters();
    return letters ? letters->job(query) : letters.failure();
}

std::unique_ptr<QueueBackend> makeRedisBackend(const ConnectionSettings& settings) {
    return std::make_unique<RedisBackend>(settings);
}

}  // namespace spillway
