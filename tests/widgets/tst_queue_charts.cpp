// The four charts of a queue: linked, fed from the past, saved, and silent while nobody looks.
#include <QClipboard>
#include <QDateTimeEdit>
#include <QImage>
#include <QMenu>
#include <QPainter>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSvgRenderer>
#include <QTemporaryDir>
#include <QtTest>

#include "backends/domain/human_text.h"
#include "tests/support/invented_scene.h"
#include "widgets/charts/age_bands.h"
#include "widgets/charts/backlog_card.h"
#include "widgets/charts/incident_list.h"
#include "widgets/charts/past_requests.h"
#include "widgets/charts/time_view.h"
#include "widgets/charts/wave_bars.h"
#include "widgets/dialogs/span_dialog.h"
#include "widgets/pages/card_grid.h"
#include "widgets/pages/queue_page.h"
#include "widgets/parts/theme.h"

using namespace spillway;
using namespace Qt::StringLiterals;
using test::InventedScene;
using test::QueueBuilder;
using test::ReadingBuilder;

namespace {

double seconds(ServerTime time) {
    return static_cast<double>(millisSinceEpoch(time)) / 1000;
}

double sceneEnd() {
    return seconds(test::someNight());
}

enum Card : size_t { Backlog, DeadLetters, Retries, Duplicates };

}  // namespace

class QueueChartsTest : public QObject {
    Q_OBJECT
    std::unique_ptr<Theme> m_theme;
    QDir m_folder;

    static QueueRef orders() { return {u"prod-pg"_s, u"pgboss"_s, u"orders"_s}; }
    static void tell(QueuePage& page, double from, double step = 15) {
        InventedScene scene;
        for (double ago = from; ago >= 0; ago -= step) page.setConnections(scene.at(ago));
    }
    static void replot(QueuePage& page) {
        for (auto* card : page.cards()) card->chart()->replotNow();
        QCoreApplication::processEvents();
    }
    // What the history would answer: every metric the charts draw, rising slowly, one gap two hours ago.
    static QueuePast past(double from, double to, double width) {
        QueuePast past{from, to, width, {}};
        const double gap = sceneEnd() - 2.5 * 3600;
        for (size_t i = 0; i < kChartSeries; ++i) {
            const QString name = metricName(static_cast<ChartSeries>(i));
            if (name.isEmpty()) continue;
            auto& points = past.metrics[name];
            for (double at = from; at < to; at += width) {
                if (at > gap && at < gap + 2700) continue;
                const double base = baseOf(static_cast<ChartSeries>(i), at);
                const double spread = 0.08 * base * std::abs(std::sin(at / 900));
                points.push_back(
                    {at, base - spread, base + spread, base, at > gap && at <= gap + 2700 + width});
            }
        }
        return past;
    }
    static double baseOf(ChartSeries series, double at) {
        const double day = 1 + 0.3 * std::sin(at / 86400 * 6.283);
        switch (series) {
            case ChartSeries::waiting:
                return 900 * day;
            case ChartSeries::arrivals:
            case ChartSeries::drain:
                return 1100 * day;
            case ChartSeries::amplification:
                return 1.05;
            case ChartSeries::duplicate_upper:
                return 25;
            case ChartSeries::dead:
                return 12;
            case ChartSeries::dead_oldest_age:
            case ChartSeries::dead_p50_age:
            case ChartSeries::dead_p90_age:
                return 200;
            default:
                return 0;
        }
    }
    // A queue of which every signal is as low as it can be.
    static ConnectionViews quiet(double ago) {
        const ServerTime at = test::someNight() - std::chrono::milliseconds(static_cast<qint64>(ago * 1000));
        auto reading = std::make_shared<Reading>(*ReadingBuilder(u"prod-pg"_s)
                                                      .system(u"pgboss"_s, u"pg-boss"_s)
                                                      .queue(QueueBuilder(u"orders"_s).waiting(0))
                                                      .build());
        reading->observed_at = at;
        QueueHealth& queue = reading->systems.front().queues.front();
        queue.retry.amplification = Ratio::exact(1);
        queue.recent_duplicates = duplicateClaims(Count::exact(300'000), Count::exact(0));
        queue.duplicates = queue.recent_duplicates;
        ConnectionView view;
        view.name = u"prod-pg"_s;
        return {withReading(view, reading, QDateTime::currentDateTime())};
    }
    static bool near(const QColor& a, const QColor& b) { return apart(a, b) < 60; }
    static int apart(const QColor& a, const QColor& b) {
        return std::abs(a.red() - b.red()) + std::abs(a.green() - b.green()) + std::abs(a.blue() - b.blue());
    }
    static bool isRather(const QColor& pixel, const QColor& color, const QColor& ground) {
        return apart(pixel, color) < apart(pixel, ground);
    }
    // Ground, grid, hatching and words about the gap.
    static bool isGrey(const QColor& pixel, const ThemeTokens& tokens) {
        const auto tint = [](const QColor& c) {
            return std::max({c.red(), c.green(), c.blue()}) - std::min({c.red(), c.green(), c.blue()});
        };
        return tint(pixel) <= tint(tokens.secondary) + 12;
    }
    void save(QWidget& widget, const QString& name) {
        QCoreApplication::processEvents();
        QVERIFY2(widget.grab().save(m_folder.filePath(name)), qPrintable(name));
    }

private slots:
    void initTestCase() {
        m_theme = std::make_unique<Theme>(*qApp, ThemeMode::dark);
        m_folder = QDir(qEnvironmentVariable("SPILLWAY_SCREENSHOTS",
                                             QString::fromUtf8(SPILLWAY_BINARY_DIR "/../screenshots")));
        QVERIFY(m_folder.mkpath(u"."_s));
    }

    void plotAreasStartAndEndAtTheSameX() {
        QueuePage page;
        page.resize(1190, 700);
        page.show();
        page.setQueue(orders());
        tell(page, 600);
        replot(page);
        std::vector<std::pair<int, int>> areas;
        for (auto* card : page.cards()) {
            const QRect area = card->chart()->plotArea();
            const int left = card->chart()->mapTo(&page, area.topLeft()).x();
            areas.emplace_back(left, area.width());
            QVERIFY(area.width() > 200);
        }
        QCOMPARE(areas[Backlog], areas[Retries]);
        QCOMPARE(areas[DeadLetters], areas[Duplicates]);
        QCOMPARE(areas[Backlog].second, areas[DeadLetters].second);
    }

    void crosshairMovesInAllWithValues() {
        QueuePage page;
        page.resize(1190, 700);
        page.show();
        page.setQueue(orders());
        tell(page, 2400);
        QVERIFY2(page.cards()[Retries]->legend().contains(u"3.1"_s),
                 qPrintable(page.cards()[Retries]->legend()));
        page.cards()[DeadLetters]->chart()->setCrosshair(sceneEnd() - 2200);  // before the load came
        QVERIFY(page.cards()[Backlog]->legend().contains(u"waiting 900"_s));
        QVERIFY2(page.cards()[Retries]->legend().contains(u"executions per job 1.0"_s),
                 qPrintable(page.cards()[Retries]->legend()));
        QVERIFY(page.cards()[Duplicates]->legend().contains(u"per million, last 5 min 0"_s));
        QVERIFY(page.cards()[DeadLetters]->legend().contains(u"dead 12"_s));
        for (auto* card : page.cards()) QCOMPARE(card->chart()->crosshair(), page.view().crosshair());
        page.cards()[Retries]->chart()->setCrosshair(sceneEnd() + 9 * 60 + 10);  // ahead: the wave
        QVERIFY2(page.cards()[Retries]->legend().contains(u"wave 248.0 k/min"_s),
                 qPrintable(page.cards()[Retries]->legend()));
        QVERIFY(page.cards()[Backlog]->legend().contains(u"waiting –"_s));
    }

    void dragInOneZoomsAll() {
        QueuePage page;
        page.resize(1190, 700);
        page.show();
        page.setQueue(orders());
        tell(page, 2400);
        replot(page);
        const auto whole = page.view().visible();
        const auto linesIn = [&](size_t card) {
            return page.cards()[card]->chart()->visibleCsv().count(u'\n');
        };
        const auto before = linesIn(Duplicates);
        TimeChart* chart = page.cards()[Backlog]->chart();
        QWidget* plot = chart->childAt(chart->plotArea().center());
        const QRect area = chart->plotArea();
        const QPoint from(area.left() + area.width() / 4, area.center().y());
        const QPoint to(area.left() + area.width() / 2, area.center().y());
        QTest::mousePress(plot, Qt::LeftButton, {}, from);
        QTest::mouseMove(plot, to);
        QTest::mouseRelease(plot, Qt::LeftButton, {}, to);
        QVERIFY(page.view().zoomed());
        const auto zoomed = page.view().visible();
        const double length = whole.second - whole.first;
        QVERIFY(std::abs(zoomed.first - (whole.first + length / 4)) < length / 50);
        QVERIFY(std::abs(zoomed.second - (whole.first + length / 2)) < length / 50);
        QTRY_VERIFY(linesIn(Duplicates) < before * 2 / 3);  // by its own timer
        QTest::keyClick(page.cards()[Retries]->chart(), Qt::Key_Escape);
        QVERIFY(!page.view().zoomed());
        chart->zoomTo(whole.first, whole.first + 60);
        QTest::mouseDClick(plot, Qt::LeftButton, {}, area.center());
        QVERIFY(!page.view().zoomed());
        QTRY_COMPARE(linesIn(Duplicates), before);
    }

    // As the window system sends them: a library's widget in between must not keep them.
    void rightClickOpensTheMenuAndTheWheelScrolls() {
        QueuePage page;
        page.resize(900, 420);
        page.show();
        QVERIFY(QTest::qWaitForWindowExposed(&page));
        page.setQueue(orders());
        tell(page, 2400);
        replot(page);
        TimeChart* chart = page.cards()[Backlog]->chart();
        QStringList shown;
        QTimer::singleShot(200, &page, [&] {
            if (const auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget())) {
                for (const QAction* action : menu->actions()) shown << action->text();
                QApplication::activePopupWidget()->close();
            }
        });
        const QPoint center = chart->mapTo(&page, chart->plotArea().center());
        QTest::mouseClick(page.windowHandle(), Qt::RightButton, {}, center);
        QTRY_VERIFY2(shown.contains(u"Save values (CSV)…"_s), qPrintable(shown.join(u'|')));

        auto* scroll = page.findChild<QScrollArea*>();
        QVERIFY(scroll && scroll->verticalScrollBar()->maximum() > 0);
        const auto turn = [&](Qt::KeyboardModifiers keys) {
            QWidget* plot = chart->childAt(chart->plotArea().center());
            const QPointF at = plot->mapFrom(chart, chart->plotArea().center());
            QWheelEvent event(at, plot->mapToGlobal(at), {}, {0, -120}, Qt::NoButton, keys, Qt::NoScrollPhase,
                              false);
            QSpontaneKeyEvent::setSpontaneous(&event);
            qApp->notify(plot, &event);
        };
        turn({});
        QTRY_VERIFY(scroll->verticalScrollBar()->value() > 0);
        QVERIFY(!page.view().zoomed());
    }

    void ctrlAndWheelZoomInTime() {
        TimeView view;
        view.setNow(10'000, 1'000);
        view.setRange(3'600);
        const auto whole = view.visible();
        view.zoomAround(9'000, 0.8);
        view.zoomAround(9'000, 0.8);
        const auto zoomed = view.visible();
        QVERIFY(std::abs((zoomed.second - zoomed.first) / (whole.second - whole.first) - 0.64) < 1e-9);
        QVERIFY(std::abs((9'000 - zoomed.first) / (zoomed.second - zoomed.first) -
                         (9'000 - whole.first) / (whole.second - whole.first)) <
                1e-9);             // it stays in its place
        QVERIFY(view.zoomBack());  // many turns are one zoom
        QCOMPARE(view.visible(), whole);
        view.zoomAround(9'000, 0.8);
        view.zoomAround(8'000, 3);
        QVERIFY(!view.zoomed());
        view.zoomTo(8'000, 9'000);
        view.zoomAround(8'500, 0.5);
        view.zoomAround(8'500, 9);
        QCOMPARE(view.visible(), std::pair(8'000.0, 9'000.0));  // no further than the zoom by hand
    }

    void aPausedQueueIsNotCalledStalled() {
        QueueHealth queue;
        queue.reading.paused = true;
        queue.reading.ready = Count::exact(140);
        queue.forecast.verdict = DrainVerdict::stalled;
        queue.severity = Severity::critical;  // of a stuck lease
        const ChartWords words = backlogWords(queue, {nullptr, std::nullopt});
        QCOMPARE(words.verdict, u"paused with 140 waiting"_s);
        QCOMPARE(words.loud, std::optional(Severity::warning));
    }

    void nothingIsDrawnWhileHidden() {
        QueuePage page;
        page.setQueue(orders());
        tell(page, 600);
        QTest::qWait(250);
        for (auto* card : page.cards()) QCOMPARE(card->chart()->replots(), 0);
        page.resize(1190, 700);
        page.show();
        for (auto* card : page.cards()) QTRY_VERIFY(card->chart()->replots() > 0);
    }

    void drawsAtMostTenTimesASecond() {
        QueuePage page;
        page.resize(1190, 700);
        page.show();
        page.setQueue(orders());
        tell(page, 600, 60);
        TimeChart* chart = page.cards()[Retries]->chart();
        QTRY_VERIFY(chart->replots() > 0);
        const int before = chart->replots();
        QElapsedTimer clock;
        clock.start();
        InventedScene scene;
        for (double ago = 600; clock.elapsed() < 500; ago -= 0.05) {
            page.setConnections(scene.at(ago));
            QCoreApplication::processEvents();
        }
        const auto most = static_cast<int>(clock.elapsed() / 100) + 1;
        QVERIFY2(chart->replots() - before <= most, qPrintable(QString::number(chart->replots() - before)));
        QVERIFY(chart->replots() > before);
    }

    void asksForThePastOnceForEachSpan() {
        QueuePage page;
        QSignalSpy wanted(&page, &QueuePage::pastWanted);
        page.setQueue(orders());
        QCOMPARE(wanted.size(), 0);  // there is no reading yet: nobody knows what "now" is
        tell(page, 60);
        QCOMPARE(wanted.size(), 1);
        QCOMPARE(wanted[0][0].value<QueueRef>(), orders());
        QVERIFY(std::abs(wanted[0][2].toDouble() - wanted[0][1].toDouble() - 3600) < 61);
        page.setRange(15);
        QCOMPARE(wanted.size(), 1);  // within what was asked for
        page.setRange(24 * 60);
        page.setRange(7 * 1440);
        QCOMPARE(wanted.size(), 3);
        QVERIFY(std::abs(wanted[2][2].toDouble() - wanted[2][1].toDouble() - 7 * 86400) < 61);
        page.setRange(60);
        page.setRange(6 * 60);
        QCOMPARE(wanted.size(), 3);
        page.setQueue({u"prod-pg"_s, u"pgboss"_s, u"emails"_s});
        QCOMPARE(wanted.size(), 4);
        page.setQueue(orders());
        page.view().zoomTo(sceneEnd() - 10 * 3600, sceneEnd() - 9.5 * 3600);  // finer than the day has it
        const qsizetype asked = wanted.size();
        QCOMPARE(asked, 5);
        page.view().zoomBack();
        page.view().zoomTo(sceneEnd() - 10 * 3600, sceneEnd() - 9.5 * 3600);
        QCOMPARE(wanted.size(), asked);
    }

    void whatIsLiveNeedsNoQuestion() {
        PastRequests requests;
        const double now = 1e9;
        QVERIFY(!requests.wanted(orders(), now - 900, now, now - 1000, now));
        QVERIFY(requests.wanted(orders(), now - 3600, now, now - 1000, now));
        QVERIFY(!requests.wanted(orders(), now - 3600, now, now - 1000, now));
        QVERIFY(!requests.wanted(orders(), now - 3500 + 200, now + 200, now - 1000, now + 200));
        // An hour of yesterday: of what was live then only minutes are left.
        QVERIFY(requests.wanted(orders(), now - 40'000, now - 38'000, now - 80'000, now));
    }

    void thePastIsDrawnBeforeTheLive() {
        QueuePage page;
        page.resize(1190, 700);
        page.show();
        page.setQueue(orders());
        tell(page, 1200);
        page.setRange(360);
        replot(page);
        const auto firstLine = [](const QString& text) { return text.section(u'\n', 1, 1); };
        const QString live = page.cards()[Backlog]->chart()->visibleCsv();
        page.takePast(orders(), past(sceneEnd() - 6 * 3600, sceneEnd(), 60));
        replot(page);
        const QString csv = page.cards()[Backlog]->chart()->visibleCsv();
        QVERIFY2(firstLine(csv) < firstLine(live), qPrintable(firstLine(csv)));  // ISO times
        QVERIFY2(csv.count(u'\n') > 100, qPrintable(QString::number(csv.count(u'\n'))));
        QVERIFY(csv.startsWith(u"time_utc,arrivals_per_s,arrivals_per_s_min,arrivals_per_s_max,"_s));
        QVERIFY(page.cards()[Retries]->chart()->visibleCsv().count(u'\n') > 100);
        page.takePast({u"other"_s, u"x"_s, u"y"_s}, past(sceneEnd() - 7200, sceneEnd(), 60));
        QCOMPARE(page.cards()[Backlog]->chart()->visibleCsv(), csv);
    }

    void anEarlierTimeLiesBehindTheLines() {
        QueuePage page;
        page.resize(1190, 700);
        page.show();
        page.setQueue(orders());
        QVERIFY(page.compareButton()->isHidden());  // without a history there is nothing to compare with
        page.keepsHistory();
        QVERIFY(!page.compareButton()->isHidden());
        tell(page, 1200);
        replot(page);
        QSignalSpy wanted(&page, &QueuePage::pastWanted);
        page.compareWith(86400);
        QCOMPARE(wanted.size(), 1);
        const double from = wanted[0][1].toDouble(), to = wanted[0][2].toDouble();
        const auto [first, last] = page.view().visible();
        QVERIFY(from <= first - 86400 && to >= last - 86400);  // also what came after it
        page.takePast(orders(), past(from, to, 10));
        replot(page);
        const ChartCard* card = page.cards()[Backlog];
        const QString csv = card->chart()->visibleCsv();
        QVERIFY2(csv.startsWith(u"time_utc,"_s) && csv.contains(u"waiting_before_86400s"_s), qPrintable(csv));
        const auto before = page.view().ghost()->valueAt(ChartSeries::waiting, page.view().now());
        QVERIFY(before.has_value());
        QVERIFY(std::abs(*before - baseOf(ChartSeries::waiting, page.view().now() - 86400)) < 90);
        QVERIFY2(card->legend().contains(u"┄ 24 h before %1"_s.arg(countText(std::llround(*before)))),
                 qPrintable(card->legend()));
        // Its time is its own: the newer lines have not changed.
        QVERIFY(page.view().first() > first - 86400 / 2);
        page.setConnections(InventedScene().at(0));
        QCOMPARE(wanted.size(), 1);
        page.compareWith(0);
        replot(page);
        QVERIFY(!card->chart()->visibleCsv().contains(u"before"_s));
        QVERIFY(!card->legend().contains(u"before"_s));
    }

    void whereNothingWasRecordedThenItIsSaid() {
        QueuePage page;
        page.resize(1190, 700);
        page.show();
        page.setQueue(orders());
        tell(page, 1200);
        QSignalSpy wanted(&page, &QueuePage::pastWanted);
        page.compareWith(7 * 86400);
        QCOMPARE(wanted.size(), 1);
        QVERIFY(!page.cards()[Backlog]->legend().contains(u"before"_s));  // nobody has answered yet
        page.takePast(orders(), {wanted[0][1].toDouble(), wanted[0][2].toDouble(), 0, {}});
        QVERIFY2(page.cards()[Backlog]->legend().contains(u"7 d before nothing recorded"_s),
                 qPrintable(page.cards()[Backlog]->legend()));
        // The ghost of one queue is not that of another.
        page.setQueue({u"prod-pg"_s, u"pgboss"_s, u"emails"_s});
        QVERIFY(!page.view().ghost());
        QVERIFY(wanted.size() > 1);
    }

    void anyTimeCanBeShown() {
        SpanDialog dialog(sceneEnd() - 3600, sceneEnd(), sceneEnd());
        QCOMPARE(dialog.from(), std::floor(sceneEnd() - 3600));
        QVERIFY(dialog.showButton()->isEnabled());
        dialog.fromField()->setDateTime(dialog.toField()->dateTime().addSecs(5));
        QVERIFY(!dialog.showButton()->isEnabled());  // it would end before it begins
        dialog.fromField()->setDateTime(
            QDateTime::fromSecsSinceEpoch(static_cast<qint64>(sceneEnd()) - 86400));
        QVERIFY(dialog.showButton()->isEnabled());
        QueuePage page;
        page.setQueue(orders());
        tell(page, 60);
        page.showSpan(dialog.from(), dialog.to());
        QCOMPARE(page.view().visible(), (std::pair{dialog.from(), dialog.to()}));
    }

    void histogramOfAgesIsInTheValues() {
        QueuePage page;
        page.resize(1190, 700);
        page.show();
        page.setQueue({u"prod-pg"_s, u"pgboss"_s, u"emails"_s});
        tell(page, 60);
        replot(page);
        const QString csv = page.cards()[DeadLetters]->chart()->visibleCsv();
        QVERIFY2(csv.contains(u"\nage_now,dead\n< 1 h,40\n1–24 h,310\n"_s), qPrintable(csv));
        QVERIFY(csv.endsWith(u"> 90 d,1940550\n"_s));
        QVERIFY2(page.cards()[DeadLetters]->verdict().startsWith(u"≈ 2.0 M dead, oldest 92 d"_s),
                 qPrintable(page.cards()[DeadLetters]->verdict()));
        QCOMPARE(page.cards()[Retries]->verdict(), u"learning (7 of 20 executions)"_s);
        QVERIFY2(page.cards()[Duplicates]->verdict().startsWith(u"0 of 300 000 claims: at most 10"_s),
                 qPrintable(page.cards()[Duplicates]->verdict()));
    }

    void copiesAndSaves() {
        QueuePage page;
        page.resize(1190, 700);
        page.show();
        page.setQueue(orders());
        tell(page, 1200);
        replot(page);
        QTemporaryDir folder;
        for (auto* card : page.cards()) {
            TimeChart* chart = card->chart();
            QTest::keyClick(chart, Qt::Key_C, Qt::ControlModifier);
            QVERIFY(QGuiApplication::clipboard()->text().startsWith(u"time_utc\t"_s));
            QCOMPARE(chart->saveTo(folder.filePath(u"a.png"_s)), QString());
            QCOMPARE(chart->saveTo(folder.filePath(u"a.svg"_s)), QString());
            QCOMPARE(chart->saveTo(folder.filePath(u"a.csv"_s)), QString());
            const QImage png(folder.filePath(u"a.png"_s));
            QVERIFY(png.width() >= 2 * chart->plotArea().width());
            QSvgRenderer svg(folder.filePath(u"a.svg"_s));
            QVERIFY(svg.isValid());
            QImage drawn(svg.defaultSize(), QImage::Format_RGB32);
            drawn.fill(Qt::magenta);
            QPainter painter(&drawn);
            svg.render(&painter);
            QSet<QRgb> colors;
            for (int x = 0; x < drawn.width(); x += 3)
                for (int y = 0; y < drawn.height(); y += 3) colors.insert(drawn.pixel(x, y));
            QVERIFY2(colors.size() > 5, qPrintable(card->verdict()));
            QVERIFY(!colors.contains(QColor(Qt::magenta).rgb()));
            QFile csv(folder.filePath(u"a.csv"_s));
            QVERIFY(csv.open(QIODevice::ReadOnly));
            const QByteArray saved = csv.readAll();
            QVERIFY(saved.count('\n') > 20);
            QVERIFY2(saved.startsWith("time_utc,"), saved.left(200).constData());
            QVERIFY2(saved.left(saved.indexOf('\n')).endsWith(",connection,queue"),
                     saved.left(200).constData());
            QVERIFY2(saved.mid(saved.indexOf('\n') + 1).contains(",prod-pg,orders\n"),
                     saved.left(400).constData());
            QFile drawing(folder.filePath(u"a.svg"_s));
            QVERIFY(drawing.open(QIODevice::ReadOnly));
            const QString words = QString::fromUtf8(drawing.readAll());
            for (const QString& part : {u"orders"_s, u"prod-pg"_s, chart->rangeText()})
                QVERIFY2(words.contains(part), qPrintable(part));
            QVERIFY(!chart->caption().legend.empty());
            QVERIFY2(words.contains(chart->caption().legend.front().first.section(u' ', 1, 1)),
                     qPrintable(card->legend()));
            QVERIFY2(chart->fileName().contains(u"-orders-prod-pg-20"_s), qPrintable(chart->fileName()));
        }
        QVERIFY(!page.cards()[Backlog]->chart()->saveTo(folder.filePath(u"no/such/a.png"_s)).isEmpty());
        QVERIFY(
            page.cards()[Duplicates]->chart()->visibleCsv().contains(u"worker-0@web-2,worker-0@web-4,3.2"_s));
    }

    void marksOfOtherQueuesStayAway() {
        QueuePage page;
        page.setQueue(orders());
        page.setMarks({{10, ChartMarkKind::deploy, {}, {}, u"deploy 4f2c"_s},
                       {20, ChartMarkKind::action, u"prod-pg"_s, u"orders"_s, u"replayed 12"_s},
                       {30, ChartMarkKind::action, u"prod-pg"_s, u"emails"_s, u"discarded 3"_s},
                       {40, ChartMarkKind::drift, u"staging-pg"_s, {}, u"totals differ"_s}});
        QCOMPARE(page.view().marks().size(), size_t(2));
        page.setQueue({u"prod-pg"_s, u"pgboss"_s, u"emails"_s});
        QCOMPARE(page.view().marks().back().text, u"discarded 3"_s);
    }

    void whatIsNotObservableSaysWhy() {
        const QString why = u"pg-boss keeps no row for each claim. Install the claim log to see them."_s;
        QueueHealth queue = QueueBuilder(u"orders"_s).rates(5, 5).build(test::someNight());
        queue.duplicates = duplicateClaims(Count::notObservable(why), Count::exact(0));
        const ChartWords words = duplicateWords(queue, {});
        QCOMPARE(words.verdict, u"not observable"_s);
        QCOMPARE(words.missing, why);
        QVERIFY(words.legend[0].text.endsWith(u"–"_s));
        QVERIFY(!words.loud);
        queue.reading.retry_due = RetryDues::notObservable(u"no trace"_s);
        QCOMPARE(retryWords(queue, {}).note, u"– wave not observable"_s);
    }

    void estimatesCarryTheirSign() {
        const QueueHealth queue = QueueBuilder(u"q"_s)
                                      .waiting(Count::estimated(2'000'000, u"planner"_s))
                                      .rates(5, 4)
                                      .arrivalsEstimated()
                                      .build(test::someNight());
        const ChartWords words = backlogWords(queue, {});
        QCOMPARE(words.legend[0].text, u"━ arrivals ≈ 5.0/s"_s);
        QCOMPARE(words.legend[2].text, u"━ waiting ≈ 2.0 M"_s);
        QVERIFY(words.legend[2].hint.contains(u"planner"_s));
    }

    void waveBarsKeepTheFullestMinute() {
        const auto now = test::someNight();
        const RetryWave wave =
            retryWave({{now + std::chrono::minutes(7), 4100}, {now + std::chrono::minutes(8), 10}}, now,
                      Rate::exact(16.6));
        const auto minutes = waveBars(wave, seconds(now), 10);
        QCOMPARE(minutes.size(), size_t(60));
        QCOMPARE(minutes[7].per_minute, 4100.0);
        QCOMPARE(minutes[7].to - minutes[7].from, 60.0);
        const auto wide = waveBars(wave, seconds(now), 250);  // five minutes each
        QCOMPARE(wide.size(), size_t(12));
        QCOMPARE(wide[1].per_minute, 4100.0);
        QCOMPARE(wide[1].to - wide[1].from, 300.0);
        QVERIFY(waveBars(retryWave({}, now, Rate::exact(1)), seconds(now), 10).empty());
        QCOMPARE(waveAxisTop(4100, 1000), 4100 * 1.15);
        QCOMPARE(waveAxisTop(4100, 8000), 8000 * 1.15);
        QCOMPARE(waveAxisTop(100, 1e6), 400.0);  // the line is out of sight, the bars are not
    }

    void waveBarsBeginNow() {
        const auto now = test::someNight() + std::chrono::seconds(37);
        const RetryWave wave =
            retryWave({{now, 5}, {now + std::chrono::minutes(1), 9}}, now, Rate::exact(16.6));
        const double minute = 60 * std::floor(seconds(now) / 60);
        const auto bars = waveBars(wave, seconds(now), 1);
        QCOMPARE(bars[0], (WaveBar{seconds(now), minute + 60, 5}));
        QCOMPARE(bars[1], (WaveBar{minute + 60, minute + 120, 9}));
        const auto later = waveBars(wave, minute + 61, 1);  // an old reading: that minute is over
        QCOMPARE(later[0], (WaveBar{minute + 61, minute + 120, 9}));
    }

    void fewCleanClaimsHaveAVerdictToo() {
        QueueHealth queue = QueueBuilder(u"orders"_s).rates(5, 5).build(test::someNight());
        queue.duplicates = duplicateClaims(Count::exact(813), Count::exact(0));
        const ChartWords words = duplicateWords(queue, {});
        QVERIFY2(words.verdict.startsWith(u"0 of 813 claims: at most 3"_s), qPrintable(words.verdict));
        QVERIFY2(words.note.contains(u"more clean claims until 10 per million"_s), qPrintable(words.note));
    }

    // What lies on the ground must be seen: amplification 1.00×, nothing dead, no duplicates.
    void linesOnTheGroundAreVisible_data() {
        QTest::addColumn<size_t>("card");
        QTest::addColumn<ChartColor>("color");
        QTest::newRow("waiting") << size_t(Backlog) << ChartColor::waiting;
        QTest::newRow("dead") << size_t(DeadLetters) << ChartColor::dead;
        QTest::newRow("amplification") << size_t(Retries) << ChartColor::retries;
        QTest::newRow("duplicates") << size_t(Duplicates) << ChartColor::duplicates;
    }
    void linesOnTheGroundAreVisible() {
        QFETCH(size_t, card);
        QFETCH(ChartColor, color);
        m_theme->setMode(ThemeMode::light);
        QueuePage page;
        page.resize(1190, 700);
        page.show();
        page.setQueue(orders());
        for (double ago = 900; ago >= 0; ago -= 15) page.setConnections(quiet(ago));
        replot(page);
        TimeChart* chart = page.cards()[card]->chart();
        const QImage image = chart->grab().toImage();
        const QRect area = chart->plotArea();
        int seen = 0;
        for (int x = area.left() + 4; x < area.left() + area.width() / 2; ++x)
            for (int y = area.bottom() - 14; y <= area.bottom(); ++y)
                if (isRather(image.pixelColor(x, y), chartColor(currentTokens(), color),
                             currentTokens().panel))
                    ++seen;
        QVERIFY2(seen >= area.width() / 4, qPrintable(QString::number(seen)));
    }

    // Where nothing was recorded nothing is drawn: no line across, no fill, no band.
    void aGapInTheHistoryStaysEmpty_data() {
        QTest::addColumn<int>("minutes");
        QTest::addColumn<double>("width");
        QTest::newRow("hour") << 60 << 5.0;
        QTest::newRow("day") << 1440 << 60.0;
    }
    void aGapInTheHistoryStaysEmpty() {
        QFETCH(int, minutes);
        QFETCH(double, width);
        m_theme->setMode(ThemeMode::light);
        QueuePage page;
        page.resize(1190, 760);
        page.show();
        page.setQueue(orders());
        page.setRange(minutes);
        tell(page, 60);
        const double from = sceneEnd() - minutes * 60.0;
        const double holeFrom = sceneEnd() - minutes * 30.0, holeTo = holeFrom + minutes * 6.0;
        QueuePast told{from, sceneEnd(), width, {}};
        for (size_t i = 0; i < kChartSeries; ++i) {
            const QString name = metricName(static_cast<ChartSeries>(i));
            if (name.isEmpty()) continue;
            for (double at = from; at < sceneEnd() - 90; at += width)
                if (at < holeFrom || at >= holeTo)
                    told.metrics[name].push_back({at, 2 + std::sin(at), 5 + std::sin(at), 4, false});
        }
        page.takePast(orders(), told);
        replot(page);
        const ThemeTokens& tokens = currentTokens();
        for (auto* card : page.cards()) {
            TimeChart* chart = card->chart();
            const QImage image = chart->grab().toImage();
            const QRect area = chart->plotArea();
            const auto [seenFrom, seenTo] = page.view().visible();
            const auto xOf = [&, a = seenFrom, b = seenTo](double at) {
                return area.left() + static_cast<int>((at - a) / (b - a) * area.width());
            };
            // A line or a fill across would colour every column; the dashes of a budget do not.
            int columns = 0, empty = 0, hatched = 0;
            for (int x = xOf(holeFrom + width) + 3; x < xOf(holeTo) - 3; ++x, ++columns) {
                bool coloured = false;
                for (int y = area.top() + 1; y < area.bottom() - 1; ++y) {
                    const QColor pixel = image.pixelColor(x, y);
                    coloured = coloured || !isGrey(pixel, tokens);
                    if (!near(pixel, tokens.panel)) ++hatched;
                }
                if (!coloured) ++empty;
            }
            QVERIFY2(hatched > columns * area.height() / 30, qPrintable(card->verdict()));
            QVERIFY2(empty > columns / 10,
                     qPrintable(u"%1: %2 of %3 are empty"_s.arg(card->verdict()).arg(empty).arg(columns)));
        }
    }

    void nothingShowsOfAnEmptyPlot() {
        QueuePage page;
        page.resize(1190, 700);
        page.setQueue(orders());
        tell(page, 60);
        page.show();
        TimeChart* chart = page.cards()[Backlog]->chart();
        QWidget* plot = chart->childAt(chart->rect().center());
        QVERIFY(plot);
        QCOMPARE(chart->replots(), 0);
        const QImage image = plot->grab().toImage();
        for (int x = 0; x < image.width(); x += 3)
            for (int y = 0; y < image.height(); y += 3)
                QCOMPARE(image.pixelColor(x, y), currentTokens().panel);
    }

    void agesStandInTheirBands() {
        QCOMPARE(ageBand(0), 0.0);
        QCOMPARE(ageBand(3600), 1.0);
        QCOMPARE(ageBand(86400), 2.0);
        QCOMPARE(ageBand(7 * 86400), 3.0);
        QCOMPARE(ageBand(90 * 86400), 5.0);
        QVERIFY(ageBand(92 * 86400) > 5.0 && ageBand(92 * 86400) < 5.1);
        QCOMPARE(ageBand(1e10), 6.0);
        QVERIFY(ageBand(1800) > ageBand(600));
        QCOMPARE(barLength(0, 100), 0.0);
        QVERIFY(barLength(1, 2e6) >= 0.04);
        QCOMPARE(barLength(2e6, 2e6), 1.0);
    }

    void incidentsSayWhoAndWhen() {
        DuplicateClaim incident;
        incident.id = u"4711\n"_s;
        incident.first_owner = u"worker-3"_s;
        incident.second_owner = u"worker-9"_s;
        incident.first_claimed_at = serverTimeFromMicros(1'772'503'920'123'456);
        incident.second_claimed_at = serverTimeFromMicros(1'772'503'923'000'007);
        incident.overlap_s = 3.2;
        incident.evidence = ClaimEvidence::recorded;
        QVERIFY2(incidentText(incident).endsWith(u"job 4711\\n · worker-3 and worker-9 · both for 3.2 s"_s),
                 qPrintable(incidentText(incident)));
        const QString hint = incidentHint(incident);
        QVERIFY2(hint.contains(u"First claim: 2026-03-03 02:12:00.123456 UTC by worker-3"_s),
                 qPrintable(hint));
        QVERIFY2(hint.contains(u"02:12:03.000007 UTC by worker-9"_s), qPrintable(hint));
        QVERIFY(hint.contains(u"3.200000 s"_s));
    }

    void narrowPagesStackTheirCards() {
        QueuePage page;
        page.setQueue(orders());
        tell(page, 60);
        page.resize(1190, 700);
        page.show();
        auto* grid = page.findChild<CardGrid*>();
        QTRY_COMPARE(grid->columns(), 2);
        page.resize(720, 450);  // 1440x900 at 200 %
        QTRY_COMPARE(grid->columns(), 1);
        for (auto* card : page.cards()) QVERIFY(card->chart()->height() >= 150);
        auto* scroll = page.findChild<QScrollArea*>();
        QVERIFY(scroll->widget()->width() <= scroll->viewport()->width());
    }

    void pictures_data() {
        QTest::addColumn<ThemeMode>("mode");
        QTest::addColumn<QSize>("size");
        QTest::addColumn<QString>("queue");
        QTest::addColumn<int>("minutes");
        for (const auto& [word, mode] :
             {std::pair{"dark", ThemeMode::dark}, std::pair{"light", ThemeMode::light}}) {
            const auto row = [mode = mode](const QByteArray& name, const QSize& size, const QString& queue,
                                           int minutes) {
                QTest::newRow(name.constData()) << mode << size << queue << minutes;
            };
            const QByteArray suffix = QByteArray("-") + word;
            row("hour" + suffix, QSize(1190, 700), u"orders"_s, 60);
            row("day" + suffix, QSize(1190, 700), u"orders"_s, 1440);
            row("dead" + suffix, QSize(1190, 700), u"emails"_s, 60);
            row("narrow" + suffix, QSize(770, 1400), u"orders"_s, 60);
            row("unobservable" + suffix, QSize(1190, 700), u"inventory"_s, 60);
        }
    }
    void pictures() {
        QFETCH(ThemeMode, mode);
        QFETCH(QSize, size);
        QFETCH(QString, queue);
        QFETCH(int, minutes);
        m_theme->setMode(mode);
        QueuePage page;
        page.resize(size);
        const QueueRef ref{u"prod-pg"_s, queue == u"inventory"_s ? u"mapped:shop.jobs"_s : u"pgboss"_s,
                           queue};
        page.setQueue(ref);
        page.setRange(minutes);
        tell(page, 62 * 60, 20);
        page.show();
        page.setMarks({{sceneEnd() - 31 * 60, ChartMarkKind::deploy, {}, {}, u"deploy 4f2c"_s},
                       {sceneEnd() - 12 * 60, ChartMarkKind::action, {}, {}, u"paused 02:00"_s}});
        if (minutes > 60)
            page.takePast(ref, past(sceneEnd() - minutes * 60, sceneEnd(), minutes > 360 ? 120 : 60));
        if (minutes == 60 && queue == u"orders"_s) {
            QSignalSpy wanted(&page, &QueuePage::pastWanted);
            page.keepsHistory();
            page.compareWith(86400);
            QCOMPARE(wanted.size(), 1);
            page.takePast(ref, past(wanted[0][1].toDouble(), wanted[0][2].toDouble(), 10));
        }
        QTest::qWait(0);
        replot(page);
        if (minutes == 60 && queue == u"orders"_s) page.view().setCrosshair(sceneEnd() - 20 * 60);
        save(page, u"charts-%1.png"_s.arg(QString::fromLatin1(QTest::currentDataTag())));
    }
};

QTEST_MAIN(QueueChartsTest)
#include "tst_queue_charts.moc"
