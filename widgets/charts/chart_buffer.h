// One time series for a chart: minimum, maximum and last value for each bucket of time, within a span.
// Pure, no painting. Times are seconds on the server's clock since 1970.
#pragma once

#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "widgets/charts/queue_past.h"

namespace spillway {

struct ChartPoint {
    double at = 0;
    double value = 0;  // NaN: the line is interrupted here
};

// What falls on one column of pixels.
struct ChartColumn {
    double from = 0, to = 0;  // times of its first and its newest sample
    double low = 0, high = 0, last = 0;
    bool broken = false;   // a gap lies before it
    bool running = false;  // it holds the newest bucket, which is not full yet
};

class ChartBuffer {
public:
    // A silence longer than `maxGap_s` is a gap; so is a value that was not known.
    ChartBuffer(double bucket_s, double span_s, double maxGap_s = 120);

    // Times must not go backwards: an earlier one starts the buffer anew (the server's clock jumped).
    void add(double at, std::optional<double> value);
    // Puts what was recorded where nothing is yet: what is here stays, so nothing shows twice.
    // `width_s` of a bucket; 0: each point is one sample. Oldest first.
    void addPast(const std::vector<PastPoint>& past, double width_s);

    // What lies in [from, to] and the neighbour on each side, at most one for each of `pixels` columns.
    [[nodiscard]] std::vector<ChartColumn> columns(double from, double to, int pixels) const;
    // The same as a line of at most two points for each column: the least and the greatest value there, so
    // that no spike is lost at any zoom.
    [[nodiscard]] std::vector<ChartPoint> points(double from, double to, int pixels) const;
    // The last value at or before `at`, unless a gap lies between.
    [[nodiscard]] std::optional<double> valueAt(double at) const;
    // Times in [from, to] between two known values in which none was.
    [[nodiscard]] std::vector<std::pair<double, double>> gaps(double from, double to) const;

    [[nodiscard]] bool empty() const { return m_buckets.empty(); }
    [[nodiscard]] double firstTime() const { return m_buckets.empty() ? 0 : m_buckets.front().first; }
    [[nodiscard]] double lastTime() const { return m_buckets.empty() ? 0 : m_buckets.back().end; }

private:
    struct Bucket {
        double first = 0, end = 0;  // times of the first and the newest sample in it
        float low = 0, high = 0, last = 0;
        bool broken = false;    // a gap lies before it
        bool recorded = false;  // from the history: `end` may lie ahead of its last sample
    };
    using Buckets = std::deque<Bucket>;

    [[nodiscard]] Buckets freeParts(const std::vector<PastPoint>& past, double width_s) const;
    [[nodiscard]] std::pair<Buckets::const_iterator, Buckets::const_iterator> within(double from,
                                                                                     double to) const;
    void makeRoomFor(double at);
    void forgetBefore(double at);

    double m_bucket, m_span, m_maxGap;
    bool m_unknown = false;  // the newest sample had no value
    Buckets m_buckets;
};

// The columns as a line: least and greatest of each, NaN at gaps.
[[nodiscard]] std::vector<ChartPoint> pointsOf(const std::vector<ChartColumn>& columns);

}  // namespace spillway
