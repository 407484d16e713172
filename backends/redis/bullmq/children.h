// The parents of one BullMQ queue that wait for their children: sorted set waiting-children, score = when the
// wait began (ms). The set <parent>:dependencies holds the full keys of the children that have not completed.
// One that failed stays there unless its own options say what its parent shall do: then the parent waits for
// ever. At most kLookAtMost parents are looked at, those that wait longest.
#pragma once

#include <vector>

#include "backends/redis/wire/pipeline.h"

namespace spillway {

class BullmqChildren {
public:
    explicit BullmqChildren(const QByteArray& base) : m_base(base), m_key(base + "waiting-children") {}

    void startPoll(RedisPipeline& pipeline, bool mayLook);
    // Fills blocked, oldest_blocked_at and blocked_on_dead; the last as of the last look.
    void finishPoll(QueueReading& reading);

    static constexpr qint64 kLookAtMost = 20;
    static constexpr qint64 kChildrenAtMost = 10;  // of one parent

private:
    struct Parent {
        QByteArray id, deadChild;  // the key of one that failed; empty: none was seen
    };
    void askOldest(RedisPipeline& pipeline);
    void look(RedisPipeline& pipeline);
    void askChildren(RedisPipeline& pipeline, std::size_t index);

    QByteArray m_base, m_key;
    std::vector<Parent> m_parents;  // as last looked at
    // Of this poll:
    Count m_size;
    Measured<ServerTime> m_oldest;
};

}  // namespace spillway
