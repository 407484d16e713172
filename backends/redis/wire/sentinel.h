// Where the primary is: an address as it stands in the URL, or asked of Redis Sentinels.
//   redis+sentinel://[user:password@]host[:26379][,host…]/NAME[/db]     rediss+sentinel://… all of it over
//   TLS
//   redis+cluster://[user:password@]host[:6379][,host…][/0]         rediss+cluster://…, with any of its nodes
// NAME is the primary's, as the sentinels call it. They are asked without a login, and with the same one
// where they want one. Query keys as with redis://, and hosts=a,b: only these are followed to.
#pragma once

#include <QDeadlineTimer>
#include <atomic>
#include <vector>

#include "backends/redis/wire/url.h"

namespace spillway {

struct SentinelTarget {
    std::vector<RedisAddress> sentinels;  // with the login for the primary
    QByteArray primary;                   // its name
    QStringList hosts;                    // that may be followed to; empty: any
};

[[nodiscard]] bool isSentinelUrl(const QString& url);
[[nodiscard]] bool isClusterUrl(const QString& url);
// The address of a cluster, with its seeds. Failure: usage.
[[nodiscard]] Outcome<RedisAddress> clusterAddressFrom(const ConnectionSettings& settings);
// Failure: usage, without a secret.
[[nodiscard]] Outcome<SentinelTarget> sentinelTargetFrom(const ConnectionSettings& settings);

// Blocks while it asks; the first sentinel that knows is believed. Without sentinels it only reads the URL.
[[nodiscard]] Outcome<RedisAddress> locateRedis(const ConnectionSettings& settings, QDeadlineTimer deadline,
                                                const std::atomic<bool>& interrupted);

// Sentinels named it, and it is a replica (still, or again).
[[nodiscard]] Failure notYetPrimary(const QString& address);

}  // namespace spillway
