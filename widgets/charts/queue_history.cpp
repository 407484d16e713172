#include "widgets/charts/queue_history.h"

namespace spillway {
namespace {

std::optional<double> numberOf(const Count& n) {
    if (!n.known()) return std::nullopt;
    return static_cast<double>(*n.value);
}

void addTo(QueueSeries& series, double at, const QueueHealth& queue) {
    series.waiting.add(at, numberOf(queue.reading.ready));
    series.arrivals.add(at, queue.flow.arrival.value);
    series.drain.add(at, queue.flow.drain.value);
}

}  // namespace

QueueSeries::QueueSeries(double bucket_s, double span_s)
    : waiting(bucket_s, span_s), arrivals(bucket_s, span_s), drain(bucket_s, span_s) {}

void QueueHistory::add(double at, const QueueHealth& queue) {
    addTo(fine, at, queue);
    addTo(coarse, at, queue);
}

void QueueHistories::add(const ConnectionViews& views) {
    for (const auto& view : views) {
        if (!view.last || m_seen.value(view.name) == view.last) continue;
        m_seen.insert(view.name, view.last);
        const double at = static_cast<double>(millisSinceEpoch(view.last->observed_at)) / 1000;
        for (const auto& system : view.last->systems) {
            const QString key = system.identity.key();
            for (const auto& queue : system.queues) {
                const QueueRef ref{view.name, key, queue.reading.queue};
                const auto it = m_histories.find(ref);
                if (it != m_histories.end())
                    it->second.add(at, queue);
                else if (m_histories.size() < m_most)
                    m_histories[ref].add(at, queue);
            }
        }
    }
}

const QueueHistory* QueueHistories::find(const QueueRef& queue) const {
    const auto it = m_histories.find(queue);
    return it == m_histories.end() ? nullptr : &it->second;
}

}  // namespace spillway
