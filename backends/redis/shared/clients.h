// The client connections of a server, from CLIENT LIST. Pure.
#pragma once

#include <QByteArray>
#include <QList>
#include <vector>

namespace spillway {

struct RedisClient {
    QByteArray id;
    QByteArray name;     // CLIENT SETNAME; never empty here
    QByteArray address;  // "10.0.0.1:51234", or the path of a unix socket
    qint64 idle_s = 0;   // since its last command; a blocking command counts as none
    QByteArray command;  // its last one, or the one it is blocked in: "bzpopmin"
};

// Those with a name, in the order of the list.
[[nodiscard]] std::vector<RedisClient> clientsFrom(const QByteArray& list);

}  // namespace spillway
