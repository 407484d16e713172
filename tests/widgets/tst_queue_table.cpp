// The queue table: rows by key, real changes only, worst first, and how the cells read.
#include <QAbstractItemModelTester>
#include <QtTest>

#include "tests/support/reading_builder.h"
#include "widgets/models/queue_table_proxy.h"

using namespace spillway;
using namespace Qt::StringLiterals;
using test::QueueBuilder;
using test::ReadingBuilder;

namespace {

constexpr int kDay = 86400;

ServerTime later(int seconds) {
    return test::someNight() + std::chrono::seconds(seconds);
}

ReadingBuilder prod(int second = 0) {
    return ReadingBuilder(u"prod-pg"_s, later(second)).system(u"pgboss"_s, u"pg-boss"_s);
}

ConnectionViews viewsOf(const ReadingPtr& reading) {
    ConnectionView view;
    view.name = reading->connection;
    return {withReading(view, reading, QDateTime::currentDateTime())};
}

QueueBuilder neverDrains() {
    return QueueBuilder(u"orders"_s).waiting(50'000'000).rates(5000, 1000);
}
QueueBuilder rotting() {
    return QueueBuilder(u"emails"_s).waiting(88).rates(12, 12.4).dead(2'000'000, 92 * kDay);
}
QueueBuilder well() {
    return QueueBuilder(u"default"_s).waiting(12).rates(4, 4.1).oldest(0.4);
}

int column(QueueColumn c) {
    return static_cast<int>(c);
}

QueueRow rowFor(const QueueBuilder& queue) {
    const ReadingPtr reading = prod().queue(queue).build();
    return {{u"prod-pg"_s, u"pgboss"_s, reading->systems[0].queues[0].reading.queue},
            u"prod-pg · pg-boss"_s,
            {reading, &reading->systems[0].queues[0]},
            0,
            {},
            false,
            0};
}

}  // namespace

Q_DECLARE_METATYPE(spillway::QueueColumn)

class QueueTableTest : public QObject {
    Q_OBJECT

    static QStringList names(const QueueTableProxy& proxy) {
        QStringList list;
        for (int row = 0; row < proxy.rowCount(); ++row) list << proxy.row(row).ref.queue;
        return list;
    }
    static void feed(QueueTableModel& model, const ConnectionViews& views) {
        model.setConnections(views, QDateTime::currentDateTime());
    }

private slots:
    void listsTheWorstFirst() {
        QueueTableModel model;
        QueueTableProxy proxy(&model);
        QAbstractItemModelTester checkModel(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QAbstractItemModelTester checkProxy(&proxy, QAbstractItemModelTester::FailureReportingMode::QtTest);
        feed(model, viewsOf(prod().queue(well()).queue(rotting()).queue(neverDrains()).build()));
        QCOMPARE(names(proxy), (QStringList{u"orders"_s, u"emails"_s, u"default"_s}));
    }

    void movesARowUpWhenItTurnsBad() {
        QueueTableModel model;
        QueueTableProxy proxy(&model);
        QAbstractItemModelTester check(&proxy, QAbstractItemModelTester::FailureReportingMode::QtTest);
        feed(model, viewsOf(prod()
                                .queue(QueueBuilder(u"a"_s).rates(1, 1))
                                .queue(QueueBuilder(u"orders"_s).rates(1, 1))
                                .build()));
        QCOMPARE(names(proxy), (QStringList{u"a"_s, u"orders"_s}));
        const QPersistentModelIndex orders =
            proxy.mapFromSource(model.index(model.rowOf({u"prod-pg"_s, u"pgboss"_s, u"orders"_s}), 0));
        feed(model, viewsOf(prod(5).queue(QueueBuilder(u"a"_s).rates(1, 1)).queue(neverDrains()).build()));
        QCOMPARE(names(proxy), (QStringList{u"orders"_s, u"a"_s}));
        QCOMPARE(orders.row(), 0);  // a selection moves along
    }

    void tellsOnlyRealChanges() {
        QueueTableModel model;
        QAbstractItemModelTester check(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        feed(model, viewsOf(prod().queue(well()).queue(neverDrains()).build()));
        QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
        feed(model, viewsOf(prod(2).queue(well()).queue(neverDrains()).build()));
        QCOMPARE(changed.size(), 0);
        feed(model, viewsOf(prod(4).queue(well().running(3)).queue(neverDrains()).build()));
        QCOMPARE(changed.size(), 1);
        QCOMPARE(changed[0][0].toModelIndex(), model.index(0, column(QueueColumn::running)));
        QCOMPARE(changed[0][1].toModelIndex(), model.index(0, column(QueueColumn::running)));
    }

    void removesAndAddsByKey() {
        QueueTableModel model;
        QAbstractItemModelTester check(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        feed(model, viewsOf(prod().queue(well()).queue(rotting()).queue(neverDrains()).build()));
        feed(model,
             viewsOf(prod(2).queue(neverDrains()).queue(QueueBuilder(u"new"_s)).queue(well()).build()));
        QCOMPARE(model.rowCount(), 3);
        QCOMPARE(model.rowOf({u"prod-pg"_s, u"pgboss"_s, u"emails"_s}), -1);
        for (const QString& name : {u"default"_s, u"orders"_s, u"new"_s}) {
            const int row = model.rowOf({u"prod-pg"_s, u"pgboss"_s, name});
            QVERIFY2(row >= 0, qPrintable(name));
            QCOMPARE(model.row(row).ref.queue, name);
            QCOMPARE(model.row(row).health->reading.queue, name);
        }
    }

    void theTrendGoesOnWhereTheHistoryEnds() {
        QueueTableModel model;
        QSignalSpy appeared(&model, &QueueTableModel::appeared);
        feed(model, viewsOf(prod(0).queue(well()).queue(rotting()).build()));
        QCOMPARE(appeared.count(), 1);
        const auto queues = appeared[0][0].value<std::vector<QueueRef>>();
        QCOMPARE(queues.size(), size_t(2));
        const double at = appeared[0][1].toDouble();
        feed(model, viewsOf(prod(15).queue(well()).queue(rotting()).build()));
        QCOMPARE(appeared.count(), 1);  // known by now
        const int row = model.rowOf(queues.front());
        QCOMPARE(model.row(row).trend.values(), (std::vector<float>{12, 12}));
        QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
        model.takeTrend(queues.front(), {{at - 45, 5, 5, 5}, {at - 30, 6, 6, 6}, {at - 15, 7, 7, 7}});
        QCOMPARE(model.row(row).trend.values(), (std::vector<float>{5, 6, 7, 12, 12}));
        QCOMPARE(changed.count(), 1);
        model.takeTrend({u"prod-pg"_s, u"pgboss"_s, u"gone"_s}, {{at - 45, 5, 5, 5}});
        QCOMPARE(changed.count(), 1);
        // What was not observed stays open.
        model.takeTrend(queues.back(), {{at - 90, 1, 1, 1}, {at - 30, 2, 2, 2, true}});
        const auto other = model.row(model.rowOf(queues.back())).trend.values();
        QCOMPARE(other.size(), size_t(8));
        QVERIFY(std::isnan(other[1]) && other[0] == 1 && other[4] == 2 && other[6] == 88);
    }

    void keepsConnectionsApart() {
        QueueTableModel model;
        QAbstractItemModelTester check(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        ConnectionViews views = viewsOf(prod().queue(well()).build());
        views.push_back(viewsOf(ReadingBuilder(u"other"_s)
                                    .system(u"pgboss"_s, u"pg-boss"_s)
                                    .queue(well())
                                    .queue(rotting())
                                    .build())
                            .front());
        feed(model, views);
        QCOMPARE(model.rowCount(), 3);
        feed(model, {views[1]});
        QCOMPARE(model.rowCount(), 2);
        QCOMPARE(model.row(0).ref.connection, u"other"_s);
        feed(model, {});
        QCOMPARE(model.rowCount(), 0);
    }

    void survivesTheSameNameTwice() {
        QueueTableModel model;
        QAbstractItemModelTester check(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        for (int poll = 0; poll < 3; ++poll) {
            feed(model, viewsOf(prod(2 * poll).queue(well()).queue(well()).queue(neverDrains()).build()));
            QCOMPARE(model.rowCount(), 2);
        }
    }

    void greysWhatIsOldAndSaysHowOld() {
        QueueTableModel model;
        ConnectionViews views = viewsOf(prod().queue(neverDrains()).build());
        feed(model, views);
        views[0] = withFailure(views[0], {FailureKind::timeout, u"No answer within 2 s."_s, {}, u"Wait."_s});
        views[0].last_at = QDateTime::currentDateTime().addSecs(-180);
        feed(model, views);
        const QueueRow& row = model.row(0);
        QVERIFY(row.stale);
        QCOMPARE(cellOf(row, QueueColumn::where).text, u"prod-pg · pg-boss · 3 min old"_s);
        QVERIFY(cellOf(row, QueueColumn::waiting).dim);
        feed(model, viewsOf(prod(9).queue(neverDrains()).build()));
        QVERIFY(!model.row(0).stale);
        QVERIFY(!cellOf(model.row(0), QueueColumn::waiting).dim);
    }

    void filtersByNameAndSystem() {
        QueueTableModel model;
        QueueTableProxy proxy(&model);
        feed(model, viewsOf(prod().queue(well()).queue(rotting()).queue(neverDrains()).build()));
        proxy.setFilterText(u"MAIL"_s);
        QCOMPARE(names(proxy), QStringList{u"emails"_s});
        proxy.setFilterText(u"pg-boss"_s);
        QCOMPARE(proxy.rowCount(), 3);
        proxy.setScope(u"elsewhere"_s, {});
        QCOMPARE(proxy.rowCount(), 0);
    }

    void keepsUnknownFiguresAtTheEnd_data() {
        QTest::addColumn<Qt::SortOrder>("order");
        QTest::newRow("ascending") << Qt::AscendingOrder;
        QTest::newRow("descending") << Qt::DescendingOrder;
    }
    void keepsUnknownFiguresAtTheEnd() {
        QFETCH(Qt::SortOrder, order);
        QueueTableModel model;
        QueueTableProxy proxy(&model);
        feed(model, viewsOf(prod()
                                .queue(QueueBuilder(u"unknown"_s).ratesNotObservable())
                                .queue(QueueBuilder(u"slow"_s).rates(1, 1))
                                .queue(QueueBuilder(u"fast"_s).rates(9, 9))
                                .build()));
        proxy.sort(column(QueueColumn::arrivals), order);
        const bool up = order == Qt::AscendingOrder;
        QCOMPARE(names(proxy),
                 (QStringList{up ? u"slow"_s : u"fast"_s, up ? u"fast"_s : u"slow"_s, u"unknown"_s}));
        QVERIFY(proxy.headerData(column(QueueColumn::arrivals), Qt::Horizontal, Qt::DisplayRole)
                    .toString()
                    .contains(up ? u"↑"_s : u"↓"_s));
    }

    void showsHostileNamesAsPlainText() {
        QueueTableModel model;
        const QString hostile = u"<b>x</b>\nrow \u202e"_s;
        feed(model, viewsOf(prod().queue(QueueBuilder(hostile)).build()));
        QCOMPARE(model.index(0, column(QueueColumn::queue)).data().toString(), u"<b>x</b>\\nrow \\u202e"_s);
        const QString tip = model.index(0, column(QueueColumn::queue)).data(Qt::ToolTipRole).toString();
        QVERIFY2(tip.contains(u"&lt;b&gt;x&lt;/b&gt;"_s) && !tip.contains(u"<b>"_s), qPrintable(tip));
        QCOMPARE(model.rowOf({u"prod-pg"_s, u"pgboss"_s, hostile}), 0);
    }

    void cells_data() {
        QTest::addColumn<QueueRow>("row");
        QTest::addColumn<QueueColumn>("column");
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("hint");  // a part of it
        const auto capped = Count::lowerBound(10'000, u"the count stops at 10 000"_s);
        const auto guessed = Count::estimated(2'000'000, u"the planner's estimate"_s);
        QTest::newRow("exact") << rowFor(well()) << QueueColumn::waiting << u"12"_s << u"12 waiting\nexact"_s;
        QTest::newRow("short, exact below") << rowFor(QueueBuilder(u"q"_s).waiting(12'431))
                                            << QueueColumn::waiting << u"12.4 k"_s << u"12 431"_s;
        QTest::newRow("capped") << rowFor(QueueBuilder(u"q"_s).waiting(capped)) << QueueColumn::waiting
                                << u"≥ 10.0 k"_s << u"at least this many: the count stops"_s;
        QTest::newRow("estimated") << rowFor(QueueBuilder(u"q"_s).dead(guessed, 60)) << QueueColumn::dead
                                   << u"≈ 2.0 M"_s << u"estimated: the planner"_s;
        QTest::newRow("unknown is no zero")
            << rowFor(QueueBuilder(u"q"_s).ratesNotObservable()) << QueueColumn::drain << u"–"_s
            << u"not observable: this system keeps no trace"_s;
        QTest::newRow("age") << rowFor(well().oldest(1860)) << QueueColumn::oldest << u"31 min"_s << u"UTC"_s;
        QTest::newRow("no job, no age")
            << rowFor(QueueBuilder(u"q"_s)) << QueueColumn::oldest << u"–"_s << u"no such job"_s;
        QTest::newRow("never") << rowFor(neverDrains()) << QueueColumn::drains << u"never (+4.0 k/s)"_s
                               << u"never drains"_s;
        QTest::newRow("rates") << rowFor(neverDrains()) << QueueColumn::arrivals << u"5.0 k"_s
                               << u"5 000/s over the last 5 min"_s;
        QTest::newRow("derived rate") << rowFor(well().arrivalsEstimated()) << QueueColumn::arrivals
                                      << u"≈ 4.0"_s << u"from the flow balance"_s;
        const BlockedOnDead dead{Count::exact(4), u"17"_s, u"bull:orders:3"_s};
        QTest::newRow("blocked") << rowFor(QueueBuilder(u"q"_s).blocked(25)) << QueueColumn::blocked
                                 << u"25"_s << u"25 wait for other jobs\nexact\nthe oldest for 1 min 30 s"_s;
        QTest::newRow("blocked for ever")
            << rowFor(QueueBuilder(u"q"_s).blocked(4, dead)) << QueueColumn::blocked << u"4"_s
            << u"4 for jobs that are dead, for ever: 17 waits for bull:orders:3"_s;
        QTest::newRow("nothing blocked") << rowFor(well()) << QueueColumn::blocked << u"–"_s << u"exact"_s;
        QTest::newRow("held") << rowFor(QueueBuilder(u"q"_s).waiting(195).held(u"rate limited"_s))
                              << QueueColumn::drains << u"held"_s << u"rate limited"_s;
        QTest::newRow("learning") << rowFor(QueueBuilder(u"q"_s).waiting(5).rates(1, 1, 3))
                                  << QueueColumn::drains << u"learning 3/5"_s << u"learning"_s;
    }
    void cells() {
        QFETCH(QueueRow, row);
        QFETCH(QueueColumn, column);
        QFETCH(QString, hint);
        QTEST(cellOf(row, column).text, "text");
        QVERIFY2(hintOf(row, column).contains(hint), qPrintable(hintOf(row, column)));
    }

    void loudCellsNameTheirSeverity_data() {
        QTest::addColumn<double>("age");
        QTest::addColumn<int>("severity");
        QTest::newRow("an hour") << 3600.0 << -1;
        QTest::newRow("two days") << 2.0 * kDay << static_cast<int>(Severity::warning);
        QTest::newRow("92 days") << 92.0 * kDay << static_cast<int>(Severity::critical);
    }
    void loudCellsNameTheirSeverity() {
        QFETCH(double, age);
        const auto loud = cellOf(rowFor(QueueBuilder(u"q"_s).dead(3, age)), QueueColumn::dead_age).loud;
        QTEST(loud ? static_cast<int>(*loud) : -1, "severity");
    }

    void theBlockedColumnIsSortedAndLoudWhereNothingWillEverRun() {
        const BlockedOnDead dead{Count::exact(4), u"17"_s, u"bull:orders:3"_s};
        QCOMPARE(cellOf(rowFor(QueueBuilder(u"q"_s).blocked(4, dead)), QueueColumn::blocked).loud,
                 std::optional(Severity::critical));
        QVERIFY(!cellOf(rowFor(QueueBuilder(u"q"_s).blocked(4)), QueueColumn::blocked).loud);
        QueueTableModel model;
        QueueTableProxy proxy(&model);
        feed(model, viewsOf(prod()
                                .queue(QueueBuilder(u"few"_s).blocked(2))
                                .queue(QueueBuilder(u"many"_s).blocked(11))
                                .queue(QueueBuilder(u"none"_s))
                                .build()));
        proxy.sort(column(QueueColumn::blocked), Qt::DescendingOrder);
        QCOMPARE(names(proxy), (QStringList{u"many"_s, u"few"_s, u"none"_s}));
    }

    void intervals_data() {
        QTest::addColumn<double>("low");
        QTest::addColumn<double>("high");
        QTest::addColumn<QString>("text");
        QTest::newRow("one unit") << 2100.0 << 3000.0 << u"35–50 min"_s;
        QTest::newRow("two units") << 2100.0 << 9000.0 << u"35 min – 2 h"_s;
        QTest::newRow("the same") << 2100.0 << 2110.0 << u"35 min"_s;
        QTest::newRow("open end") << 2100.0 << -1.0 << u"35 min or more"_s;
    }
    void intervals() {
        QFETCH(double, low);
        QFETCH(double, high);
        DrainForecast forecast;
        forecast.verdict = DrainVerdict::drains;
        forecast.time_to_drain_s = DurationInterval{low, high < 0 ? std::nullopt : std::optional(high)};
        QTEST(drainCellText(forecast, {}), "text");
    }
};

QTEST_MAIN(QueueTableTest)
#include "tst_queue_table.moc"
