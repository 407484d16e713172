// What XINFO, XPENDING and entry ids say, as values. Pure; any reply may come in.
#pragma once

#include <compare>
#include <optional>
#include <vector>

#include "backends/domain/clock.h"
#include "backends/redis/wire/reply.h"

namespace spillway {

// "1795318550047-0": milliseconds by the clock of the server that added the entry, unless a producer chose
// ids of its own; then a number.
struct StreamId {
    quint64 millis = 0;
    quint64 sequence = 0;
    auto operator<=>(const StreamId&) const = default;
    [[nodiscard]] QByteArray text() const;
    [[nodiscard]] StreamId next() const;
    // nullopt: this is no plausible moment before `now`.
    [[nodiscard]] std::optional<ServerTime> addedAt(ServerTime now) const;
};
[[nodiscard]] std::optional<StreamId> streamIdFrom(const QByteArray& text);

struct StreamGroupInfo {
    QByteArray name;
    qint64 pending = 0;
    StreamId last_delivered;
    std::optional<qint64> entries_read;  // Redis 7; nullopt too while it cannot be told
    std::optional<qint64> lag;
};
[[nodiscard]] std::vector<StreamGroupInfo> streamGroupsFrom(const RedisReply& groups);

struct StreamConsumer {
    QByteArray name;
    qint64 pending = 0;
    // Since it was last heard of: got entries, claimed or acknowledged; from Redis 7.2 on also asked in vain.
    double idle_s = 0;
};
[[nodiscard]] std::vector<StreamConsumer> streamConsumersFrom(const RedisReply& consumers);

struct PendingEntry {
    QByteArray id;
    QByteArray consumer;
    double idle_s = 0;  // since it was delivered last
    qint64 deliveries = 0;
};
[[nodiscard]] std::vector<PendingEntry> pendingEntriesFrom(const RedisReply& pending);

struct StreamInfo {
    std::optional<qint64> added;  // entries-added, ever: Redis 7
    std::optional<qint64> length;
    std::optional<StreamId> first;  // the oldest entry that is there
    std::optional<StreamId> last_generated;
};
[[nodiscard]] StreamInfo streamInfoFrom(const RedisReply& stream);

}  // namespace spillway
