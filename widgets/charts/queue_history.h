// The recent past of every queue, for the charts: one fine hour and one coarse day. Times are seconds on
// the server's clock since 1970. Pure but for its size: about 60 kB for a queue after a full day.
#pragma once

#include <QHash>
#include <unordered_map>

#include "widgets/charts/chart_buffer.h"
#include "widgets/models/connection_view.h"
#include "widgets/models/queue_ref.h"

namespace spillway {

struct QueueSeries {
    QueueSeries(double bucket_s, double span_s);
    ChartBuffer waiting, arrivals, drain;
};

struct QueueHistory {
    QueueSeries fine{5, 3600 + 300};
    QueueSeries coarse{60, 24 * 3600 + 300};

    void add(double at, const QueueHealth& queue);
    // The one that covers `seconds` best.
    [[nodiscard]] const QueueSeries& forSpan(double seconds) const { return seconds <= 3600 ? fine : coarse; }
};

class QueueHistories {
public:
    // The first `most` queues are remembered; the rest start when their page is opened.
    explicit QueueHistories(int most = 1000) : m_most(most) {}

    void add(const ConnectionViews& views);  // takes each reading once
    void want(const QueueRef& queue) { m_histories.try_emplace(queue); }
    [[nodiscard]] const QueueHistory* find(const QueueRef& queue) const;

private:
    size_t m_most;
    std::unordered_map<QueueRef, QueueHistory, QueueRefHash> m_histories;
    QHash<QString, ReadingPtr> m_seen;
};

}  // namespace spillway
