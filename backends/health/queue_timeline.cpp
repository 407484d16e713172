#include "backends/health/queue_timeline.h"

namespace spillway {
namespace {

void dropLists(QueueReading& reading) {
    reading.retry_due.value.reset();
    reading.claims.incidents = {};
}

}  // namespace

void QueueTimeline::add(ServerTime at, QueueReading reading, qint64 putBack, qint64 ownExecutions) {
    if (!m_samples.empty()) {
        const double since = secondsBetween(m_samples.back().at, at);
        if (since <= 0 || since > m_maxGap) m_samples.clear();
    }
    if (!m_samples.empty()) dropLists(m_samples.back().reading);
    m_samples.push_back({at, std::move(reading), putBack, ownExecutions});
    while (m_samples.size() > 2 && secondsBetween(m_samples[1].at, at) > m_span) m_samples.pop_front();
}

std::vector<const QueueSample*> QueueTimeline::window(double seconds) const {
    std::vector<const QueueSample*> chosen;
    if (m_samples.empty()) return chosen;
    auto first = m_samples.end() - 1;
    while (first != m_samples.begin() && secondsBetween(first->at, m_samples.back().at) < seconds) --first;
    for (; first != m_samples.end(); ++first) chosen.push_back(&*first);
    return chosen;
}

}  // namespace spillway
