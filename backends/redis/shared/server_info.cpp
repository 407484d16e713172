#include "backends/redis/shared/server_info.h"

#include <algorithm>

#include "backends/domain/human_text.h"
#include "backends/redis/wire/pipeline.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QString productFrom(const RedisInfo& info) {
    if (info.contains("dragonfly_version")) return u"Dragonfly"_s;
    if (info.contains("valkey_version") || info.value("server_name") == "valkey") return u"Valkey"_s;
    if (info.contains("mvcc_depth") || info.value("executable").contains("keydb")) return u"KeyDB"_s;
    return u"Redis"_s;
}

QByteArray versionFrom(const RedisInfo& info) {
    for (const char* field : {"dragonfly_version", "valkey_version", "redis_version"})
        if (info.contains(field)) return info.value(field);
    return {};
}

}  // namespace

RedisInfo infoFrom(const RedisReply& reply) {
    RedisInfo info;
    if (!reply.isText()) return info;
    for (const QByteArray& line : reply.text.left(1 << 16).split('\n')) {
        const auto colon = line.indexOf(':');
        if (colon > 0 && !line.startsWith('#')) info.insert(line.left(colon), line.mid(colon + 1).trimmed());
    }
    return info;
}

void describeServer(const RedisInfo& server, const RedisInfo& replication, ServerInfo& info) {
    info.product = productFrom(server);
    info.version = visibleText(versionFrom(server), 40);
    const QByteArray role = replication.value("role");
    if (role == "master" || role == "primary" || role == "active-replica") info.role = ServerRole::primary;
    if (role == "slave" || role == "replica") info.role = ServerRole::replica;
}

Seconds replicaLagFrom(const RedisInfo& replication) {
    const QByteArray link = replication.value("master_link_status");
    if (link.isEmpty()) return Seconds::notObservable(u"this server is no replica"_s);
    bool ok = false;
    if (link == "up") {
        const double silent_s = replication.value("master_last_io_seconds_ago").toDouble(&ok);
        return Seconds::estimated(ok ? std::max(0.0, silent_s) : 0.0,
                                  u"since the primary was last heard of; it writes every 10 s at least"_s);
    }
    const double down_s = replication.value("master_link_down_since_seconds").toDouble(&ok);
    if (!ok || down_s < 0)
        return Seconds::notObservable(u"the link to the primary is down, and was never up"_s);
    return Seconds::lowerBound(down_s, u"the link to the primary is down (master_link_status)"_s);
}

std::optional<double> cpuSecondsFrom(const RedisInfo& cpu) {
    const bool mainThread = cpu.contains("used_cpu_sys_main_thread");
    bool sysOk = false, userOk = false;
    const double sys = cpu.value(mainThread ? "used_cpu_sys_main_thread" : "used_cpu_sys").toDouble(&sysOk);
    const double user =
        cpu.value(mainThread ? "used_cpu_user_main_thread" : "used_cpu_user").toDouble(&userOk);
    return sysOk && userOk ? std::optional(sys + user) : std::nullopt;
}

RedisCommand RedisServerClock::command() const {
    return m_fromInfo ? RedisCommand{"INFO", "server"} : RedisCommand{"TIME"};
}

std::optional<ServerTime> RedisServerClock::read(const RedisReply& reply) const {
    bool ok = false;
    if (m_fromInfo) {
        const qint64 micros = infoFrom(reply).value("server_time_usec").toLongLong(&ok);
        return ok ? std::optional(serverTimeFromMicros(micros)) : std::nullopt;
    }
    return serverTimeFromReply(reply);
}

std::optional<ServerTime> serverTimeFromReply(const RedisReply& reply) {
    if (!reply.isArray() || reply.items.size() != 2) return std::nullopt;
    const auto seconds = integerFrom(reply.items[0]);
    const auto micros = integerFrom(reply.items[1]);
    if (!seconds || !micros || *seconds > (qint64(1) << 40)) return std::nullopt;
    return serverTimeFromMicros(*seconds * 1'000'000 + *micros);
}

Failure sentinelFailure(const RedisReply& masters, const QString& address) {
    QStringList primaries;
    for (const RedisReply& master : masters.items) {
        QHash<QByteArray, QByteArray> fields;
        for (std::size_t i = 0; i + 1 < master.items.size(); i += 2)
            fields.insert(master.items[i].text, master.items[i + 1].text);
        primaries << visibleText(
            u"%1 at %2:%3"_s.arg(QString::fromUtf8(fields["name"]), QString::fromUtf8(fields["ip"]),
                                 QString::fromUtf8(fields["port"])),
            120);
    }
    return {FailureKind::protocol,
            u"%1 is a Redis Sentinel, which holds no queues."_s.arg(address),
            {},
            primaries.isEmpty()
                ? u"Connect to the primary that it watches."_s
                : u"Connect to the primary that it watches: %1; or follow it with redis+sentinel://%2/NAME."_s
                      .arg(primaries.join(u", "_s), address)};
}

QStringList otherDatabases(const RedisInfo& keyspace, int own) {
    std::vector<std::pair<qint64, QByteArray>> filled;
    for (auto it = keyspace.cbegin(); it != keyspace.cend(); ++it) {
        if (!it.key().startsWith("db") || it.key().mid(2).toInt() == own) continue;
        const QByteArray keys = it.value().left(it.value().indexOf(',')).mid(5);  // "keys=600,expires=0"
        if (keys.toLongLong() > 0) filled.emplace_back(keys.toLongLong(), it.key().mid(2));
    }
    std::sort(filled.begin(), filled.end(), std::greater<>());
    QStringList texts;
    for (std::size_t i = 0; i < std::min<std::size_t>(filled.size(), 5); ++i)
        texts << u"db %1 holds %2 %3"_s.arg(QString::fromLatin1(filled[i].second),
                                            exactCountText(filled[i].first),
                                            filled[i].first == 1 ? u"key"_s : u"keys"_s);
    return texts;
}

QString redisServerId(const RedisInfo& server, int database) {
    const QString run = QString::fromLatin1(server.value("run_id"));
    return database > 0 && !run.isEmpty() ? run + QLatin1Char('/') + QString::number(database) : run;
}

}  // namespace spillway
