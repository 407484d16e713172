// How many entries of a sorted set of due times fall into each minute of the coming hour: one ZCOUNT each.
#pragma once

#include "backends/redis/wire/pipeline.h"

namespace spillway {

class RedisDueMinutes {
public:
    // score = milliseconds since the epoch × perMillisecond.
    RedisDueMinutes(QByteArray key, double perMillisecond)
        : m_key(std::move(key)), m_perMillisecond(perMillisecond) {}

    void ask(RedisPipeline& pipeline, ServerTime now);
    void forget() { m_counts.clear(); }
    [[nodiscard]] bool known() const { return !m_counts.empty(); }
    // As last read, each multiplied with `share` (0..1). What is overdue stands in the minute before the
    // first one, what is due after the hour in the minute after the last one.
    [[nodiscard]] std::vector<RetryDue> dues(qint64 size, double share) const;

    static constexpr int kMinutes = 60;

private:
    [[nodiscard]] QByteArray scoreOf(ServerTime time) const;

    QByteArray m_key;
    double m_perMillisecond;
    ServerTime m_first;
    std::vector<Count> m_counts;  // [0]: overdue, then one for each minute
};

}  // namespace spillway
