// A report says what is kept of a time, and only that; as Markdown and HTML it cannot be abused by a name.
#include <QFile>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>
#include <QXmlStreamReader>

#include "backends/report/gathered_report.h"
#include "backends/report/report_writing.h"
#include "tests/history/history_story.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

namespace {

ServerTime at(qint64 seconds) {
    return serverTimeFromMillis(kStart + seconds * 1000);
}

FindingRun run(const QString& id, const QString& queue, qint64 since, qint64 seen, Severity severity) {
    return {{id, at(since), at(seen)}, u"prod"_s, u"pgboss"_s, queue, severity, id, id + u" sentence."_s};
}

// Two hours of orders: a backlog that grows after the first, with a hole of ten minutes in the second.
void tell(HistoryStore& store) {
    for (qint64 second = 0; second < 7200; second += 10) {
        if (second >= 5000 && second < 5600) continue;
        HistoryBatch batch =
            batchOf(kStart + second * 1000,
                    {{u"ready"_s, second < 3600 ? 100.0 : 100.0 + 10 * static_cast<double>(second - 3600)},
                     {u"dead"_s, second < 3600 ? 0.0 : 12.0}});
        if (second >= 3700 && second < 6000)
            batch.findings.push_back(
                run(u"never_drains:pgboss:orders"_s, u"orders"_s, 3700, second, Severity::critical));
        if (second >= 100 && second < 200)
            batch.findings.push_back(
                run(u"dead_letters:pgboss:emails"_s, u"emails"_s, 100, second, Severity::warning));
        store.record(batch);
    }
    QVERIFY(store.flush().ok());
}

ReportRequest secondHour() {
    return {at(3600), at(7200), u"prod"_s, {}};
}

QStringList textsOf(const std::vector<ReportBlock>& blocks) {
    QStringList all;
    for (const ReportBlock& block : blocks) {
        all << block.text;
        for (const QStringList& row : block.rows) all << row.join(u" | "_s);
    }
    return all;
}

// No element but the expected ones, and well formed.
QString parsed(const QByteArray& svg) {
    QXmlStreamReader reader(svg);
    QStringList names;
    while (!reader.atEnd())
        if (reader.readNext() == QXmlStreamReader::StartElement) names << reader.name().toString();
    return reader.hasError() ? reader.errorString() : names.join(u' ');
}

}  // namespace

class IncidentReportTest : public QObject {
    Q_OBJECT
private slots:
    void itHoldsWhatHappenedInThatTimeAndNothingElse() {
        TemporaryHistory history;
        auto& store = history.open();
        tell(store);
        QVERIFY(store.addMark({.at = at(3650), .connection = u"prod"_s, .text = u"deploy 4f2c"_s}).ok());
        QVERIFY(store.addMark({.at = at(50), .text = u"too early"_s}).ok());
        Acknowledgement said{.connection = u"prod"_s,
                             .finding = u"never_drains:pgboss:orders"_s,
                             .queue = u"orders"_s,
                             .at = at(4000),
                             .by = u"anna"_s};
        QVERIFY(store.acknowledge(said).ok());
        auto report = gatherReport(store, history.folder.filePath(u"none.sqlite"_s), secondHour());
        QVERIFY(report.ok());
        QCOMPARE(report->findings.size(), 1U);
        QCOMPARE(report->marks.size(), 1U);
        QCOMPARE(report->acknowledgements.size(), 1U);
        QCOMPARE(report->queues.size(), 1U);
        QVERIFY(report->actions.empty() && report->notes.isEmpty());
        const QStringList texts = textsOf(reportBlocks(*report));
        const QString all = texts.join(u'\n');
        for (const QString& word :
             {u"01:01:40 | critical begins (orders on prod): never_drains:pgboss:orders"_s,
              u"01:00:50 | deploy (prod): deploy 4f2c"_s,
              u"01:06:40 | never_drains:pgboss:orders: acknowledged by anna until it ends"_s,
              u"waiting | 100 | 36 000 at "_s, u"dead | 12 | 12 at "_s,
              u"Nobody looked for a part of this time"_s})
            QVERIFY2(all.contains(word), qPrintable(word + u"\n---\n"_s + all));
        QVERIFY(!all.contains(u"emails"_s) && !all.contains(u"too early"_s));
    }

    void aQueueThatWasAskedForIsThereWithoutAnyFinding() {
        TemporaryHistory history;
        auto& store = history.open();
        tell(store);
        auto report = gatherReport(store, {}, {at(0), at(60), u"prod"_s, u"orders"_s});
        QVERIFY(report.ok());
        QVERIFY(report->findings.empty());
        QCOMPARE(report->queues.size(), 1U);
        const QString all = textsOf(reportBlocks(*report)).join(u'\n');
        QVERIFY(all.contains(u"No finding was recorded in this time."_s));
        QVERIFY2(all.contains(u"waiting | 100 | 100 at "_s), qPrintable(all));
    }

    void aChartIsBrokenWhereNobodyLooked() {
        TemporaryHistory history;
        auto& store = history.open();
        tell(store);
        const auto report = gatherReport(store, {}, secondHour());
        QVERIFY(report.ok());
        int charts = 0;
        for (const ReportBlock& block : reportBlocks(*report)) {
            if (block.kind != ReportBlock::Kind::chart) continue;
            ++charts;
            const QByteArray svg = reportChartSvg(block.chart);
            QCOMPARE(svg.count("<polyline"), 2);  // before the hole and after it
            QCOMPARE(svg.count("class=\"found\""), 1);
            QVERIFY2(!parsed(svg).contains(u"script"_s) && parsed(svg).startsWith(u"svg style rect text"_s),
                     qPrintable(parsed(svg)));
        }
        QCOMPARE(charts, 2);  // waiting and dead
    }

    void hostileNamesStayText() {
        const QString evil = u"<script>alert(1)</script> | `x` [a](http://b) & \"q\" @all\n# h"_s;
        IncidentReport report{.request = {at(0), at(60), {}, {}}};
        report.version = u"1"_s;
        report.findings = {run(evil, evil, 1, 2, Severity::critical)};
        report.marks = {{.at = at(5), .text = evil}};
        report.actions = {QJsonObject{{u"id"_s, evil},
                                      {u"at"_s, toIsoUtc(at(7))},
                                      {u"actor"_s, evil},
                                      {u"action"_s, u"replay"_s},
                                      {u"queue"_s, evil},
                                      {u"connection"_s, u"%4 %1"_s},
                                      {u"outcome"_s, u"done"_s},
                                      {u"counts"_s, QJsonObject{{u"moved"_s, 3}, {u"planned"_s, 4}}}}};
        ReportQueue queue{{u"prod"_s, u"pgboss"_s, evil},
                          {{u"ready"_s, {{.at = at(1), .max = 3, .last = 3, .mean = 3, .count = 1}}}}};
        report.queues = {queue};
        report.marks.front().queue = evil;
        const auto blocks = reportBlocks(report);
        const QString html = reportHtml(blocks);
        QVERIFY(!html.contains(u"<script"_s, Qt::CaseInsensitive));
        QVERIFY(html.contains(u"&lt;script&gt;"_s));
        const QString markdown = reportMarkdown(blocks, {u"x-1.svg"_s});
        for (const QString& line : markdown.split(u'\n')) {
            QVERIFY2(!line.startsWith(u"# h"_s), qPrintable(line));
            static const QRegularExpression raw(u"(?<!\\\\)(<script|\\[a)"_s);
            QVERIFY2(!raw.match(line).hasMatch(), qPrintable(line));
        }
        QVERIFY2(markdown.contains(u"3 of 4 moved, done"_s), qPrintable(markdown));
        for (const ReportBlock& block : blocks)
            if (block.kind == ReportBlock::Kind::chart)
                QVERIFY(!parsed(reportChartSvg(block.chart)).contains(u"script"_s));
    }

    void filesAreWrittenWholeOrNotAtAll() {
        QTemporaryDir folder;
        TemporaryHistory history;
        auto& store = history.open();
        tell(store);
        const auto report = gatherReport(store, {}, secondHour());
        QVERIFY(report.ok());
        const QString html = folder.filePath(u"night.html"_s), markdown = folder.filePath(u"a %2 night.md"_s);
        const auto one = writeReport(*report, html);
        QVERIFY(one.ok());
        QCOMPARE(one.value(), QStringList{html});
        QFile page(html);
        QVERIFY(page.open(QIODevice::ReadOnly));
        const QByteArray bytes = page.readAll();
        QVERIFY(bytes.contains("<svg ") && !bytes.contains("http-equiv=\"refresh\"") &&
                bytes.contains("default-src 'none'"));
        const auto several = writeReport(*report, markdown);
        QVERIFY(several.ok());
        QCOMPARE(several->size(), 3);
        for (const QString& path : several.value()) QVERIFY2(QFile::exists(path), qPrintable(path));
        QFile text(markdown);
        QVERIFY(text.open(QIODevice::ReadOnly));
        QVERIFY(text.readAll().contains("(<a %2 night-1.svg>)"));
        const auto drawn = writeReport(*report, markdown, [](const ReportChart&) {
            return ReportPicture{"picture", u"png"_s};
        });
        QVERIFY(drawn.ok() && drawn->contains(folder.filePath(u"a %2 night-2.png"_s)));
        QCOMPARE(writeReport(*report, folder.filePath(u"x.pdf"_s)).failure().kind, FailureKind::usage);
        const auto nowhere = writeReport(*report, u"/proc/nowhere/x.html"_s);
        QVERIFY(!nowhere && !nowhere.failure().nextStep.isEmpty());
    }
};

QTEST_GUILESS_MAIN(IncidentReportTest)
#include "tst_incident_report.moc"
