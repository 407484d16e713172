// The last 15 minutes of one figure in 60 buckets: small enough to keep for every queue there is.
#pragma once

#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace spillway {

class Sparkline {
public:
    static constexpr int kBuckets = 60;
    static constexpr double kBucketSeconds = 15;
    static constexpr int kBridged = 8;  // buckets: polls may be two minutes apart

    // `at` in seconds on the server's clock; a bucket keeps its last value. nullopt leaves a gap, and so
    // does a silence longer than kBridged; a shorter one is bridged in a straight line. A time before the
    // newest bucket starts anew. Returns whether the picture changed.
    bool add(double at, std::optional<double> value);
    // What was before the first of these: times and values, oldest first.
    void addPast(const std::vector<std::pair<double, std::optional<double>>>& past);
    // Oldest first, at most kBuckets long; NaN where nothing is known.
    [[nodiscard]] std::vector<float> values() const;

private:
    [[nodiscard]] float& slot(long long bucket) { return m_ring[static_cast<size_t>(bucket % kBuckets)]; }

    std::array<float, kBuckets> m_ring{};
    long long m_first = 0;  // bucket numbers: at / kBucketSeconds
    long long m_last = -1;
};

}  // namespace spillway
