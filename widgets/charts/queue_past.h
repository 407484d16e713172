// What the history knows of one queue, as charts take it. Values; the session fetches them. Times are
// seconds on the server's clock since 1970.
#pragma once

#include <QHash>
#include <QString>
#include <vector>

namespace spillway {

struct PastPoint {  // one bucket of time; equal numbers for a single sample
    double at = 0;
    double min = 0, max = 0, last = 0;
    bool gap_before = false;
};

// By the metric names of reading_metrics.h: "ready", "arrival_rate", "amplification", …
struct QueuePast {
    double from = 0, to = 0;  // what was asked for
    double width_s = 0;       // of a bucket; 0: each point is one sample
    QHash<QString, std::vector<PastPoint>> metrics;
};

enum class ChartMarkKind { deploy, action, drift, gap };

struct ChartMark {
    double at = 0;
    ChartMarkKind kind = ChartMarkKind::deploy;
    QString connection;  // empty: every connection
    QString queue;       // empty: every queue
    QString text;

    bool operator==(const ChartMark&) const = default;
};

}  // namespace spillway
