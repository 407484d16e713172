// How far the clocks of those who add jobs are from the server's. BullMQ takes a job's creation time from its
// producer, and the id of the event `added` is the server's time of the same moment.
#pragma once

#include "backends/redis/wire/pipeline.h"

namespace spillway {

class BullmqClock {
public:
    explicit BullmqClock(QByteArray base) : m_base(std::move(base)) {}

    // Two rounds; what was found before stays until then.
    void ask(RedisPipeline& pipeline);
    void addConditions(const QString& queue, std::vector<Condition>& into) const;

    static constexpr qint64 kNotable_ms =
        5'000;  // a job that was sent late looks like a clock a little behind

private:
    void takeEvents(RedisPipeline& pipeline, const RedisReply& events);
    void compare(qint64 server_ms, const RedisReply& created);

    QByteArray m_base;
    std::vector<qint64> m_behind_ms;  // of the newest jobs; negative: ahead
};

}  // namespace spillway
