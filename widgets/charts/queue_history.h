// The recent past of every queue, for the charts, and the stored past of those that were looked at. Times
// are seconds on the server's clock since 1970. Pure but for its size: for a queue nobody looked at about
// 140 kB after a full day, otherwise up to 1.5 MB.
#pragma once

#include <QHash>
#include <array>
#include <unordered_map>

#include "widgets/charts/chart_buffer.h"
#include "widgets/charts/queue_past.h"
#include "widgets/models/connection_view.h"
#include "widgets/models/queue_ref.h"

namespace spillway {

enum class ChartSeries {
    waiting,  // these three are kept for every queue
    arrivals,
    drain,
    oldest_age,
    dead,
    dead_oldest_age,
    dead_p50_age,
    dead_p90_age,
    amplification,
    retry_share,
    executions,  // in the window of the health rules; not in the history
    stuck,
    claims,
    duplicates,
    duplicate_rate,  // per million, of the window
    duplicate_lower,
    duplicate_upper
};
inline constexpr size_t kChartSeries = 17;

// Its name in the history; empty: it is not recorded.
[[nodiscard]] QString metricName(ChartSeries series);

class QueueSeries {
public:
    QueueSeries(double bucket_s, double span_s, double maxGap_s = 120)
        : m_bucket(bucket_s), m_span(span_s), m_maxGap(maxGap_s) {}

    [[nodiscard]] const ChartBuffer& of(ChartSeries series) const;
    // `basic`: only the first three.
    void add(double at, const QueueHealth& queue, bool basic);
    void addPast(const QueuePast& past);
    [[nodiscard]] double firstTime() const;  // of all series; 0: nothing is known

private:
    ChartBuffer& at(ChartSeries series);

    double m_bucket, m_span, m_maxGap;
    std::array<std::optional<ChartBuffer>, kChartSeries> m_buffers;
};

class QueueHistory {
public:
    void add(double at, const QueueHealth& queue);
    void addPast(const QueuePast& past);
    // From now on every series and a week.
    void keepAll() { m_basic = false; }

    // The finest that covers [from, to] when the newest reading is of `now`.
    [[nodiscard]] const QueueSeries& forTimes(double from, double to, double now) const;
    [[nodiscard]] double firstTime() const;
    // From when on every reading was taken in with all its series; 0: none was.
    [[nodiscard]] double completeSince() const { return m_completeSince; }

private:
    struct Detail {  // a stretch of the past at a finer grain than its age would have
        double from, to, width;
        QueueSeries series;
    };

    bool m_basic = true;
    double m_completeSince = 0;
    QueueSeries m_hour{5, 3600 + 300};
    QueueSeries m_day{60, 24 * 3600 + 300, 180};
    QueueSeries m_week{600, 7 * 86400 + 3600, 1500};
    std::optional<Detail> m_detail;  // the one asked for last
};

class QueueHistories {
public:
    // The first `most` queues are remembered; the rest start when their page is opened.
    explicit QueueHistories(int most = 1000) : m_most(static_cast<size_t>(most)) {}

    void add(const ConnectionViews& views);  // takes each reading once
    void want(const QueueRef& queue) { m_histories[queue].keepAll(); }
    void addPast(const QueueRef& queue, const QueuePast& past);
    [[nodiscard]] const QueueHistory* find(const QueueRef& queue) const;

private:
    size_t m_most;
    std::unordered_map<QueueRef, QueueHistory, QueueRefHash> m_histories;
    QHash<QString, ReadingPtr> m_seen;
};

}  // namespace spillway
