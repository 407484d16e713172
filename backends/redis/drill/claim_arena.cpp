#include "backends/redis/drill/claim_arena.h"

#include <QRandomGenerator>
#include <cmath>
#include <thread>

#include "backends/domain/human_text.h"
#include "backends/drill/claim_steps.h"
#include "backends/redis/wire/connection.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
namespace {

constexpr qint64 kForever_ms = qint64(365) * 24 * 3600 * 1000;
constexpr auto kLife = "60000";   // ms that a key lives without being tended
constexpr int kClaim_ms = 5'000;  // a claim may take
constexpr int kWord_ms = 20'000;  // anything else
constexpr qint64 kRecordsPerRead = 20'000;
const QByteArray kPrefix = "spillway:drill:";

struct RedisClaim {
    RedisAddress address;
    QString name;
    QList<QByteArray> keys;  // free jobs, leases, owners, records
    QByteArrayList steps;    // SHA1 of the scripts
    QByteArray record;
    QByteArray lease;
    bool kills = false;
    std::chrono::milliseconds pause{0};
};

Failure bad(const RedisClaim& claim, const QString& what, const QString& next = {},
            const QString& said = {}) {
    return {FailureKind::usage, u"The claim in %1 %2."_s.arg(claim.name, what), said, next};
}

// The job of a reply, nullopt for none.
Outcome<std::optional<qint64>> jobOf(const RedisClaim& claim, const RedisReply& reply) {
    if (reply.isError())
        return bad(claim, u"failed"_s,
                   u"Its keys and arguments are described in resources/drill/README.md."_s,
                   visibleText(reply.text, 200));
    if (reply.isNil()) return std::optional<qint64>();
    if (reply.isInteger()) return std::optional(reply.integer);
    bool ok = false;
    const qint64 job = reply.text.toLongLong(&ok);
    if (reply.isArray())
        return bad(claim, u"returned a list of %1"_s.arg(reply.items.size()),
                   u"A claim is one job, or nil."_s);
    if (!ok)
        return bad(claim, u"returned \"%1\""_s.arg(visibleText(reply.text, 40)), u"A job is a number."_s);
    return std::optional(job);
}

class RedisDrillWorker final : public DrillWorker {
public:
    RedisDrillWorker(RedisClaim claim, int number)
        : m_claim(std::move(claim)), m_number(QByteArray::number(number)),
          m_connection(m_claim.address, m_interrupted) {}

    [[nodiscard]] Outcome<Done> open() { return m_connection.open(QDeadlineTimer(kWord_ms)); }
    [[nodiscard]] Outcome<ClaimAttempt> claim() override;
    [[nodiscard]] Outcome<Done> settle(bool finish) override;
    void interrupt() noexcept override { m_interrupted = true; }

private:
    [[nodiscard]] RedisCommand call(qsizetype step, qint64 job = 0) const;
    [[nodiscard]] RedisCommand record(bool finish) const;
    [[nodiscard]] Outcome<RedisReply> run(std::vector<RedisCommand> commands);

    RedisClaim m_claim;
    QByteArray m_number;
    std::atomic<bool> m_interrupted = false;
    RedisConnection m_connection;
    std::optional<qint64> m_unrecorded;
};

RedisCommand RedisDrillWorker::call(qsizetype step, qint64 job) const {
    RedisCommand command{"EVALSHA",       m_claim.steps[step], "3",      m_claim.keys[0],
                         m_claim.keys[1], m_claim.keys[2],     m_number, m_claim.lease};
    if (step > 0) command << QByteArray::number(job);
    return command;
}

RedisCommand RedisDrillWorker::record(bool finish) const {
    return {"EVALSHA",
            m_claim.record,
            "4",
            m_claim.keys[0],
            m_claim.keys[1],
            m_claim.keys[2],
            m_claim.keys[3],
            m_number,
            QByteArray::number(*m_unrecorded),
            m_claim.kills && finish ? "1" : "0"};
}

// The reply of the last command; what is before it records, and must work.
Outcome<RedisReply> RedisDrillWorker::run(std::vector<RedisCommand> commands) {
    auto replies = m_connection.run(commands, QDeadlineTimer(kClaim_ms));
    if (!replies) {
        if (replies.failure().kind == FailureKind::overloaded ||
            replies.failure().kind == FailureKind::timeout)
            return bad(m_claim, u"took longer than 5 s, or the server was busy with a script"_s,
                       u"Look for an endless loop; a claim takes microseconds."_s,
                       replies.failure().serverSaid);
        return replies.failure();
    }
    if (m_unrecorded && replies->front().isError())
        return failureFromReply(replies->front(), commands.front(), m_claim.address.display());
    m_unrecorded.reset();
    return std::move(replies->back());
}

Outcome<ClaimAttempt> RedisDrillWorker::claim() {
    std::vector<RedisCommand> commands;
    if (m_unrecorded) commands.push_back(record(true));
    commands.push_back(call(0));
    const auto reply = run(std::move(commands));
    if (!reply) return reply.failure();
    auto job = jobOf(m_claim, *reply);
    if (!job) return job.failure();
    if (!*job) return ClaimAttempt{ClaimAttempt::What::nothing, 0};
    if (m_claim.steps.size() == 2) {
        for (auto left = m_claim.pause; left > 0ms && !m_interrupted; left -= 50ms)
            std::this_thread::sleep_for(std::min(left, std::chrono::milliseconds{50}));
        const auto acted = run({call(1, **job)});
        if (!acted) return acted.failure();
        const auto taken = jobOf(m_claim, *acted);
        if (!taken) return taken.failure();
        if (!*taken) return ClaimAttempt{ClaimAttempt::What::lost_race, **job};
    }
    m_unrecorded = **job;
    return ClaimAttempt{ClaimAttempt::What::claimed, **job};
}

Outcome<Done> RedisDrillWorker::settle(bool finish) {
    if (!m_unrecorded || !m_connection.isOpen()) return Done{};
    const auto reply = run({record(finish)});
    if (!reply) return reply.failure();
    return Done{};
}

class RedisClaimArena final : public ClaimArena {
public:
    RedisClaimArena(ConnectionSettings settings, ClaimDrillSettings drill)
        : m_settings(std::move(settings)), m_drill(std::move(drill)) {}
    ~RedisClaimArena() override { (void)close(); }

    [[nodiscard]] Outcome<ServerInfo> open() override;
    [[nodiscard]] ServerTime openedAt() const override { return m_openedAt; }
    [[nodiscard]] Outcome<Done> addJobs(qint64 first, qint64 last) override;
    [[nodiscard]] Outcome<Done> rehearse() override;
    [[nodiscard]] Outcome<std::unique_ptr<DrillWorker>> worker(int number) override;
    void tend() override { (void)m_connection->run(lives(), QDeadlineTimer(kClaim_ms)); }
    [[nodiscard]] Outcome<std::vector<ClaimRecord>> records() override;
    [[nodiscard]] QString close() override;

private:
    [[nodiscard]] Outcome<std::vector<RedisReply>> ask(const std::vector<RedisCommand>& commands);
    [[nodiscard]] Outcome<Done> load(const QStringList& steps);
    [[nodiscard]] std::vector<RedisCommand> lives() const;
    [[nodiscard]] QString endLoops();  // what could not be ended; empty: nothing runs

    ConnectionSettings m_settings;
    ClaimDrillSettings m_drill;
    RedisClaim m_claim;
    const std::atomic<bool> m_never = false;
    std::unique_ptr<RedisConnection> m_connection;
    ServerTime m_openedAt;
    bool m_created = false;
};

Outcome<std::vector<RedisReply>> RedisClaimArena::ask(const std::vector<RedisCommand>& commands) {
    if (!m_connection->isOpen())
        if (const auto opened = m_connection->open(QDeadlineTimer(kWord_ms)); !opened)
            return opened.failure();
    auto replies = m_connection->run(commands, QDeadlineTimer(kWord_ms));
    if (!replies) return replies;
    for (std::size_t i = 0; i < commands.size(); ++i)
        if ((*replies)[i].isError())
            return failureFromReply((*replies)[i], commands[i], m_claim.address.display());
    return replies;
}

Outcome<ServerInfo> RedisClaimArena::open() {
    if (const auto refused = refusedInProduction(m_settings)) return *refused;
    const auto steps = claimSteps(m_drill, ServerKind::redis);
    if (!steps) return steps.failure();
    const auto address = redisAddressFrom(m_settings);
    if (!address) return address.failure();
    const QByteArray prefix = kPrefix + QByteArray::number(QRandomGenerator::system()->generate(), 16) + ':';
    const bool kills = m_drill.kill_workers > 0;
    m_claim = {
        *address,
        m_drill.style == ClaimStyle::own ? visibleText(m_drill.scriptFile) : claimStyleName(m_drill.style),
        {prefix + "free", prefix + "leases", prefix + "owners", prefix + "records"},
        {},
        {},
        QByteArray::number(kills ? qint64(m_drill.lease.count()) : kForever_ms),
        kills,
        m_drill.pause};
    m_connection = std::make_unique<RedisConnection>(*address, m_never);
    const auto replies = ask({{"TIME"}, {"INFO", "server"}});
    if (!replies) return replies.failure();
    const auto& time = replies->front().items;
    if (time.size() == 2)
        m_openedAt = serverTimeFromMicros(time[0].text.toLongLong() * 1'000'000 + time[1].text.toLongLong());
    if (const auto loaded = load(*steps); !loaded) return loaded.failure();
    ServerInfo server;
    server.kind = ServerKind::redis;
    server.product = u"Redis"_s;
    const QString info = QString::fromUtf8(replies->back().text);
    server.version = info.section(u"redis_version:"_s, 1).section(u'\r', 0, 0);
    server.address = address->display();
    m_created = true;
    return server;
}

Outcome<Done> RedisClaimArena::load(const QStringList& steps) {
    std::vector<RedisCommand> commands{{"SCRIPT", "LOAD", drillResource(u"redis/record.lua"_s).toUtf8()}};
    for (const auto& step : steps) commands.push_back({"SCRIPT", "LOAD", step.toUtf8()});
    const auto replies = m_connection->run(commands, QDeadlineTimer(kWord_ms));
    if (!replies) return replies.failure();
    for (std::size_t i = 0; i < replies->size(); ++i) {
        const auto& reply = (*replies)[i];
        if (reply.isError())
            return bad(m_claim, u"is no script that the server takes"_s, {}, visibleText(reply.text, 200));
        i == 0 ? void(m_claim.record = reply.text) : void(m_claim.steps << reply.text);
    }
    return Done{};
}

std::vector<RedisCommand> RedisClaimArena::lives() const {
    std::vector<RedisCommand> commands;
    for (const auto& key : m_claim.keys) commands.push_back({"PEXPIRE", key, kLife});
    return commands;
}

Outcome<Done> RedisClaimArena::addJobs(qint64 first, qint64 last) {
    std::vector<RedisCommand> commands;
    for (qint64 job = first; job <= last;) {
        RedisCommand push{"LPUSH", m_claim.keys[0]};
        for (const qint64 end = std::min(last + 1, job + 500); job < end; ++job)
            push << QByteArray::number(job);
        commands.push_back(push);
    }
    for (auto& life : lives()) commands.push_back(std::move(life));
    const auto replies = ask(commands);
    if (!replies) return replies.failure();
    return Done{};
}

// A job of its own goes into the list for it, and out again: a script cannot be undone.
Outcome<Done> RedisClaimArena::rehearse() {
    RedisDrillWorker trial(m_claim, 0);
    if (const auto opened = trial.open(); !opened) return opened.failure();
    const auto attempt = trial.claim();
    if (!attempt) {
        Failure failure = attempt.failure();
        if (const QString runs = endLoops(); !runs.isEmpty()) failure.nextStep = runs;
        return failure;
    }
    if (attempt->what == ClaimAttempt::What::nothing)
        return bad(m_claim, u"claimed nothing, although jobs are free"_s,
                   u"KEYS[1] is the list of free jobs."_s);
    if (attempt->what == ClaimAttempt::What::lost_race)
        return bad(m_claim, u"took nothing, although nobody else was there"_s,
                   u"ARGV[3] is the job to take."_s);
    const QByteArray job = QByteArray::number(attempt->job);
    const auto undone = ask({{"LREM", m_claim.keys[0], "0", job},
                             {"RPUSH", m_claim.keys[0], job},
                             {"ZREM", m_claim.keys[1], job},
                             {"HDEL", m_claim.keys[2], job}});
    if (!undone) return undone.failure();
    return Done{};
}

// A script that loops stops the whole server; SCRIPT KILL is heard once it counts as slow (lua-time-limit),
// and does not help where the script has written. Only a connection that is logged in already can send it.
QString RedisClaimArena::endLoops() {
    // The kill is a request: the script ends a moment later. NOTBUSY: it has.
    for (const QDeadlineTimer patience(kWord_ms); !patience.hasExpired();) {
        const auto replies = m_connection->run({{"SCRIPT", "KILL"}}, QDeadlineTimer(kWord_ms));
        if (!replies) return replies.failure().sentence();
        if (replies->front().errorCode() == "NOTBUSY") return {};
        if (replies->front().errorCode() == "UNKILLABLE") break;
        std::this_thread::sleep_for(20ms);
    }
    return u"The script has written and cannot be ended: only SHUTDOWN NOSAVE stops it."_s;
}

Outcome<std::unique_ptr<DrillWorker>> RedisClaimArena::worker(int number) {
    auto worker = std::make_unique<RedisDrillWorker>(m_claim, number);
    if (const auto opened = worker->open(); !opened) return opened.failure();
    return std::unique_ptr<DrillWorker>(std::move(worker));
}

Outcome<std::vector<ClaimRecord>> RedisClaimArena::records() {
    std::vector<ClaimRecord> records;
    for (qint64 first = 0;; first += kRecordsPerRead) {
        const auto replies = ask({{"LRANGE", m_claim.keys[3], QByteArray::number(first),
                                   QByteArray::number(first + kRecordsPerRead - 1)}});
        if (!replies) return replies.failure();
        for (const auto& item : replies->front().items) {
            const auto words = item.text.split(' ');
            ClaimRecord record{words.value(1).toLongLong(),
                               words.value(0).toInt(),
                               serverTimeFromMicros(words.value(2).toLongLong()),
                               {}};
            const double lease = words.value(3).toDouble();
            if (lease > 0 && m_claim.kills) record.lease_until = serverTimeFromMillis(std::llround(lease));
            records.push_back(record);
        }
        if (static_cast<qint64>(replies->front().items.size()) < kRecordsPerRead) return records;
    }
}

QString RedisClaimArena::close() {
    if (!m_created) return {};
    m_created = false;
    RedisCommand remove{"DEL"};
    remove << m_claim.keys;
    const auto replies = ask({remove});
    m_connection->close();
    if (replies) return {};
    return u"Keys under %1… are still there: %2 They expire within a minute."_s.arg(
        QString::fromUtf8(m_claim.keys[0].chopped(4)), replies.failure().sentence());
}

}  // namespace

std::unique_ptr<ClaimArena> makeRedisClaimArena(const ConnectionSettings& settings,
                                                const ClaimDrillSettings& drill) {
    return std::make_unique<RedisClaimArena>(settings, drill);
}

}  // namespace spillway
