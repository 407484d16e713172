// One time series for a chart: minimum, maximum and last value for each bucket of time, within a span.
// Pure, no painting. Times are seconds on the server's clock since 1970.
#pragma once

#include <deque>
#include <optional>
#include <vector>

namespace spillway {

struct ChartPoint {
    double at = 0;
    double value = 0;  // NaN: the line is interrupted here
};

class ChartBuffer {
public:
    // A silence longer than `maxGap_s` is a gap; so is a value that was not known.
    ChartBuffer(double bucket_s, double span_s, double maxGap_s = 120);

    // Times must not go backwards: an earlier one starts the buffer anew (the server's clock jumped).
    void add(double at, std::optional<double> value);
    // What lies in [from, to] and the neighbour on each side, at most two points for each of `pixels`
    // columns: the least and the greatest value there, so that no spike is lost at any zoom.
    [[nodiscard]] std::vector<ChartPoint> points(double from, double to, int pixels) const;
    // The last value at or before `at`, unless a gap lies between.
    [[nodiscard]] std::optional<double> valueAt(double at) const;
    [[nodiscard]] bool empty() const { return m_buckets.empty(); }
    [[nodiscard]] double firstTime() const { return m_buckets.empty() ? 0 : m_buckets.front().first; }
    [[nodiscard]] double lastTime() const { return m_buckets.empty() ? 0 : m_buckets.back().end; }

private:
    struct Bucket {
        double first = 0, end = 0;  // times of the first and the newest sample in it
        float low = 0, high = 0, last = 0;
        bool broken = false;  // a gap lies before it
    };

    double m_bucket, m_span, m_maxGap;
    bool m_unknown = false;  // the newest sample had no value
    std::deque<Bucket> m_buckets;
};

}  // namespace spillway
