// Looks through a keyspace for the keys that give queue systems away, with SCAN and never KEYS:
// "*:meta" and "*:events" (BullMQ) and "*:queues" (RQ, and Sidekiq under a namespace). One pass finds them.
// Streams may have any name: a pass of its own asks for the type, which Redis 6 can.
#pragma once

#include <QDeadlineTimer>
#include <optional>

#include "backends/redis/wire/connection.h"

namespace spillway {

class RedisKeyScan {
public:
    // Only keys below this prefix; empty: all.
    explicit RedisKeyScan(const QByteArray& keyPrefix = {});
    [[nodiscard]] static RedisKeyScan forStreams(const QByteArray& keyPrefix = {});

    // Scans until the end or until `budget` is used up. Large keyspaces are read with pauses, so that
    // the server keeps half of its time for others. The answer is the keys found so far.
    [[nodiscard]] Outcome<QList<QByteArray>> run(RedisConnection& connection, QDeadlineTimer deadline,
                                                 std::chrono::milliseconds budget);
    // One step, for use in somebody else's pipeline.
    [[nodiscard]] RedisCommand nextCommand() const;
    [[nodiscard]] QList<QByteArray> take(const RedisReply& reply);

    [[nodiscard]] bool finished() const { return m_finished; }
    // A finished scan starts anew.
    void restart();
    // Why it cannot be run, for example the user may not SCAN; empty: it can.
    [[nodiscard]] const QString& gap() const { return m_gap; }

    static constexpr int kCount = 1000;  // keys that one step looks at; about 0.5 ms of the server

private:
    [[nodiscard]] bool looksLikeOurs(const QByteArray& key) const;

    QByteArray m_pattern;
    bool m_streams = false;
    QByteArray m_cursor = "0";
    bool m_finished = false;
    QString m_gap;
};

// The text as a glob pattern that matches only itself.
[[nodiscard]] QByteArray globEscaped(const QByteArray& text);

}  // namespace spillway
