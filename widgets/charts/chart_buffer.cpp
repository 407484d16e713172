#include "widgets/charts/chart_buffer.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

namespace spillway {
namespace {

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();
constexpr double kTick = 1e-3;  // seconds between the end of one bucket and the start of the next

// One pixel column: first the extreme that is nearer to where the line comes from.
void emitColumn(std::vector<ChartPoint>& out, const ChartColumn& column) {
    if (column.low == column.high) {
        if (column.from < column.to) out.push_back({column.from, column.high});
        return out.push_back({column.to, column.high});
    }
    const double before = out.empty() || std::isnan(out.back().value) ? column.low : out.back().value;
    const bool lowFirst = std::abs(before - column.low) <= std::abs(before - column.high);
    out.push_back({column.from, lowFirst ? column.low : column.high});
    out.push_back({column.to, lowFirst ? column.high : column.low});
}

}  // namespace

std::vector<ChartPoint> pointsOf(const std::vector<ChartColumn>& columns) {
    std::vector<ChartPoint> out;
    out.reserve(2 * columns.size() + 2);
    for (const auto& column : columns) {
        if (column.broken && !out.empty()) out.push_back({column.from, kGap});
        emitColumn(out, column);
    }
    return out;
}

ChartBuffer::ChartBuffer(double bucket_s, double span_s, double maxGap_s)
    : m_bucket(bucket_s), m_span(span_s), m_maxGap(maxGap_s) {}

void ChartBuffer::forgetBefore(double at) {
    while (!m_buckets.empty() && m_buckets.front().end < at) m_buckets.pop_front();
}

// A recorded bucket is as long as its width says, also the one that time has not filled yet.
void ChartBuffer::makeRoomFor(double at) {
    if (m_buckets.empty() || at >= m_buckets.back().end) return;
    Bucket& newest = m_buckets.back();
    if (newest.recorded && at >= newest.first)
        newest.end = at;
    else
        m_buckets.clear();
}

void ChartBuffer::add(double at, std::optional<double> value) {
    makeRoomFor(at);
    forgetBefore(at - m_span);
    if (!value) {
        m_unknown = true;
        return;
    }
    const auto v = static_cast<float>(*value);
    const bool broken = m_unknown || m_buckets.empty() || at - m_buckets.back().end > m_maxGap;
    m_unknown = false;
    if (!broken && std::floor(m_buckets.back().first / m_bucket) == std::floor(at / m_bucket)) {
        Bucket& bucket = m_buckets.back();
        bucket.end = at;
        bucket.low = std::min(bucket.low, v), bucket.high = std::max(bucket.high, v), bucket.last = v;
        return;
    }
    m_buckets.push_back({at, at, v, v, v, broken, false});
}

ChartBuffer::Buckets ChartBuffer::freeParts(const std::vector<PastPoint>& past, double width_s) const {
    Buckets out;
    auto next = m_buckets.begin();
    for (const auto& point : past) {
        Bucket bucket{point.at,
                      point.at + std::max(0.0, width_s - kTick),
                      static_cast<float>(point.min),
                      static_cast<float>(point.max),
                      static_cast<float>(point.last),
                      point.gap_before,
                      true};
        while (next != m_buckets.end() && next->end < bucket.first) ++next;
        if (next != m_buckets.end()) {
            if (next->first <= bucket.first) continue;  // already here
            bucket.end = std::min(bucket.end, next->first - kTick);
        }
        if (!out.empty() && bucket.first <= out.back().end) continue;
        if (bucket.end >= bucket.first) out.push_back(bucket);
    }
    return out;
}

void ChartBuffer::addPast(const std::vector<PastPoint>& past, double width_s) {
    const Buckets fresh = freeParts(past, width_s);
    if (fresh.empty()) return;
    const bool hadNone = m_buckets.empty();
    const double oldest = hadNone ? 0 : m_buckets.front().first;
    Buckets merged;
    std::merge(m_buckets.begin(), m_buckets.end(), fresh.begin(), fresh.end(), std::back_inserter(merged),
               [](const Bucket& a, const Bucket& b) { return a.first < b.first; });
    m_buckets = std::move(merged);
    m_buckets.front().broken = true;
    for (size_t i = 1; i < m_buckets.size(); ++i) {
        Bucket& bucket = m_buckets[i];
        const double silence = bucket.first - m_buckets[i - 1].end;
        if (!hadNone && bucket.first == oldest) bucket.broken = false;  // it only was the first one
        bucket.broken = bucket.broken || silence > std::max(m_maxGap, 1.5 * width_s);
    }
    forgetBefore(m_buckets.back().end - m_span);
}

std::pair<ChartBuffer::Buckets::const_iterator, ChartBuffer::Buckets::const_iterator> ChartBuffer::within(
    double from, double to) const {
    auto begin = std::lower_bound(m_buckets.begin(), m_buckets.end(), from,
                                  [](const Bucket& b, double t) { return b.end < t; });
    auto end =
        std::upper_bound(begin, m_buckets.end(), to, [](double t, const Bucket& b) { return t < b.first; });
    if (begin != m_buckets.begin()) --begin;
    if (end != m_buckets.end()) ++end;
    return {begin, end};
}

std::vector<ChartColumn> ChartBuffer::columns(double from, double to, int pixels) const {
    std::vector<ChartColumn> out;
    if (m_buckets.empty() || to <= from || pixels < 1) return out;
    const auto [begin, end] = within(from, to);
    const double width = (to - from) / pixels;
    const auto columnOf = [&](const Bucket& b) { return std::floor((b.first - from) / width); };
    for (auto it = begin; it != end;) {
        const double number = columnOf(*it);
        ChartColumn column{it->first, it->end, it->low, it->high, it->last, it->broken, false};
        for (++it; it != end && !it->broken && columnOf(*it) == number; ++it) {
            column.low = std::min<double>(column.low, it->low);
            column.high = std::max<double>(column.high, it->high);
            column.last = it->last, column.to = it->end;
        }
        column.running = it == m_buckets.end();
        out.push_back(column);
    }
    return out;
}

std::vector<ChartPoint> ChartBuffer::points(double from, double to, int pixels) const {
    return pointsOf(columns(from, to, pixels));
}

std::optional<double> ChartBuffer::valueAt(double at) const {
    auto it = std::upper_bound(m_buckets.begin(), m_buckets.end(), at,
                               [](double t, const Bucket& b) { return t < b.first; });
    if (it == m_buckets.begin()) return std::nullopt;
    const bool gapFollows = it != m_buckets.end() && it->broken;
    --it;
    if (at > it->end && (gapFollows || at - it->end > m_maxGap)) return std::nullopt;
    return it->last;
}

std::vector<std::pair<double, double>> ChartBuffer::gaps(double from, double to) const {
    std::vector<std::pair<double, double>> out;
    for (size_t i = 1; i < m_buckets.size(); ++i) {
        const Bucket& bucket = m_buckets[i];
        if (!bucket.broken || bucket.first < from) continue;
        if (m_buckets[i - 1].end > to) break;
        out.emplace_back(m_buckets[i - 1].end, bucket.first);
    }
    return out;
}

}  // namespace spillway
