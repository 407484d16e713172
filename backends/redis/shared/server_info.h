// What INFO and TIME say about the server. Pure.
#pragma once

#include <QHash>
#include <optional>

#include "backends/domain/failure.h"
#include "backends/domain/queue_reading.h"
#include "backends/redis/wire/reply.h"

namespace spillway {

using RedisInfo = QHash<QByteArray, QByteArray>;  // "redis_version" → "7.0.15"

// Empty when INFO was refused: some managed servers and narrow users have none.
[[nodiscard]] RedisInfo infoFrom(const RedisReply& reply);

// Product, version and role; unknown ones stay as they are.
void describeServer(const RedisInfo& server, const RedisInfo& replication, ServerInfo& info);

// How old a replica's data are at least, by its own account (master_link_status): 0 while its link is up and
// talks. Not observable on a primary, and where the link is down and it is not said since when.
[[nodiscard]] Seconds replicaLagFrom(const RedisInfo& replication);

// A Sentinel keeps no data; "name at host:port" of each primary that it watches, from SENTINEL MASTERS.
[[nodiscard]] Failure sentinelFailure(const RedisReply& masters, const QString& address);

// "db 3 holds 600 keys" for each database but `own`, from INFO keyspace; the fullest first, at most five.
[[nodiscard]] QStringList otherDatabases(const RedisInfo& keyspace, int own);

// CPU seconds that the server's main thread has used since its start, from INFO cpu.
[[nodiscard]] std::optional<double> cpuSecondsFrom(const RedisInfo& cpu);

// The answer to TIME.
[[nodiscard]] std::optional<ServerTime> serverTimeFromReply(const RedisReply& reply);

// Where the server's clock is read: TIME, or where that is refused INFO server (Redis 6.2 and newer).
class RedisServerClock {
public:
    [[nodiscard]] RedisCommand command() const;
    [[nodiscard]] std::optional<ServerTime> read(const RedisReply& reply) const;
    void readFromInfo() { m_fromInfo = true; }

private:
    bool m_fromInfo = false;
};

// ActionPlan::server_id: the run id, with the number of the database unless it is the first.
[[nodiscard]] QString redisServerId(const RedisInfo& server, int database);

}  // namespace spillway
