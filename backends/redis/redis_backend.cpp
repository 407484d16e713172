#include "backends/redis/redis_backend.h"

#include <QElapsedTimer>
#include <QSet>
#include <algorithm>
#include <optional>

#include "backends/redis/bullmq_system.h"
#include "backends/redis/redis_dial.h"
#include "backends/redis/redis_errors.h"
#include "backends/redis/redis_key_scan.h"
#include "backends/redis/redis_server_info.h"
#include "backends/redis/sidekiq_detection.h"
#include "backends/redis/sidekiq_system.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr std::chrono::milliseconds kScanBudget{1500};
constexpr std::chrono::minutes kScanAgainAfter{10};
constexpr std::chrono::seconds kScanSmallAgainAfter{20};
constexpr int kSmallScanSteps = 3;
constexpr std::chrono::seconds kLongClientListAgainAfter{60};
constexpr qsizetype kLongClientList = 64 << 10;  // bytes
constexpr int kMaxRounds = 6;
constexpr qsizetype kTooLargeAtMost = 20;

QList<QByteArray> clientNames(const QByteArray& list) {
    QList<QByteArray> names;
    for (const QByteArray& line : list.split('\n')) {
        const auto at = line.indexOf(" name=");
        if (at < 0) continue;
        const QByteArray rest = line.mid(at + 6);
        names << rest.left(rest.indexOf(' '));
    }
    return names;
}

}  // namespace

class RedisBackend final : public QueueBackend {
public:
    explicit RedisBackend(ConnectionSettings settings) : m_settings(std::move(settings)) {}

    Outcome<ServerInfo> open() override;
    Outcome<std::vector<DetectedSystem>> detect() override;
    Outcome<ServerReading> read() override;
    Outcome<DeadPage> deadPage(const DeadQuery&) override { return notYet(); }
    Outcome<DeadGroups> deadGroups(const DeadGroupsQuery&) override { return notYet(); }
    Outcome<JobDetail> deadJob(const JobQuery&) override { return notYet(); }

    void interrupt() noexcept override { m_interrupted = true; }

private:
    static Failure notYet() {
        return {FailureKind::internal, u"Dead letters cannot be listed yet."_s, {}, u"Use status."_s};
    }
    struct Cpu {  // of the server's main thread, seconds
        std::optional<double> first, last;
    };
    [[nodiscard]] Outcome<ServerInfo> identify(QDeadlineTimer deadline);
    [[nodiscard]] Outcome<Done> findSystems(QDeadlineTimer deadline);
    [[nodiscard]] bool wanted(const char* system) const;
    [[nodiscard]] bool wantedPrefix(const QByteArray& prefix) const;
    void askForSystems(RedisPipeline& pipeline, const QList<QByteArray>& keys);
    void askForSidekiqIn(RedisPipeline& pipeline, const QByteArray& nameSpace);
    void adoptBullmq(const QByteArray& metaKey);
    [[nodiscard]] Outcome<ServerReading> poll(QDeadlineTimer deadline);
    [[nodiscard]] Outcome<Done> rounds(RedisPipeline& pipeline, Cpu& cpu, QDeadlineTimer deadline);
    [[nodiscard]] bool reopenAfterTooLarge(QDeadlineTimer deadline);
    [[nodiscard]] Outcome<Done> runOnce(RedisPipeline& pipeline, QDeadlineTimer deadline);
    void addClock(RedisPipeline& pipeline, std::optional<ServerTime>& at);
    void addScanStep(RedisPipeline& pipeline);
    void addClientNames(RedisPipeline& pipeline);
    void noteScanGap(Capabilities& capabilities) const;
    [[nodiscard]] Failure noClock() const;
    [[nodiscard]] Failure notConnected() const;

    ConnectionSettings m_settings;
    std::atomic<bool> m_interrupted = false;
    SystemClock m_clock;
    std::unique_ptr<RedisConnection> m_connection;
    ServerInfo m_server;
    RedisServerClock m_serverClock;
    std::chrono::microseconds m_skew{0};  // server minus local
    std::vector<std::unique_ptr<RedisSystem>> m_systems;
    QSet<QByteArray> m_sidekiqs;     // the key prefixes of those among them
    QList<RedisCommand> m_tooLarge;  // their answers were too large once: never to be asked again
    QString m_probeGap;              // why not even the plain keys of Sidekiq can be looked at
    RedisKeyScan m_scan;
    bool m_scanEverFinished = false;
    int m_scanSteps = 0;
    QDeadlineTimer m_nextScan;
    QDeadlineTimer m_nextClientList;
};

bool RedisBackend::wanted(const char* system) const {
    return m_settings.onlySystem.isEmpty() || m_settings.onlySystem == QLatin1StringView(system);
}

bool RedisBackend::wantedPrefix(const QByteArray& prefix) const {
    return m_settings.onlyNamespace.isEmpty() || m_settings.onlyNamespace.toUtf8() == prefix;
}

Outcome<ServerInfo> RedisBackend::open() {
    m_connection.reset();
    m_systems.clear();
    if (m_interrupted) return interruptedFailure();
    const auto address = redisAddressFrom(m_settings);
    if (!address) return address.failure();
    const QDeadlineTimer deadline(m_settings.connectDeadline);
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
    if (server.value("redis_mode") == "cluster") {
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
    describeServer(server, infoFrom((*replies)[2]), m_server);
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
    const QString gap = m_probeGap.isEmpty() ? m_scan.gap() : m_probeGap;
    if (m_systems.empty() && !gap.isEmpty())
        return Failure{FailureKind::permission,
                       u"No queue system can be looked for on %1: %2."_s.arg(m_server.address, gap),
                       {},
                       u"Allow it with ACL SETUSER <user> +scan +sscan +scard +zrange +lindex +get."_s};
    // What each system can show is found out by reading it once.
    auto reading = poll(deadline);
    while (!reading && reopenAfterTooLarge(deadline)) reading = poll(deadline);
    if (!reading) return reading.failure();
    std::vector<DetectedSystem> detected;
    for (const SystemReading& system : reading->systems)
        detected.push_back({system.identity, system.capabilities});
    return detected;
}

Outcome<Done> RedisBackend::findSystems(QDeadlineTimer deadline) {
    m_scan = RedisKeyScan(m_settings.onlyNamespace.toUtf8());
    const auto keys = m_scan.run(*m_connection, deadline, kScanBudget);
    if (!keys) return keys.failure();
    m_scanEverFinished = m_scan.finished();
    m_nextScan.setRemainingTime(m_scan.finished() ? std::chrono::milliseconds(kScanSmallAgainAfter)
                                                  : std::chrono::milliseconds(0));
    m_systems.clear();
    m_sidekiqs.clear();
    m_probeGap.clear();
    RedisPipeline pipeline(m_tooLarge);
    if (m_settings.onlyNamespace.isEmpty()) askForSidekiqIn(pipeline, {});
    askForSystems(pipeline, *keys);
    while (!pipeline.empty())
        if (const auto asked = runOnce(pipeline, deadline); !asked) return asked.failure();
    return Done{};
}

// Of the keys that a scan has found: which belong to a queue system that is not known yet?
void RedisBackend::askForSystems(RedisPipeline& pipeline, const QList<QByteArray>& keys) {
    for (const QByteArray& key : QSet<QByteArray>(keys.begin(), keys.end())) {
        if (key.endsWith(":queues")) {
            askForSidekiqIn(pipeline, key.chopped(7));
            continue;
        }
        const auto name = BullmqSystem::nameFromMetaKey(key);
        if (!name || !wanted("bullmq") || !wantedPrefix(name->prefix)) continue;
        pipeline.add({"HGET", key, "version"}, [this, key](const RedisReply& version) {
            if (BullmqSystem::isBullmqMark(version)) adoptBullmq(key);
        });
    }
}

void RedisBackend::askForSidekiqIn(RedisPipeline& pipeline, const QByteArray& nameSpace) {
    if (!wanted("sidekiq") || !wantedPrefix(nameSpace) || m_sidekiqs.contains(nameSpace)) return;
    askForSidekiq(
        pipeline, nameSpace,
        [this, nameSpace] {
            m_sidekiqs.insert(nameSpace);
            m_systems.push_back(std::make_unique<SidekiqSystem>(nameSpace));
        },
        [this](const QString& why) { m_probeGap = why; });
}

void RedisBackend::adoptBullmq(const QByteArray& metaKey) {
    for (const auto& system : m_systems)
        if (system->adopt(metaKey)) return;
    auto system = std::make_unique<BullmqSystem>(BullmqSystem::nameFromMetaKey(metaKey)->prefix);
    system->adopt(metaKey);
    m_systems.push_back(std::move(system));
}

Outcome<ServerReading> RedisBackend::read() {
    const QDeadlineTimer deadline(m_settings.pollDeadline);
    auto reading = poll(deadline);
    while (!reading && reopenAfterTooLarge(deadline)) reading = poll(deadline);
    return reading;
}

// One job that is larger than any answer may be must not make the rest unreadable.
bool RedisBackend::reopenAfterTooLarge(QDeadlineTimer deadline) {
    if (!m_connection || m_connection->oversized().isEmpty() || m_tooLarge.size() > kTooLargeAtMost)
        return false;
    return m_connection->open(deadline).ok();
}

Outcome<ServerReading> RedisBackend::poll(QDeadlineTimer deadline) {
    if (!m_connection || !m_connection->isOpen())
        return Failure{
            FailureKind::unreachable, u"There is no connection to the server."_s, {}, u"Connect again."_s};
    QElapsedTimer wall;
    wall.start();
    const int tripsBefore = m_connection->roundTrips();
    std::optional<ServerTime> at;
    RedisPipeline pipeline(m_tooLarge);
    Cpu cpu;
    addClock(pipeline, at);
    const ServerTime expected = m_clock.wallNow() + m_skew;
    const std::size_t started = m_systems.size();  // the scan may find more of them during this poll
    for (const auto& system : m_systems) system->startPoll(pipeline, expected);
    addClientNames(pipeline);
    addScanStep(pipeline);
    if (const auto done = rounds(pipeline, cpu, deadline); !done) return done.failure();
    if (!at) return noClock();

    ServerReading reading;
    reading.observed_at = *at;
    reading.clock_skew_s = std::chrono::duration<double>(m_skew).count();
    reading.server = m_server;
    for (std::size_t i = 0; i < started; ++i) {
        reading.systems.push_back(m_systems[i]->finishPoll(*at));
        noteScanGap(reading.systems.back().capabilities);
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
    if (!done && !m_connection->oversized().isEmpty()) m_tooLarge.append(m_connection->oversized());
    return done;
}

void RedisBackend::addClock(RedisPipeline& pipeline, std::optional<ServerTime>& at) {
    const ServerTime sent = m_clock.wallNow();
    pipeline.add(m_serverClock.command(), [this, sent, &at](const RedisReply& reply) {
        at = m_serverClock.read(reply);
        if (at) m_skew = *at - (sent + (m_clock.wallNow() - sent) / 2);
    });
}

// The keyspace is looked through again and again, one step with each poll, to find new queues.
void RedisBackend::addScanStep(RedisPipeline& pipeline) {
    if (!m_scan.gap().isEmpty() || !m_nextScan.hasExpired()) return;
    if (m_scan.finished()) {
        m_scan.restart();
        m_scanSteps = 0;
    }
    pipeline.add(m_scan.nextCommand(), [this, &pipeline](const RedisReply& reply) {
        askForSystems(pipeline, m_scan.take(reply));
        ++m_scanSteps;
        if (!m_scan.finished()) return;
        m_scanEverFinished = true;
        m_nextScan.setRemainingTime(m_scanSteps <= kSmallScanSteps
                                        ? std::chrono::milliseconds(kScanSmallAgainAfter)
                                        : std::chrono::milliseconds(kScanAgainAfter));
    });
}

void RedisBackend::addClientNames(RedisPipeline& pipeline) {
    const bool asked =
        std::any_of(m_systems.begin(), m_systems.end(), [](const auto& s) { return s->wantsClientNames(); });
    if (!asked || !m_nextClientList.hasExpired()) return;
    const RedisCommand command{"CLIENT", "LIST"};
    pipeline.add(command, [this, command](const RedisReply& reply) {
        const QString gap = reply.isText() ? QString() : reasonFromReply(reply, command);
        const auto names = reply.isText() ? clientNames(reply.text) : QList<QByteArray>();
        for (const auto& system : m_systems) system->takeClientNames(names, gap);
        if (reply.isError() || reply.text.size() > kLongClientList)
            m_nextClientList.setRemainingTime(std::chrono::milliseconds(kLongClientListAgainAfter));
    });
}

void RedisBackend::noteScanGap(Capabilities& capabilities) const {
    if (!m_scan.gap().isEmpty())
        capabilities.set(
            u"discovery"_s, false,
            u"BullMQ queues and systems under a key prefix cannot be looked for: "_s + m_scan.gap());
    else if (!m_scanEverFinished)
        capabilities.set(
            u"discovery"_s, false,
            u"the database has very many keys and is looked through slowly; more queues may appear"_s);
}

std::unique_ptr<QueueBackend> makeRedisBackend(const ConnectionSettings& settings) {
    return std::make_unique<RedisBackend>(settings);
}

}  // namespace spillway
