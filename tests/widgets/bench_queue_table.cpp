// What 100 000 rows cost the window, in milliseconds. Printed, not asserted: a frame lasts 16 ms, a poll
// arrives every 2 s.
#include <QElapsedTimer>
#include <QTableView>
#include <QtTest>
#include <cstdio>
#include <ctime>

#include "tests/support/reading_builder.h"
#include "widgets/models/queue_table_proxy.h"
#include "widgets/pages/overview_page.h"
#include "widgets/parts/theme.h"

using namespace spillway;
using namespace Qt::StringLiterals;
using test::QueueBuilder;

class QueueTableBenchmark : public QObject {
    Q_OBJECT
    static constexpr int kRows = 100'000;

    static ConnectionViews poll(int second, int changed) {
        auto builder = test::ReadingBuilder(u"prod-redis"_s, test::someNight() + std::chrono::seconds(second))
                           .system(u"bullmq"_s, u"BullMQ"_s);
        Reading reading = *builder.build();
        reading.systems[0].queues.reserve(kRows);
        for (int i = 0; i < kRows; ++i) {
            QueueHealth queue = i < changed ? QueueBuilder(u"queue %1"_s.arg(i))
                                                  .waiting(i * 31 % 977 + second)
                                                  .rates(1, 1, 3)
                                                  .build(reading.observed_at)
                                            : QueueBuilder(u"queue %1"_s.arg(i))
                                                  .waiting(i * 31 % 977)
                                                  .rates(1, 1, 3)
                                                  .build(reading.observed_at);
            if (i % 997 == second) queue.severity = Severity::warning;
            reading.systems[0].queues.push_back(std::move(queue));
        }
        ConnectionView view;
        view.name = u"prod-redis"_s;
        return {withReading(view, std::make_shared<const Reading>(std::move(reading)),
                            QDateTime::currentDateTime())};
    }
    template <typename Work>
    static void measure(const char* what, Work work) {
        QElapsedTimer timer;
        timer.start();
        const std::clock_t before = std::clock();
        work();
        const double cpu = 1000.0 * static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
        std::printf("%-48s %8.1f ms of this thread, %8.1f ms passed\n", what, cpu,
                    static_cast<double>(timer.nsecsElapsed()) / 1e6);
        std::fflush(stdout);
    }

private slots:
    void hundredThousandRows() {
        Theme theme(*qApp, ThemeMode::dark);
        OverviewPage page;
        page.resize(1400, 800);
        page.show();
        const ConnectionViews first = poll(0, 0), same = poll(2, 0), few = poll(4, 500), all = poll(6, kRows);
        measure("first poll: rows appear, sorted", [&] { page.setConnections(first); });
        QCOMPARE(page.table()->model()->rowCount(), kRows);
        measure("a poll with new severities only, sorted again", [&] { page.setConnections(same); });
        measure("a poll that changes 500 rows", [&] { page.setConnections(few); });
        measure("a poll that changes every row", [&] { page.setConnections(all); });
        auto* proxy = qobject_cast<QueueTableProxy*>(page.table()->model());
        QVERIFY(proxy);
        measure("sort by waiting",
                [&] { proxy->sort(static_cast<int>(QueueColumn::waiting), Qt::DescendingOrder); });
        measure("filter by a part of the name", [&] { proxy->setFilterText(u"99"_s); });
        measure("drop the filter", [&] { proxy->setFilterText({}); });
        measure("paint the window", [&] { QVERIFY(!page.grab().isNull()); });
        measure("scroll to the end and paint", [&] {
            page.table()->scrollToBottom();
            QVERIFY(!page.grab().isNull());
        });
    }
};

QTEST_MAIN(QueueTableBenchmark)
#include "bench_queue_table.moc"
