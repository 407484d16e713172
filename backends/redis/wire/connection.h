// One connection to one logical Redis database: log in, then run pipelines. RESP2. Blocks; belongs to the
// thread that opened it. Any failure closes it: there is no way to know which replies are still to come.
#pragma once

#include <QDeadlineTimer>
#include <QIODevice>
#include <atomic>
#include <memory>
#include <vector>

#include "backends/domain/outcome.h"
#include "backends/redis/wire/codec.h"
#include "backends/redis/wire/url.h"

namespace spillway {

class RedisCluster;

class RedisConnection {
public:
    // `interrupted` outlives the connection; setting it ends a call under way within about 50 ms.
    RedisConnection(RedisAddress address, const std::atomic<bool>& interrupted);

    // Connects, AUTH, SELECT, CLIENT SETNAME. A SELECT that fails fails the whole: never another database.
    [[nodiscard]] Outcome<Done> open(QDeadlineTimer deadline);
    void close();
    [[nodiscard]] bool isOpen() const { return m_device || m_cluster; }

    // One reply for each command, in order. One deadline for all of it, also against a server that
    // dribbles single bytes. Errors that concern the server as a whole (endsThePoll) are a Failure;
    // those of single commands are replies.
    [[nodiscard]] Outcome<std::vector<RedisReply>> run(const std::vector<RedisCommand>& commands,
                                                       QDeadlineTimer deadline);
    // The command whose reply was larger than the limits, if that ended the last run().
    [[nodiscard]] const RedisOversized& oversized() const { return m_oversized; }

    [[nodiscard]] const RedisAddress& address() const { return m_address; }
    [[nodiscard]] int roundTrips() const { return m_roundTrips; }  // since construction
    void setLimits(RedisReplyLimits limits) { m_limits = limits; }
    // For a node of a cluster: MOVED and ASK are replies, and whoever asked goes there.
    void passMoves() { m_passMoves = true; }

private:
    struct Exchange;
    [[nodiscard]] Outcome<Done> logIn(QDeadlineTimer deadline);
    [[nodiscard]] Failure unlessTls(const Failure& failure, QDeadlineTimer deadline) const;
    [[nodiscard]] Failure unlessPlain(const Failure& failure, QDeadlineTimer deadline) const;
    [[nodiscard]] Outcome<Done> exchange(Exchange& state, QDeadlineTimer deadline);
    [[nodiscard]] Outcome<Done> awaitBytes(QDeadlineTimer deadline);
    [[nodiscard]] Outcome<Done> takeReplies(Exchange& state);
    [[nodiscard]] Failure lost() const;
    [[nodiscard]] Failure silent(const Exchange& state) const;
    [[nodiscard]] Failure unreadable(const Exchange& state);

    RedisAddress m_address;
    const std::atomic<bool>& m_interrupted;
    RedisReplyLimits m_limits;
    std::shared_ptr<QIODevice> m_device;
    std::shared_ptr<RedisCluster> m_cluster;  // instead of the device, where the address has seeds
    bool m_passMoves = false;
    RedisOversized m_oversized;
    int m_roundTrips = 0;
    bool m_heard = false;  // the server has said anything at all
};

}  // namespace spillway
