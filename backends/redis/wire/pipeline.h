// The commands of one poll, each with what to do with its reply. Every system appends to the same
// pipeline, so that a poll costs few round trips however many systems and queues there are.
#pragma once

#include <functional>
#include <vector>

#include "backends/domain/queue_reading.h"
#include "backends/redis/wire/connection.h"

namespace spillway {

class RedisPipeline {
public:
    using Handler = std::function<void(const RedisReply& reply)>;

    // `tooLarge`: commands whose answer was larger than the limits before. They are not sent again, also
    // with other arguments behind the key; their handlers get an error reply that starts with TOOLARGE.
    explicit RedisPipeline(QList<RedisCommand> tooLarge = {}) : m_tooLarge(std::move(tooLarge)) {}

    void add(RedisCommand command, Handler handler);
    void addFirst(RedisCommand command, Handler handler);
    // For a command that answers a number (LLEN, ZCARD, ZCOUNT, GET). A missing key is 0. A reply that is
    // an error becomes "not observable" with the reason; other reads go on. `wanted` is the type that the
    // key should have; where it has another, the reason names it. `target` stays valid until the poll ends.
    // `then` runs when a number came.
    void count(RedisCommand command, Count& target, const QString& wanted, std::function<void()> then = {});

    [[nodiscard]] bool empty() const { return m_commands.empty(); }
    // Sends all that was added, calls the handlers; what those added is sent in the next round.
    [[nodiscard]] Outcome<Done> run(RedisConnection& connection, QDeadlineTimer deadline);

private:
    struct Entry {
        Handler handler;
        Count* target = nullptr;  // of count(); then `handler` is not set
        QString wanted;
        std::function<void()> then;
    };
    void append(RedisCommand command, Entry entry);
    void answer(const RedisCommand& command, const Entry& entry, const RedisReply& reply);
    void explainWrongType(const QByteArray& key, Count& target, const QString& wanted);
    [[nodiscard]] bool isTooLarge(const RedisCommand& command) const;

    QList<RedisCommand> m_tooLarge;
    std::vector<RedisCommand> m_commands;
    std::vector<Entry> m_entries;
};

// The number in an integer reply or in a text of digits; nullopt for anything else.
[[nodiscard]] std::optional<qint64> integerFrom(const RedisReply& reply);
// Milliseconds since 1970; nullopt also for 0 and less, which libraries write for "not yet".
[[nodiscard]] std::optional<ServerTime> timeFromMillis(const RedisReply& reply);
// As RedisPipeline::count(), without the question for the actual type.
[[nodiscard]] Count countFrom(const RedisReply& reply, const RedisCommand& command, const QString& wanted);

}  // namespace spillway
