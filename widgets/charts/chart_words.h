// What the card of each chart says: its verdict, a note, and the legend with the values of now or of the
// moment under the crosshair. Pure.
#pragma once

#include <QString>
#include <optional>
#include <vector>

#include "backends/health/health_report.h"
#include "widgets/charts/chart_colors.h"
#include "widgets/charts/ghost.h"
#include "widgets/charts/queue_history.h"

namespace spillway {

struct LegendWord {
    QString text;  // "━ arrivals 5.0 k/s"
    ChartColor color = ChartColor::plain;
    QString hint;  // what it means and how it is known
};

struct ChartWords {
    QString verdict;
    QString verdict_hint;
    std::optional<Severity> loud;  // nullopt: nothing to worry about
    QString note;
    QString note_hint;
    std::optional<Severity> note_loud;
    QString missing;  // why there is nothing to see, and what would make it visible
    std::vector<LegendWord> legend;
};

// The moment of the legend's values, and where they come from; no time: those of `queue`, now.
struct ChartMoment {
    const QueueSeries* series = nullptr;
    std::optional<double> at;  // seconds since 1970
    const Ghost* ghost = nullptr;
    double now = 0;

    [[nodiscard]] std::optional<double> value(ChartSeries which) const {
        return series && at ? series->of(which).valueAt(*at) : std::nullopt;
    }
    // What it was so long before.
    [[nodiscard]] std::optional<double> valueBefore(ChartSeries which) const {
        return ghost ? ghost->valueAt(which, at.value_or(now)) : std::nullopt;
    }
};

[[nodiscard]] ChartWords backlogWords(const QueueHealth& queue, const ChartMoment& moment);
[[nodiscard]] ChartWords deadLetterWords(const QueueHealth& queue, const ChartMoment& moment);
[[nodiscard]] ChartWords retryWords(const QueueHealth& queue, const ChartMoment& moment);
[[nodiscard]] ChartWords duplicateWords(const QueueHealth& queue, const ChartMoment& moment);

}  // namespace spillway
