#include "backends/health/own_executions.h"

#include <algorithm>

namespace spillway {

void OwnExecutions::resume(qint64 putBack, qint64 executed, qint64 waiting) {
    m_putBack = putBack;
    m_executed = executed;
    m_waiting = waiting;
}

qint64 OwnExecutions::retriesSince(const QueueReading& reading) {
    const FlowTotals& flow = reading.flow;
    if (!flow.executed.known() || !flow.first_executed.known()) return 0;
    const qint64 now = *flow.executed.value - *flow.first_executed.value;
    const qint64 before = std::exchange(m_retries, now).value_or(now);
    return std::max<qint64>(0, now - before);
}

void OwnExecutions::add(qint64 putBack, const QueueReading& reading) {
    m_putBack += putBack;
    m_waiting += putBack;
    const qint64 retries = retriesSince(reading);
    const qint64 own = std::min(m_waiting, retries + m_unclaimed);
    m_executed += own;
    m_waiting -= own;
    m_unclaimed = std::max<qint64>(0, retries - own);
    // What neither waits nor runs has been executed, as whatever its system counted it.
    if (reading.ready.isExact())
        m_waiting = std::min(m_waiting,
                             *reading.ready.value + reading.retrying.valueOr(0) + reading.running.valueOr(0));
}

}  // namespace spillway
