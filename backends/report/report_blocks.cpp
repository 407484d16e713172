#include "backends/report/report_blocks.h"

#include <QJsonArray>
#include <algorithm>
#include <cmath>

#include "backends/domain/acknowledgement.h"
#include "backends/domain/display_zone.h"
#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

using Kind = ReportBlock::Kind;

constexpr size_t kMostGroups = 10;
constexpr int kLongestError = 160;

ReportBlock heading(int level, const QString& text) {
    return {.kind = Kind::heading, .text = text, .level = level};
}
ReportBlock paragraph(const QString& text) {
    return {.kind = Kind::paragraph, .text = text};
}
ReportBlock tableOf(const QStringList& head, std::vector<QStringList> rows) {
    return {.kind = Kind::table, .text = {}, .head = head, .rows = std::move(rows)};
}

// "UTC", "CET", and both names where summer time begins or ends in between.
QString zoneOf(const IncidentReport& report) {
    QStringList names{displayZoneLabel(toUtc(report.request.from)),
                      displayZoneLabel(toUtc(report.request.to))};
    names.removeDuplicates();
    return names.join(u'/');
}

QString clock(ServerTime at, const IncidentReport& report) {
    const bool oneDay = displayTime(report.request.from).date() == displayTime(report.request.to).date();
    return displayTime(at).toString(oneDay ? u"HH:mm:ss"_s : u"yyyy-MM-dd HH:mm:ss"_s);
}

QString placeText(const QString& queue, const QString& connection) {
    if (queue.isEmpty()) return connection.isEmpty() ? u"everywhere"_s : connection;
    return connection.isEmpty() ? queue : u"%1 on %2"_s.arg(queue, connection);
}

bool endsInside(const FindingRun& run, const IncidentReport& report) {
    return run.span.seen < report.request.to - std::chrono::minutes{1};
}

QString countOfSeverity(const IncidentReport& report, Severity severity) {
    const auto n = std::count_if(report.findings.begin(), report.findings.end(),
                                 [&](const FindingRun& run) { return run.severity == severity; });
    return n == 0 ? QString() : u"%1 %2"_s.arg(n).arg(severityName(severity));
}

QString summaryOf(const IncidentReport& report) {
    if (report.findings.empty()) return u"No finding was recorded in this time."_s;
    QStringList counts;
    for (const Severity severity : {Severity::critical, Severity::warning, Severity::info})
        if (const QString count = countOfSeverity(report, severity); !count.isEmpty()) counts << count;
    const FindingRun& worst = *std::min_element(report.findings.begin(), report.findings.end(), isWorse);
    const double length = secondsBetween(worst.span.since, worst.span.seen);
    return u"Findings: %1. The worst: %2 It was seen for %3, first at %4."_s.arg(
        counts.join(u", "_s), worst.sentence.isEmpty() ? worst.title : worst.sentence,
        durationText(std::max(0.0, length)), clock(worst.span.since, report));
}

QString movedText(const QJsonObject& record) {
    const QJsonObject counts = record[u"counts"_s].toObject();
    return u"%1 of %2"_s.arg(counts[u"moved"_s].toInteger()).arg(counts[u"planned"_s].toInteger());
}

QString actionSentence(const QJsonObject& record) {
    return u"%1 %2 %3: %4 moved, %5 (audit %6)"_s.arg(
        record[u"actor"_s].toString(), record[u"action"_s].toString(),
        placeText(record[u"queue"_s].toString(), record[u"connection"_s].toString()), movedText(record),
        record[u"outcome"_s].toString(), record[u"id"_s].toString());
}

// Everything that has a moment, in its order.
ReportBlock timelineOf(const IncidentReport& report) {
    std::vector<std::pair<ServerTime, QString>> moments;
    for (const FindingRun& run : report.findings) {
        const QString where = placeText(run.queue, run.connection);
        if (run.span.since >= report.request.from)
            moments.emplace_back(run.span.since,
                                 u"%1 begins (%2): %3"_s.arg(severityName(run.severity), where, run.title));
        if (endsInside(run, report))
            moments.emplace_back(run.span.seen, u"last seen (%1): %2"_s.arg(where, run.title));
    }
    for (const HistoryMark& mark : report.marks)
        moments.emplace_back(mark.at,
                             u"%1 (%2): %3"_s.arg(historyMarkKindName(mark.kind),
                                                  placeText(mark.queue, mark.connection), mark.text));
    for (const Acknowledgement& said : report.acknowledgements) {
        const QString what = said.finding.isEmpty() ? placeText(said.queue, said.connection) : said.finding;
        moments.emplace_back(said.at, said.taken_back
                                          ? u"%1 takes the acknowledgement of %2 back"_s.arg(said.by, what)
                                          : u"%1: %2"_s.arg(what, acknowledgementText(said, said.at)));
    }
    for (const QJsonObject& record : report.actions)
        moments.emplace_back(timeOfAction(record), actionSentence(record));
    std::stable_sort(moments.begin(), moments.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<QStringList> rows;
    for (const auto& [at, what] : moments) rows.push_back({clock(at, report), what});
    return tableOf({zoneOf(report), u"What"_s}, std::move(rows));
}

ReportBlock findingsOf(const IncidentReport& report) {
    std::vector<FindingRun> worst = report.findings;
    std::stable_sort(worst.begin(), worst.end(), isWorse);
    std::vector<QStringList> rows;
    for (const FindingRun& run : worst)
        rows.push_back({severityName(run.severity), placeText(run.queue, run.connection),
                        clock(run.span.since, report),
                        endsInside(run, report) ? clock(run.span.seen, report) : u"goes on"_s,
                        run.sentence.isEmpty() ? run.title : run.sentence});
    return tableOf({u"Severity"_s, u"Where"_s, u"From"_s, u"To"_s, u"What"_s}, std::move(rows));
}

struct Figure {
    QString metric;
    QString name;
    QString (*text)(double);
};

const std::vector<Figure>& figures() {
    static const std::vector<Figure> all{
        {u"ready"_s, u"waiting"_s, [](double n) { return exactCountText(std::llround(n)); }},
        {u"oldest_age_s"_s, u"oldest waiting"_s, [](double n) { return durationText(n); }},
        {u"dead"_s, u"dead"_s, [](double n) { return exactCountText(std::llround(n)); }},
        {u"arrival_rate"_s, u"arriving"_s, [](double n) { return rateText(n); }},
        {u"drain_rate"_s, u"drained"_s, [](double n) { return rateText(n); }},
        {u"amplification"_s, u"executions for each job"_s, [](double n) { return factorText(n); }},
        {u"duplicate_claims"_s, u"duplicate claims seen"_s,
         [](double n) { return exactCountText(std::llround(n)); }}};
    return all;
}

QStringList figureRow(const Figure& figure, const HistoryLine& line, const IncidentReport& report) {
    const auto& buckets = line.buckets;
    const auto most = std::max_element(buckets.begin(), buckets.end(),
                                       [](const auto& a, const auto& b) { return a.max < b.max; });
    Provenance weakest = Provenance::exact;
    for (const HistoryBucket& bucket : buckets) weakest = weaker(weakest, bucket.provenance);
    const auto say = [&](double value) { return provenanceSign(weakest) + figure.text(value); };
    return {figure.name, say(buckets.front().min), u"%1 at %2"_s.arg(say(most->max), clock(most->at, report)),
            say(buckets.back().last)};
}

void addQueue(std::vector<ReportBlock>& blocks, const ReportQueue& queue, const IncidentReport& report) {
    blocks.push_back(heading(3, placeText(queue.key.queue, queue.key.connection)));
    std::vector<QStringList> rows;
    bool broken = false;
    for (const Figure& figure : figures()) {
        const HistoryLine* line = queue.line(figure.metric);
        if (!line) continue;
        rows.push_back(figureRow(figure, *line, report));
        // What is read at every poll tells of holes; an age has none while nothing waits.
        for (size_t i = 1; figure.metric == "ready"_L1 && i < line->buckets.size(); ++i)
            broken = broken || line->buckets[i].gap_before;
    }
    if (rows.empty())
        return blocks.push_back(paragraph(u"Nothing was recorded of this queue in this time."_s));
    blocks.push_back(tableOf({QString(), u"First"_s, u"Most"_s, u"Last"_s}, std::move(rows)));
    if (broken)
        blocks.push_back(paragraph(u"Nobody looked for a part of this time; the lines are broken there."_s));
    ReportChart chart{.from = report.request.from, .to = report.request.to};
    for (const FindingRun& run : report.findings)
        if (run.connection == queue.key.connection && run.system == queue.key.system &&
            run.queue == queue.key.queue && run.severity != Severity::info)
            chart.shaded.emplace_back(run.span.since, run.span.seen);
    for (const HistoryMark& mark : report.marks)
        if ((mark.queue.isEmpty() || mark.queue == queue.key.queue) &&
            (mark.connection.isEmpty() || mark.connection == queue.key.connection))
            chart.marks.push_back(mark);
    for (const auto& [metric, name] :
         {std::pair{u"ready"_s, u"waiting"_s}, std::pair{u"dead"_s, u"dead"_s}}) {
        const HistoryLine* line = queue.line(metric);
        if (!line || std::all_of(line->buckets.begin(), line->buckets.end(),
                                 [](const HistoryBucket& bucket) { return bucket.max <= 0; }))
            continue;
        chart.buckets = line->buckets;
        chart.name = u"%1: %2"_s.arg(placeText(queue.key.queue, queue.key.connection), name);
        blocks.push_back({.kind = Kind::chart, .text = chart.name, .chart = chart});
    }
}

void addDead(std::vector<ReportBlock>& blocks, const IncidentReport& report) {
    if (report.dead.empty()) return;
    blocks.push_back(heading(2, u"Dead letters when this was written"_s));
    for (const ReportDead& dead : report.dead) {
        blocks.push_back(heading(3, placeText(dead.queue, dead.connection)));
        if (!dead.failure.isEmpty()) {
            blocks.push_back(paragraph(dead.failure));
            continue;
        }
        std::vector<QStringList> rows;
        for (const DeadGroup& group : dead.groups.groups) {
            if (rows.size() == kMostGroups) break;
            rows.push_back(
                {countText(group.count), group.kind,
                 group.last_seen ? displayTime(*group.last_seen).toString(u"yyyy-MM-dd HH:mm"_s) : u"–"_s,
                 visibleText(group.signature, kLongestError)});
        }
        blocks.push_back(rows.empty() ? paragraph(u"None."_s)
                                      : tableOf({u"Jobs"_s, u"Kind"_s,
                                                 u"Last died (%1)"_s.arg(zoneOf(report)), u"Error"_s},
                                                std::move(rows)));
    }
}

void addActions(std::vector<ReportBlock>& blocks, const IncidentReport& report) {
    if (report.actions.empty()) return;
    std::vector<QStringList> rows;
    for (const QJsonObject& record : report.actions) {
        rows.push_back({clock(timeOfAction(record), report), record[u"actor"_s].toString(),
                        record[u"action"_s].toString(),
                        placeText(record[u"queue"_s].toString(), record[u"connection"_s].toString()),
                        movedText(record), record[u"outcome"_s].toString(), record[u"reason"_s].toString(),
                        record[u"id"_s].toString()});
    }
    blocks.push_back(heading(2, u"Actions"_s));
    blocks.push_back(tableOf(
        {zoneOf(report), u"Who"_s, u"What"_s, u"Where"_s, u"Moved"_s, u"Outcome"_s, u"Reason"_s, u"Audit"_s},
        std::move(rows)));
}

}  // namespace

QString reportTitle(const IncidentReport& report) {
    QString what = placeText(report.request.queue, report.request.connection);
    if (what == u"everywhere"_s) what = u"all connections"_s;
    return u"Incident report: %1, %2 %3"_s.arg(
        what, displayTime(report.request.from).toString(u"yyyy-MM-dd HH:mm"_s), zoneOf(report));
}

std::vector<ReportBlock> reportBlocks(const IncidentReport& report) {
    std::vector<ReportBlock> blocks{heading(1, reportTitle(report))};
    blocks.push_back(paragraph(u"%1 to %2 %7 (%3). Written %4 %7%5 with Spillway %6."_s.arg(
        displayTime(report.request.from).toString(u"yyyy-MM-dd HH:mm"_s),
        displayTime(report.request.to).toString(u"yyyy-MM-dd HH:mm"_s),
        durationText(secondsBetween(report.request.from, report.request.to)),
        displayTime(report.made_at).toString(u"yyyy-MM-dd HH:mm"_s),
        report.made_by.isEmpty() ? QString() : u" by %1"_s.arg(report.made_by), report.version,
        zoneOf(report))));
    blocks.push_back(paragraph(summaryOf(report)));
    if (ReportBlock timeline = timelineOf(report); !timeline.rows.empty()) {
        blocks.push_back(heading(2, u"What happened"_s));
        blocks.push_back(std::move(timeline));
    }
    if (!report.findings.empty()) {
        blocks.push_back(heading(2, u"Findings"_s));
        blocks.push_back(findingsOf(report));
    }
    if (!report.queues.empty()) blocks.push_back(heading(2, u"Queues"_s));
    for (const ReportQueue& queue : report.queues) addQueue(blocks, queue, report);
    if (report.queues_left_out > 0)
        blocks.push_back(paragraph(
            u"%1 more queues had findings; they are in the list above."_s.arg(report.queues_left_out)));
    addDead(blocks, report);
    addActions(blocks, report);
    for (const QString& note : report.notes) blocks.push_back(paragraph(note));
    blocks.push_back(paragraph(
        u"Times of findings and figures are the servers' clocks; what people said and did is this machine's. "
        "≈ is estimated, ≥ is at least."_s));
    return blocks;
}

}  // namespace spillway
