#include "backends/history/deploy_spans.h"

#include <algorithm>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

const HistoryLine* lineOf(const HistoryAnswer& answer, const QString& metric) {
    for (const auto& line : answer.lines)
        if (line.metric == metric && !line.buckets.empty()) return &line;
    return nullptr;
}

std::optional<double> meanOf(const HistoryAnswer& answer, const QString& metric) {
    const auto* line = lineOf(answer, metric);
    if (!line) return std::nullopt;
    double sum = 0, count = 0;
    for (const auto& bucket : line->buckets) sum += bucket.sum, count += static_cast<double>(bucket.count);
    return count > 0 ? std::optional(sum / count) : std::nullopt;
}

// Of a counter. What it fell by was cleared away or begun anew, and takes nothing back.
std::optional<double> risenBy(const HistoryAnswer& answer, const QString& metric) {
    const auto* line = lineOf(answer, metric);
    if (!line || line->buckets.size() < 2) return std::nullopt;
    double risen = 0;
    for (size_t i = 1; i < line->buckets.size(); ++i)
        risen += std::max(0.0, line->buckets[i].last - line->buckets[i - 1].last);
    return risen;
}

std::optional<qint64> whole(std::optional<double> value) {
    return value ? std::optional(static_cast<qint64>(*value)) : std::nullopt;
}

}  // namespace

std::optional<HistoryMark> newestDeploy(const std::vector<HistoryMark>& marks, const Checklist& checklist,
                                        const QString& connection, const QString& queue) {
    std::optional<HistoryMark> newest;
    for (const auto& mark : marks)
        if (mark.kind == HistoryMarkKind::deploy &&
            (mark.connection.isEmpty() || mark.connection == connection) &&
            (mark.queue.isEmpty() || mark.queue == queue) && marksDeployOf(checklist, mark.text) &&
            (!newest || mark.at > newest->at))
            newest = mark;
    return newest;
}

HistoryQuery spanQuery(const HistoryQueueKey& queue, ServerTime from, ServerTime to) {
    return {queue,
            {u"ready"_s, u"dead"_s, u"amplification"_s, u"claims"_s, u"duplicate_claims"_s},
            from,
            to,
            2000};
}

QueueSpan queueSpan(const HistoryAnswer& answer) {
    QueueSpan span;
    if (const auto* line = lineOf(answer, u"ready"_s))
        span.seconds = secondsBetween(line->buckets.front().at, line->buckets.back().at);
    span.waiting = meanOf(answer, u"ready"_s);
    if (const auto died = risenBy(answer, u"dead"_s); died && span.seconds > 0)
        span.died_per_minute = *died * 60 / span.seconds;
    span.amplification = meanOf(answer, u"amplification"_s);
    span.claims = whole(risenBy(answer, u"claims"_s));
    span.duplicates = whole(risenBy(answer, u"duplicate_claims"_s));
    return span;
}

}  // namespace spillway
