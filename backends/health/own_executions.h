// Which executions are those of jobs that a person put back through this program. Their systems count them as
// retries, because the attempts of the first life are kept. Pure.
#pragma once

#include "backends/domain/queue_reading.h"

namespace spillway {

class OwnExecutions {
public:
    // Goes on from what another run has told; before the first add().
    void resume(qint64 putBack, qint64 executed, qint64 waiting);
    // The jobs that were put back since the last poll, and what this poll read.
    void add(qint64 putBack, const QueueReading& reading);
    // Since the beginning; both only grow.
    [[nodiscard]] qint64 putBack() const { return m_putBack; }
    [[nodiscard]] qint64 executed() const { return m_executed; }
    [[nodiscard]] qint64 waiting() const { return m_waiting; }  // put back and not yet seen to be executed

private:
    [[nodiscard]] qint64 retriesSince(const QueueReading& reading);

    qint64 m_putBack = 0, m_executed = 0;
    qint64 m_waiting = 0;
    qint64 m_unclaimed = 0;  // retries of the last poll: a worker may be faster than the answer's way to us
    std::optional<qint64> m_retries;
};

}  // namespace spillway
