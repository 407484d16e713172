// The primaries of a Redis Cluster, asked as if they were one server: every command goes to the node that
// holds its key, those without a key to the first, SCAN and CLIENT LIST to all of them, one after another.
// What moved meanwhile is followed once. Blocks; belongs to one thread.
#pragma once

#include <map>

#include "backends/redis/wire/connection.h"

namespace spillway {

// The slot that a key is in, by the part between braces where it has one.
[[nodiscard]] int redisSlotOf(const QByteArray& key);
// Where its first key stands in the command; 0: it has none.
[[nodiscard]] qsizetype firstKeyOf(const RedisCommand& command);

class RedisCluster {
public:
    // `seeds`: address.cluster_seeds, any of which may be asked for the others.
    RedisCluster(RedisAddress address, const std::atomic<bool>& interrupted, RedisReplyLimits limits);

    [[nodiscard]] Outcome<Done> open(QDeadlineTimer deadline);
    // As RedisConnection::run(). `oversized`: see there.
    [[nodiscard]] Outcome<std::vector<RedisReply>> run(const std::vector<RedisCommand>& commands,
                                                       QDeadlineTimer deadline, RedisOversized& oversized);
    [[nodiscard]] int roundTrips() const { return m_roundTrips; }
    [[nodiscard]] std::size_t nodes() const { return m_nodes.size(); }

private:
    struct Node {
        RedisAddress address;
        std::unique_ptr<RedisConnection> connection;
    };
    struct SlotRange {
        int from = 0, to = 0;
        std::size_t node = 0;
    };
    // A command, or the part of one that a single node can answer.
    struct Piece {
        RedisCommand command;
        std::size_t owner = 0, node = 0;
        RedisReply reply;
    };
    [[nodiscard]] Outcome<Done> learnSlots(RedisConnection& connection, QDeadlineTimer deadline);
    [[nodiscard]] Outcome<RedisConnection*> nodeAt(std::size_t node, QDeadlineTimer deadline);
    [[nodiscard]] std::size_t nodeOf(const QByteArray& key) const;
    [[nodiscard]] std::size_t nodeNamed(const QByteArray& hostAndPort);
    void cut(const RedisCommand& command, std::size_t owner, std::vector<Piece>& pieces) const;
    [[nodiscard]] Outcome<Done> ask(std::vector<Piece*>& pieces, QDeadlineTimer deadline,
                                    RedisOversized& oversized);
    [[nodiscard]] Outcome<Done> follow(std::vector<Piece>& pieces, QDeadlineTimer deadline,
                                       RedisOversized& oversized);
    [[nodiscard]] RedisReply joined(const RedisCommand& command, std::vector<Piece*>& pieces) const;

    RedisAddress m_address;
    const std::atomic<bool>& m_interrupted;
    RedisReplyLimits m_limits;
    std::vector<Node> m_nodes;  // primaries
    std::vector<SlotRange> m_slots;
    int m_roundTrips = 0;
};

}  // namespace spillway
