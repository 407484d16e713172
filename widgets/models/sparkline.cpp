#include "widgets/models/sparkline.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace spillway {

bool Sparkline::add(double at, std::optional<double> value) {
    constexpr float unknown = std::numeric_limits<float>::quiet_NaN();
    const auto bucket = static_cast<long long>(std::floor(at / kBucketSeconds));
    const float now = value ? static_cast<float>(*value) : unknown;
    if (m_last < 0 || bucket < m_last || bucket - m_last >= kBuckets) {
        m_first = m_last = bucket;
        slot(bucket) = now;
        return true;
    }
    const bool moved = bucket != m_last;
    const float from = slot(m_last);
    const auto steps = bucket - m_last;
    for (auto skipped = m_last + 1; skipped < bucket; ++skipped)
        slot(skipped) = steps > kBridged ? unknown
                                         : from + (now - from) * static_cast<float>(skipped - m_last) /
                                                      static_cast<float>(steps);
    const float before = moved ? unknown : slot(bucket);
    m_last = bucket;
    m_first = std::max(m_first, m_last - kBuckets + 1);
    slot(bucket) = now;
    return moved || (before != now && !(std::isnan(before) && std::isnan(now)));
}

void Sparkline::addPast(const std::vector<std::pair<double, std::optional<double>>>& past) {
    if (m_last < 0) return;
    Sparkline whole;
    for (const auto& [at, value] : past)
        if (at < static_cast<double>(m_first) * kBucketSeconds) whole.add(at, value);
    for (auto bucket = m_first; bucket <= m_last; ++bucket) {
        const float value = slot(bucket);
        whole.add(static_cast<double>(bucket) * kBucketSeconds,
                  std::isnan(value) ? std::nullopt : std::optional<double>(value));
    }
    *this = whole;
}

std::vector<float> Sparkline::values() const {
    std::vector<float> out;
    for (auto bucket = m_first; bucket <= m_last; ++bucket)
        out.push_back(m_ring[static_cast<size_t>(bucket % kBuckets)]);
    return out;
}

}  // namespace spillway
