#include "backends/history/limits_preview.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// 0 good, 1 warning, 2 critical.
int gradeOf(const QString& metric, double value, const QueueLimits& limits) {
    if (metric == u"oldest_age_s"_s)
        return limits.oldest_critical_s && value >= *limits.oldest_critical_s
                   ? 2
                   : value >= limits.oldest_warning_s;
    if (metric == u"dead_oldest_age_s"_s)
        return value > limits.dead_critical_s ? 2 : value > limits.dead_warning_s;
    return value >= limits.retry_critical_share ? 2 : value >= limits.retry_warning_share;
}

}  // namespace

QStringList limitMetrics() {
    return {u"oldest_age_s"_s, u"dead_oldest_age_s"_s, u"retry_share"_s};
}

LimitsPreview limitsPreview(const HistoryAnswer& answer, const QueueLimits& limits) {
    std::map<ServerTime, int> grades;
    for (const HistoryLine& line : answer.lines)
        for (const HistoryBucket& bucket : line.buckets) {
            int& worst = grades[bucket.at];
            worst = std::max(worst, gradeOf(line.metric, bucket.max, limits));
        }
    LimitsPreview preview;
    preview.bound = answer.width_ms > 0;
    const double usual_s =
        static_cast<double>(answer.width_ms > 0 ? answer.width_ms : answer.usual_interval_ms) / 1000;
    for (auto it = grades.begin(); it != grades.end(); ++it) {
        const auto next = std::next(it);
        const double span_s =
            next == grades.end() ? usual_s : std::min(usual_s, secondsBetween(it->first, next->first));
        preview.recorded_s += span_s;
        if (it->second == 1) preview.warning_s += span_s;
        if (it->second == 2) preview.critical_s += span_s;
    }
    return preview;
}

QString limitsPreviewText(const QString& queue, const LimitsPreview& preview) {
    const QString name = visibleText(queue, 60);
    if (preview.recorded_s <= 0) return u"%1: no history recorded."_s.arg(name);
    const QString recorded = durationText(preview.recorded_s);
    if (preview.warning_s + preview.critical_s <= 0)
        return u"%1: never passed, in %2 recorded."_s.arg(name, recorded);
    const auto about = [&](double seconds) {
        return seconds <= 0 ? u"0"_s : (preview.bound ? u"≤ "_s : QString()) + durationText(seconds);
    };
    return u"%1: warning %2, critical %3, of %4 recorded."_s.arg(name, about(preview.warning_s),
                                                                 about(preview.critical_s), recorded);
}

}  // namespace spillway
