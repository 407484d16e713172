// The jobs of one RQ queue between being taken and being registered as started: list
// rq:queue:<queue>:intermediate (from version 1.15 on). A worker that dies just then leaves its job there;
// usually one is there for milliseconds.
#pragma once

#include <QHash>

#include "backends/redis/wire/pipeline.h"

namespace spillway {

class RqIntermediate {
public:
    explicit RqIntermediate(const QByteArray& queue) : m_key("rq:queue:" + queue + ":intermediate") {}

    void startPoll(RedisPipeline& pipeline);
    void finishPoll(const QString& display, ServerTime now);
    [[nodiscard]] const Count& size() const { return m_size; }
    // Of the jobs that were there at an earlier poll, too.
    [[nodiscard]] const std::vector<Lease>& leases() const { return m_leases; }

    static constexpr qint64 kLookAtMost = 50;
    static constexpr double kStuck_s = 3;

private:
    QByteArray m_key;
    QHash<QByteArray, ServerTime> m_since;  // first seen there
    std::vector<Lease> m_leases;
    // Of this poll:
    Count m_size;
    QByteArrayList m_ids;
};

}  // namespace spillway
