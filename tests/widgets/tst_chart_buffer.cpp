// Pure parts of the charts: the buffer, the area between two lines, the words at the axes.
#include <QtTest>
#include <algorithm>
#include <cmath>

#include "widgets/charts/axis_format.h"
#include "widgets/charts/chart_buffer.h"
#include "widgets/charts/chart_text.h"
#include "widgets/charts/gap_fill.h"
#include "widgets/models/sparkline.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class ChartBufferTest : public QObject {
    Q_OBJECT

    static std::vector<double> valuesOf(const std::vector<ChartPoint>& points) {
        std::vector<double> values;
        for (const auto& point : points) values.push_back(point.value);
        return values;
    }
    static ptrdiff_t gapsIn(const std::vector<ChartPoint>& points) {
        return std::count_if(points.begin(), points.end(), [](const auto& p) { return std::isnan(p.value); });
    }

    static ChartColumn at(double time, double value) { return {time, time, value, value, value}; }

private slots:
    void keepsOneSpikeAtAnyZoom() {
        ChartBuffer buffer(5, 86400);
        for (int second = 0; second < 36'000; second += 2)
            buffer.add(second, second == 17'000 ? 9000.0 : 10.0);
        for (const int pixels : {5000, 700, 40, 3}) {
            const auto points = buffer.points(0, 36'000, pixels);
            QVERIFY2(points.size() <= static_cast<size_t>(2 * pixels + 4),
                     qPrintable(QString::number(points.size())));
            const auto values = valuesOf(points);
            QCOMPARE(*std::max_element(values.begin(), values.end()), 9000.0);
        }
    }

    void silenceAndUnknownAreGaps() {
        ChartBuffer buffer(5, 3600, 120);
        for (int second = 0; second <= 100; second += 10) buffer.add(second, 1.0);
        for (int second = 400; second <= 500; second += 10) buffer.add(second, 2.0);  // nothing for 300 s
        buffer.add(510, std::nullopt);                                                // not observable once
        for (int second = 520; second <= 600; second += 10) buffer.add(second, 3.0);
        QCOMPARE(gapsIn(buffer.points(0, 600, 1000)), 2);
        QCOMPARE(gapsIn(buffer.points(0, 600, 3)), 2);
        QCOMPARE(buffer.valueAt(100), std::optional(1.0));
        QCOMPARE(buffer.valueAt(250), std::nullopt);
        QCOMPARE(buffer.valueAt(405), std::optional(2.0));
        QCOMPARE(buffer.valueAt(-1), std::nullopt);
    }

    void forgetsWhatIsOlderThanItsSpan() {
        ChartBuffer buffer(5, 600);
        for (int second = 0; second <= 2000; second += 5) buffer.add(second, second);
        QVERIFY(buffer.firstTime() >= 1390);
        QCOMPARE(buffer.lastTime(), 2000.0);
    }

    void startsAnewWhenTheServersClockJumpsBack() {
        ChartBuffer buffer(5, 600);
        buffer.add(1000, 7.0);
        buffer.add(500, 8.0);
        QCOMPARE(buffer.firstTime(), 500.0);
        QCOMPARE(buffer.valueAt(1000 - 450), std::optional(8.0));
    }

    void emptyBufferHasNoPoints() {
        const ChartBuffer buffer(5, 600);
        QVERIFY(buffer.points(0, 100, 100).empty());
        QCOMPARE(buffer.valueAt(5), std::nullopt);
    }

    void fillsTheGapWithTheColourOfItsSide() {
        const std::vector<ChartPoint> arrivals{{0, 10}, {10, 30}}, drain{{0, 20}, {10, 20}};
        const GapFill fill = gapFill(arrivals, drain);
        QCOMPARE(fill.growing.at, (std::vector<double>{0, 5, 10}));       // they cross in the middle
        QCOMPARE(fill.growing.lower, (std::vector<double>{20, 20, 20}));  // the drain
        QCOMPARE(fill.growing.upper, (std::vector<double>{20, 20, 30}));
        QCOMPARE(fill.shrinking.lower, (std::vector<double>{10, 20, 30}));
        QCOMPARE(fill.shrinking.upper, (std::vector<double>{20, 20, 30}));
    }

    void doesNotFillAcrossAGap() {
        const double gap = std::nan("");
        const GapFill fill = gapFill({{0, 10}, {1, gap}, {2, 10}}, {{0, 5}, {1, 5}, {2, 20}});
        QCOMPARE(fill.growing.at.size(), size_t(3));
        QVERIFY(std::isnan(fill.growing.upper[1]) && std::isnan(fill.growing.lower[1]));
    }

    void siTicks_data() {
        QTest::addColumn<double>("value");
        QTest::addColumn<double>("step");
        QTest::addColumn<QString>("text");
        QTest::newRow("zero") << 0.0 << 1000.0 << u"0"_s;
        QTest::newRow("zero with rounding dust") << 1e-13 << 0.2 << u"0"_s;
        QTest::newRow("thousands") << 5000.0 << 1000.0 << u"5.0 k"_s;
        QTest::newRow("fine thousands") << 5250.0 << 50.0 << u"5.25 k"_s;
        QTest::newRow("millions") << 2.5e6 << 2.5e6 << u"2.5 M"_s;
        QTest::newRow("halves") << 7.5 << 2.5 << u"7.5"_s;
        QTest::newRow("quarters of thousands") << 1250.0 << 250.0 << u"1.25 k"_s;
        QTest::newRow("plain") << 250.0 << 50.0 << u"250"_s;
        QTest::newRow("fractions") << 0.4 << 0.2 << u"0.4"_s;
        QTest::newRow("small") << 0.05 << 0.05 << u"0.05"_s;
        QTest::newRow("negative") << -1500.0 << 500.0 << u"-1.5 k"_s;
    }
    void siTicks() {
        QFETCH(double, value);
        QFETCH(double, step);
        QTEST(siTickText(value, step), "text");
    }

    void timeTicks_data() {
        QTest::addColumn<double>("step");
        QTest::addColumn<QString>("text");
        QTest::newRow("seconds") << 15.0 << u"03:12:15"_s;
        QTest::newRow("minutes") << 600.0 << u"03:12"_s;
        QTest::newRow("half days") << 43200.0 << u"Tue 03:12"_s;
        QTest::newRow("days") << 86400.0 << u"3 Mar"_s;
    }
    void timeTicks() {
        QFETCH(double, step);
        QTEST(timeTickText(1'772'503'935, step, QTimeZone("Europe/Berlin")), "text");
    }

    void ticksStandOnFullLocalTime() {
        const QTimeZone india("Asia/Kolkata");  // UTC+5:30: a full hour there is a half one in UTC
        const double tick = firstTimeTick(1'772'503'935, 3600, india);
        QCOMPARE(timeTickText(tick, 3600, india), u"08:00"_s);
        QVERIFY(tick >= 1'772'503'935 && tick < 1'772'503'935 + 3600);
    }

    void timeSteps_data() {
        QTest::addColumn<double>("roughly");
        QTest::addColumn<double>("step");
        QTest::newRow("9 min") << 540.0 << 600.0;
        QTest::newRow("exactly an hour") << 3600.0 << 3600.0;
        QTest::newRow("4 h") << 14'400.0 << 21'600.0;
        QTest::newRow("a year") << 3e7 << 2'592'000.0;
    }
    void timeSteps() {
        QFETCH(double, roughly);
        QTEST(timeTickStep(roughly), "step");
    }

    void csvSaysWhoseChartItWas() {
        const QString csv = chartCsv({{u"dead"_s, {at(0, 0.1 + 0.2)}}}, u',',
                                     {{u"connection"_s, u"prod"_s}, {u"queue"_s, u"=a,b"_s}});
        QCOMPARE(csv.section(u'\n', 0, 0), u"time_utc,dead,connection,queue"_s);
        QVERIFY2(csv.section(u'\n', 1, 1).endsWith(u",0.3,prod,\"'=a,b\""_s), qPrintable(csv));
    }

    void csvHasOneLineForEachTime() {
        const QString csv = chartCsv({{u"arrivals_per_s"_s, {at(0, 5000), at(5, 5100)}},
                                      {u"drain_per_s"_s, {at(0, 1000)}},
                                      {u"waiting"_s, {at(0, 12), at(5, std::nan(""))}}},
                                     u',');
        QCOMPARE(csv,
                 u"time_utc,arrivals_per_s,drain_per_s,waiting\n"
                 "1970-01-01T00:00:00.000Z,5000,1000,12\n"
                 "1970-01-01T00:00:05.000Z,5100,,\n"_s);
    }

    void csvHasTheBandWhereThereIsOne() {
        const QString csv = chartCsv({{u"rate"_s, {{0, 60, 1, 9, 4}, at(120, 5)}}}, u'\t');
        QCOMPARE(csv,
                 u"time_utc\trate\trate_min\trate_max\n"
                 "1970-01-01T00:01:00.000Z\t4\t1\t9\n"
                 "1970-01-01T00:02:00.000Z\t5\t5\t5\n"_s);
    }

    void csvFieldsCannotStartAFormula() {
        QCOMPARE(csvField(u"=HYPERLINK(1)"_s, u','), u"'=HYPERLINK(1)"_s);
        QCOMPARE(csvField(u"a,\"b\""_s, u','), u"\"a,\"\"b\"\"\""_s);
        QCOMPARE(csvField(u"worker-3"_s, u','), u"worker-3"_s);
    }

    void pastComesBeforeWhatIsLive() {
        ChartBuffer buffer(5, 3600);
        for (int second = 1000; second <= 1100; second += 10) buffer.add(second, 1.0);
        std::vector<PastPoint> past;
        for (int second = 500; second <= 1200; second += 10)
            past.push_back({double(second), 2, 2, 2, second == 700});
        buffer.addPast(past, 0);
        QCOMPARE(buffer.firstTime(), 500.0);
        QCOMPARE(buffer.lastTime(), 1200.0);
        QCOMPARE(buffer.valueAt(995), std::optional(2.0));
        QCOMPARE(buffer.valueAt(1050), std::optional(1.0));  // what was live stays
        QCOMPARE(gapsIn(buffer.points(0, 1300, 1000)), 1);   // the one of the past; none at the seam
        QCOMPARE(buffer.gaps(0, 1300), (std::vector{std::pair{690.0, 700.0}}));
        const auto points = buffer.points(0, 1300, 5000);
        QVERIFY(std::is_sorted(points.begin(), points.end(),
                               [](const auto& a, const auto& b) { return a.at < b.at; }));
        buffer.addPast(past, 0);
        QCOMPARE(buffer.points(0, 1300, 5000).size(), points.size());  // a second time adds nothing
    }

    void pastKeepsLeastAndGreatest() {
        ChartBuffer buffer(60, 86400, 180);
        buffer.addPast({{0, 1, 900, 10, false}, {60, 4, 4, 4, false}}, 60);
        const auto columns = buffer.columns(0, 120, 2);
        QCOMPARE(columns.size(), size_t(2));
        QCOMPARE(columns[0].low, 1.0);
        QCOMPARE(columns[0].high, 900.0);
        QCOMPARE(columns[0].last, 10.0);
        QVERIFY(!columns[0].running && columns[1].running);
        buffer.add(90, 7);  // within the bucket that the history had begun
        QCOMPARE(buffer.valueAt(30), std::optional(10.0));
        QCOMPARE(buffer.valueAt(90), std::optional(7.0));
        buffer.add(150, 8);
        QCOMPARE(buffer.firstTime(), 0.0);  // the clock did not jump: nothing was forgotten
    }

    void notObservedSinceTheLastRunIsAGap() {
        ChartBuffer buffer(5, 7200);
        for (int second = 5000; second <= 5100; second += 5) buffer.add(second, 3.0);
        buffer.addPast({{3000, 2, 2, 2, false}, {3005, 2, 2, 2, false}}, 0);
        QCOMPARE(buffer.gaps(0, 6000), (std::vector{std::pair{3005.0, 5000.0}}));
        QCOMPARE(buffer.valueAt(4000), std::nullopt);
    }

    void sparklineForgetsAfterAQuarterOfAnHour() {
        Sparkline line;
        for (int second = 0; second < 3000; second += 5) line.add(second, second);
        const auto values = line.values();
        QCOMPARE(values.size(), size_t(Sparkline::kBuckets));
        QCOMPARE(values.back(), 2995.0F);
        QCOMPARE(values.front(), 2110.0F);  // 59 buckets of 15 s earlier, its last value
    }

    void sparklineBridgesSlowPollsButNoSilence() {
        Sparkline line;
        line.add(0, 10);
        line.add(45, 40);  // polls that are far apart, to spare the server
        QCOMPARE(line.values(), (std::vector<float>{10, 20, 30, 40}));
        line.add(45 + 9 * 15, 5);
        const auto values = line.values();
        QCOMPARE(values.size(), size_t(13));
        QVERIFY(std::all_of(values.begin() + 4, values.end() - 1, [](float v) { return std::isnan(v); }));
    }

    void sparklineTellsWhetherItChanged() {
        Sparkline line;
        QVERIFY(line.add(0, 5));
        QVERIFY(!line.add(5, 5));
        QVERIFY(line.add(6, 6));
        QVERIFY(line.add(100, std::nullopt));
        const auto values = line.values();
        QVERIFY(std::isnan(values.back()) && std::isnan(values[1]));
        QCOMPARE(values.front(), 6.0F);
    }
};

QTEST_GUILESS_MAIN(ChartBufferTest)
#include "tst_chart_buffer.moc"
