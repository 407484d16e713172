// The address of one logical Redis database, taken from a URL. Pure: does not touch the network.
//   redis://[user:password@]host[:6379][/db]     rediss://… the same over TLS
//   unix://[user:password@]/path.sock[?db=0]
// Query keys: db, and for rediss:// cacert=/path of a further certificate authority.
#pragma once

#include <vector>

#include "backends/domain/connection_settings.h"

namespace spillway {

struct RedisAddress {
    enum class Transport { tcp, tls, unix_socket };
    Transport transport = Transport::tcp;
    QString host;  // TCP and TLS; an IPv6 address without brackets
    quint16 port = 6379;
    QString path;  // unix socket
    int database = 0;
    QString user;      // empty: the server's default user
    QString password;  // empty: no AUTH is sent
    QString caFile;    // empty: only the certificate authorities of this machine
    // Not empty: nodes of a Redis Cluster, any of which may be asked for the others; host and port are the
    // first one's.
    std::vector<RedisAddress> cluster_seeds = {};

    // "127.0.0.1:6379", "[::1]:6379", "/run/redis.sock": no secret, no database.
    [[nodiscard]] QString display() const;
};

// settings.password replaces the URL's. Every Failure is of kind usage and quotes no secret.
[[nodiscard]] Outcome<RedisAddress> redisAddressFrom(const ConnectionSettings& settings);

}  // namespace spillway
