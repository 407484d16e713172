#include "widgets/charts/chart_buffer.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace spillway {
namespace {

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();

// One pixel column: first the extreme that is nearer to where the line comes from.
void emitColumn(std::vector<ChartPoint>& out, double from, double to, double low, double high) {
    if (low == high) return out.push_back({to, high});
    const double before = out.empty() || std::isnan(out.back().value) ? low : out.back().value;
    const bool lowFirst = std::abs(before - low) <= std::abs(before - high);
    out.push_back({from, lowFirst ? low : high});
    out.push_back({to, lowFirst ? high : low});
}

}  // namespace

ChartBuffer::ChartBuffer(double bucket_s, double span_s, double maxGap_s)
    : m_bucket(bucket_s), m_span(span_s), m_maxGap(maxGap_s) {}

void ChartBuffer::add(double at, std::optional<double> value) {
    if (!m_buckets.empty() && at < m_buckets.back().end) m_buckets.clear();
    while (!m_buckets.empty() && m_buckets.front().end < at - m_span) m_buckets.pop_front();
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
    m_buckets.push_back({at, at, v, v, v, broken});
}

std::vector<ChartPoint> ChartBuffer::points(double from, double to, int pixels) const {
    std::vector<ChartPoint> out;
    if (m_buckets.empty() || to <= from || pixels < 1) return out;
    auto begin = std::lower_bound(m_buckets.begin(), m_buckets.end(), from,
                                  [](const Bucket& b, double t) { return b.end < t; });
    auto end =
        std::upper_bound(begin, m_buckets.end(), to, [](double t, const Bucket& b) { return t < b.first; });
    if (begin != m_buckets.begin()) --begin;
    if (end != m_buckets.end()) ++end;
    const double width = (to - from) / pixels;
    for (auto it = begin; it != end;) {
        if (it->broken && !out.empty()) out.push_back({it->first, kGap});
        const auto column = std::floor((it->first - from) / width);
        const double start = it->first;
        double stop = it->end, low = it->low, high = it->high;
        for (++it; it != end && !it->broken && std::floor((it->first - from) / width) == column; ++it) {
            low = std::min<double>(low, it->low), high = std::max<double>(high, it->high);
            stop = it->end;
        }
        emitColumn(out, start, stop, low, high);
    }
    return out;
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

}  // namespace spillway
