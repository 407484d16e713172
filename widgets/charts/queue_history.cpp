#include "widgets/charts/queue_history.h"

#include <algorithm>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr double kHour = 3600;
constexpr double kDay = 86400;

template <typename T>
std::optional<double> numberOf(const Measured<T>& measured) {
    if (!measured.known()) return std::nullopt;
    return static_cast<double>(*measured.value);
}

std::optional<double> valueOf(const QueueHealth& queue, ChartSeries series) {
    switch (series) {
        case ChartSeries::waiting:
            return numberOf(queue.reading.ready);
        case ChartSeries::arrivals:
            return queue.flow.arrival.value;
        case ChartSeries::drain:
            return queue.flow.drain.value;
        case ChartSeries::oldest_age:
            return queue.oldest_age_s.value;
        case ChartSeries::dead:
            return numberOf(queue.reading.dead);
        case ChartSeries::dead_oldest_age:
            return queue.dead_oldest_age_s.value;
        case ChartSeries::dead_p50_age:
            return queue.dead.p50_s.value;
        case ChartSeries::dead_p90_age:
            return queue.dead.p90_s.value;
        case ChartSeries::amplification:
            return queue.retry.amplification.value;
        case ChartSeries::retry_share:
            return queue.retry.retry_share.value;
        case ChartSeries::executions:
            return numberOf(queue.retry.executions);
        case ChartSeries::stuck:
            return numberOf(queue.stuck);
        case ChartSeries::claims:
            return numberOf(queue.duplicates.claims);
        case ChartSeries::duplicates:
            return numberOf(queue.duplicates.duplicates);
        case ChartSeries::duplicate_rate:
            return queue.recent_duplicates.rate_ppm.value;
        case ChartSeries::duplicate_lower:
            return queue.recent_duplicates.lower95_ppm.value;
        case ChartSeries::duplicate_upper:
            return queue.recent_duplicates.upper95_ppm.value;
    }
    return std::nullopt;
}

constexpr size_t kBasic = 3;

}  // namespace

QString metricName(ChartSeries series) {
    static const std::array<QString, kChartSeries> names{u"ready"_s,
                                                         u"arrival_rate"_s,
                                                         u"drain_rate"_s,
                                                         u"oldest_age_s"_s,
                                                         u"dead"_s,
                                                         u"dead_oldest_age_s"_s,
                                                         u"dead_p50_age_s"_s,
                                                         u"dead_p90_age_s"_s,
                                                         u"amplification"_s,
                                                         u"retry_share"_s,
                                                         QString(),
                                                         u"stuck"_s,
                                                         u"claims"_s,
                                                         u"duplicate_claims"_s,
                                                         u"duplicate_rate_ppm"_s,
                                                         u"duplicate_lower95_ppm"_s,
                                                         u"duplicate_upper95_ppm"_s};
    return names.at(static_cast<size_t>(series));
}

const ChartBuffer& QueueSeries::of(ChartSeries series) const {
    static const ChartBuffer nothing(1, 1);
    const auto& buffer = m_buffers[static_cast<size_t>(series)];
    return buffer ? *buffer : nothing;
}

ChartBuffer& QueueSeries::at(ChartSeries series) {
    auto& buffer = m_buffers[static_cast<size_t>(series)];
    if (!buffer) buffer.emplace(m_bucket, m_span, m_maxGap);
    return *buffer;
}

// What was never known needs no buffer: most queues have nothing to say on most series.
void QueueSeries::add(double time, const QueueHealth& queue, bool basic) {
    for (size_t i = 0; i < (basic ? kBasic : kChartSeries); ++i) {
        const auto series = static_cast<ChartSeries>(i);
        const auto value = valueOf(queue, series);
        if (value || m_buffers[i]) at(series).add(time, value);
    }
}

void QueueSeries::addPast(const QueuePast& past) {
    for (size_t i = 0; i < kChartSeries; ++i) {
        const auto series = static_cast<ChartSeries>(i);
        const auto found = past.metrics.find(metricName(series));
        if (found != past.metrics.end() && !found->empty()) at(series).addPast(*found, past.width_s);
    }
}

double QueueSeries::firstTime() const {
    double first = 0;
    for (const auto& buffer : m_buffers)
        if (buffer && !buffer->empty())
            first = first > 0 ? std::min(first, buffer->firstTime()) : buffer->firstTime();
    return first;
}

void QueueHistory::add(double at, const QueueHealth& queue) {
    m_hour.add(at, queue, m_basic);
    m_day.add(at, queue, m_basic);
    if (m_basic) return;
    m_week.add(at, queue, false);
    if (m_completeSince == 0 || at < m_completeSince) m_completeSince = at;
}

// Buckets much wider than those of a grain would only hide finer ones that come later.
void QueueHistory::addPast(const QueuePast& past) {
    keepAll();
    if (past.width_s <= 30) m_hour.addPast(past);
    if (past.width_s <= 300) m_day.addPast(past);
    m_week.addPast(past);
    if (past.to - past.from > 2 * kDay) return;
    m_detail.emplace(Detail{past.from, past.to, past.width_s, {std::max(1.0, past.width_s), 3 * kDay}});
    m_detail->series.addPast(past);
}

const QueueSeries& QueueHistory::forTimes(double from, double to, double now) const {
    constexpr double kSlack = 60;
    if (now - from <= kHour + kSlack) return m_hour;
    const bool aDay = now - from <= kDay + kSlack || m_week.firstTime() == 0;
    const bool detailed = m_detail && m_detail->from <= from && to <= m_detail->to;
    if (detailed && m_detail->width < (aDay ? 60 : 600)) return m_detail->series;
    return aDay ? m_day : m_week;
}

double QueueHistory::firstTime() const {
    double first = 0;
    for (const QueueSeries* series : {&m_hour, &m_day, &m_week})
        if (const double time = series->firstTime(); time > 0)
            first = first > 0 ? std::min(first, time) : time;
    return first;
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

void QueueHistories::addPast(const QueueRef& queue, const QueuePast& past) {
    m_histories[queue].addPast(past);
}

const QueueHistory* QueueHistories::find(const QueueRef& queue) const {
    const auto it = m_histories.find(queue);
    return it == m_histories.end() ? nullptr : &it->second;
}

}  // namespace spillway
