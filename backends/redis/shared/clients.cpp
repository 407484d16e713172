#include "backends/redis/shared/clients.h"

namespace spillway {
namespace {

QByteArray field(const QByteArray& line, QByteArrayView name) {
    const auto at = line.startsWith(name) ? 0 : line.indexOf(' ' + name.toByteArray());
    if (at < 0) return {};
    const auto from = at + name.size() + (at > 0 ? 1 : 0);
    const auto end = line.indexOf(' ', from);
    return line.mid(from, end < 0 ? -1 : end - from);
}

}  // namespace

std::vector<RedisClient> clientsFrom(const QByteArray& list) {
    std::vector<RedisClient> clients;
    for (const QByteArray& line : list.split('\n')) {
        RedisClient client{field(line, "id="), field(line, "name="), field(line, "addr="),
                           field(line, "idle=").toLongLong(), field(line, "cmd=")};
        if (!client.name.isEmpty()) clients.push_back(std::move(client));
    }
    return clients;
}

}  // namespace spillway
