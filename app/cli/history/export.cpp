#include "app/cli/history/export.h"

#include <QJsonArray>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QString numberText(double value) {
    return QString::number(value, 'g', 12);
}

QString csvField(const QString& raw) {
    QString text = visibleText(raw, 1000);
    if (!text.contains(u',') && !text.contains(u'"')) return text;
    return u'"' + text.replace(u'"', u"\"\""_s) + u'"';
}

QJsonObject bucketJson(const HistoryBucket& b) {
    return {{u"at"_s, toIsoUtc(b.at)},
            {u"min"_s, b.min},
            {u"max"_s, b.max},
            {u"last"_s, b.last},
            {u"mean"_s, b.mean},
            {u"count"_s, b.count},
            {u"provenance"_s, provenanceName(b.provenance)},
            {u"gap_before"_s, b.gap_before},
            {u"gap_inside"_s, b.gap_inside}};
}

QJsonObject lineJson(const ExportedQueue& queue, const HistoryLine& line) {
    QJsonArray points;
    for (const auto& bucket : line.buckets) points << bucketJson(bucket);
    return {{u"connection"_s, queue.queue.connection},
            {u"system"_s, queue.queue.system},
            {u"queue"_s, queue.queue.queue},
            {u"metric"_s, line.metric},
            {u"width_s"_s, static_cast<double>(queue.answer.width_ms) / 1000},
            {u"interval_s"_s, static_cast<double>(queue.answer.usual_interval_ms) / 1000},
            {u"damaged_pieces"_s, queue.answer.damaged_chunks},
            {u"points"_s, points}};
}

}  // namespace

std::vector<ChosenSeries> chosenSeries(const std::vector<HistorySeries>& all, const SeriesChoice& choice) {
    const auto fits = [](const QString& wanted, const QString& is) {
        return wanted.isEmpty() || wanted == is;
    };
    std::vector<ChosenSeries> chosen;
    for (const auto& [queue, metric] : all) {
        if (!fits(choice.connection, queue.connection) || !fits(choice.system, queue.system) ||
            !fits(choice.queue, queue.queue))
            continue;
        if (!choice.metrics.isEmpty() && !choice.metrics.contains(metric)) continue;
        if (chosen.empty() || !(chosen.back().queue == queue)) chosen.push_back({queue, {}});
        chosen.back().metrics << metric;
    }
    return chosen;
}

QString csvHead() {
    return u"at,connection,system,queue,metric,min,max,last,mean,count,provenance,gap_before,gap_inside\n"_s;
}

QString csvText(const ExportedQueue& queue) {
    QString out;
    const QString names = csvField(queue.queue.connection) + u',' + csvField(queue.queue.system) + u',' +
                          csvField(queue.queue.queue) + u',';
    for (const auto& line : queue.answer.lines)
        for (const auto& b : line.buckets)
            out += QStringList{toIsoUtc(b.at),
                               names + csvField(line.metric),
                               numberText(b.min),
                               numberText(b.max),
                               numberText(b.last),
                               numberText(b.mean),
                               QString::number(b.count),
                               provenanceName(b.provenance),
                               b.gap_before ? u"1"_s : u"0"_s,
                               b.gap_inside ? u"1"_s : u"0"_s}
                       .join(u',') +
                   u'\n';
    return out;
}

QJsonObject exportJson(const std::vector<ExportedQueue>& queues, ServerTime from, ServerTime to) {
    QJsonArray series;
    for (const auto& queue : queues)
        for (const auto& line : queue.answer.lines) series << lineJson(queue, line);
    return {{u"schema"_s, 1}, {u"from"_s, toIsoUtc(from)}, {u"to"_s, toIsoUtc(to)}, {u"series"_s, series}};
}

QJsonObject markJson(const HistoryMark& mark) {
    return {{u"id"_s, static_cast<qint64>(mark.id)},
            {u"at"_s, toIsoUtc(mark.at)},
            {u"kind"_s, historyMarkKindName(mark.kind)},
            {u"connection"_s, mark.connection},
            {u"queue"_s, mark.queue},
            {u"text"_s, mark.text}};
}

}  // namespace spillway
