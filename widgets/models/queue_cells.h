// One row of the queue table and how each of its cells reads. Pure.
#pragma once

#include <QString>
#include <memory>
#include <optional>

#include "backends/health/health_report.h"
#include "widgets/models/queue_ref.h"
#include "widgets/models/sparkline.h"

namespace spillway {

enum class QueueColumn {
    state,
    queue,
    where,
    waiting,
    trend,
    oldest,
    arrivals,
    drain,
    drains,
    dead,
    dead_age,
    lost,
    amplification,
    stuck,
    twice,
    running,
    retrying,
    blocked
};
inline constexpr int kQueueColumns = 18;

struct QueueRow {
    QueueRef ref;
    QString where;                              // "prod-pg · pg-boss"
    std::shared_ptr<const QueueHealth> health;  // never null
    double impact = 0;                          // of its worst finding; ranks rows of one severity
    Sparkline trend;                            // of waiting
    bool stale = false;  // the connection does not answer: figures are `stale_age_s` old
    double stale_age_s = 0;
};

struct QueueCell {
    QString text;
    std::optional<Severity> loud;  // what this cell alone deserves
    bool dim = false;              // nothing to see: idle, learning, not observable
};

[[nodiscard]] QString columnTitle(QueueColumn column);
[[nodiscard]] QString columnHint(QueueColumn column);  // what the figure means, with its unit
[[nodiscard]] bool isNumeric(QueueColumn column);

[[nodiscard]] QueueCell cellOf(const QueueRow& row, QueueColumn column);
// The exact figure, how it is known and by which method; plain text with line breaks.
[[nodiscard]] QString hintOf(const QueueRow& row, QueueColumn column);
// For sorting numeric columns: unknown is NaN. "Drains" orders by how bad it is.
[[nodiscard]] double rawValue(const QueueRow& row, QueueColumn column);
// Whether the cell of that column would read differently (the trend not included).
[[nodiscard]] bool differs(const QueueHealth& a, const QueueHealth& b, QueueColumn column);

[[nodiscard]] QString shortDurationText(double seconds);  // one unit only: "31 min", "92 d", "0.4 s"
// "exact", "estimated: …", "at least this many: …", "not observable: …"
[[nodiscard]] QString provenanceText(Provenance provenance, const QString& method);
[[nodiscard]] QString drainCellText(const DrainForecast& forecast, const BacklogFlow& flow);

}  // namespace spillway
