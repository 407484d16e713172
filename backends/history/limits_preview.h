// What limits would have said of a recorded time. Pure.
#pragma once

#include "backends/domain/queue_objective.h"
#include "backends/history/history_values.h"

namespace spillway {

// The metrics that limits are about, for HistoryQuery::metrics.
[[nodiscard]] QStringList limitMetrics();

struct LimitsPreview {
    double recorded_s = 0;  // of the time, at least one of the metrics is known
    double warning_s = 0;
    double critical_s = 0;
    bool bound = false;  // a bucket counts as bad from its worst sample on: times are upper bounds
};

// By these limits alone: what else a queue may be warned of does not count here.
[[nodiscard]] LimitsPreview limitsPreview(const HistoryAnswer& answer, const QueueLimits& limits);
// "orders: warning 12 min, critical 3 min of 22 h recorded".
[[nodiscard]] QString limitsPreviewText(const QString& queue, const LimitsPreview& preview);

}  // namespace spillway
