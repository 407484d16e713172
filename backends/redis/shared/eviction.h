// May this server delete keys on its own when its memory is full? Queue systems lose jobs or locks then.
#pragma once

#include <QDeadlineTimer>

#include "backends/redis/wire/pipeline.h"

namespace spillway {

class RedisEviction {
public:
    // Reads INFO memory and stats about once a minute.
    void ask(RedisPipeline& pipeline);
    // Adds a condition of kind eviction where the server has a memory limit and a policy that evicts.
    void note(SystemReading& reading) const;

private:
    QDeadlineTimer m_next;
    QByteArray m_policy;
    qint64 m_limit = 0;  // bytes; 0: none
    qint64 m_used = 0;
    qint64 m_evicted = 0;  // keys, since the server's start
};

}  // namespace spillway
