// What is wrong with the pending entries of one consumer group: entries whose message was deleted, which can
// be neither worked on nor read again, and entries that nobody ever acknowledges.
#pragma once

#include "backends/domain/queue_reading.h"
#include "backends/redis/streams/fields.h"
#include "backends/redis/wire/pipeline.h"

namespace spillway {

class StreamPending {
public:
    // About every 20 s: are the messages of these entries there? At most kLookAtMost are read.
    void look(RedisPipeline& pipeline, const QByteArray& stream, const QByteArray& group,
              const std::vector<PendingEntry>& entries);
    // `entries`: those that this poll read.
    void finishPoll(const StreamGroupInfo& info, const std::vector<PendingEntry>& entries, ServerTime now);
    void addConditions(const QString& display, std::vector<Condition>& into) const;

    static constexpr std::size_t kLookAtMost = 50;
    static constexpr qint64 kNotable = 20;  // pending entries
    static constexpr double kQuiet_s = 30;

private:
    std::optional<ServerTime> m_now, m_lookedAt;
    qint64 m_looked = 0, m_gone = 0, m_pending = 0;
    std::optional<qint64> m_done;           // entries acknowledged, ever
    std::optional<ServerTime> m_doneSince;  // no more of them since then
    double m_oldest_s = 0;                  // since the delivery of the one that waits longest
    bool m_neverAny = false;                // not one was ever acknowledged
};

}  // namespace spillway
