// The history on its own thread: answers by number, notices, takes over.
#include <QSignalSpy>
#include <QTest>

#include "backends/history/history_thread.h"
#include "tests/history/history_story.h"
#include "tests/support/reading_story.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

namespace {
ReadingPtr reading(int poll) {
    HealthMonitor monitor(u"prod"_s, Environment::production);
    return monitor.add(QueueStory{.backlog = 100, .arrivals = 1}.serverReading(poll));
}
const HistoryQuery kAll{{u"prod"_s, reading(0)->systems.at(0).identity.key(), u"orders"_s},
                        {u"ready"_s},
                        at(-1),
                        at(100'000),
                        100'000};
}  // namespace

class HistoryWorkerTest : public QObject {
    Q_OBJECT
private slots:
    void everyQuestionIsAnsweredByItsNumber() {
        QTemporaryDir folder;
        HistoryThread history({.path = folder.filePath(u"h.sqlite"_s)});
        QSignalSpy answers(&history, &HistoryThread::answered);
        QSignalSpy marks(&history, &HistoryThread::marksAnswered);
        QSignalSpy added(&history, &HistoryThread::markAdded);
        QSignalSpy series(&history, &HistoryThread::seriesAnswered);
        QSignalSpy extent(&history, &HistoryThread::extentAnswered);
        for (int poll = 0; poll < 20; ++poll) history.record(reading(poll));
        const quint64 first = history.ask(kAll);
        const quint64 second = history.ask(kAll);
        QVERIFY(first != second);
        const quint64 mark = history.addMark({.at = at(3), .text = u"deploy 4f2c"_s});
        const quint64 listed = history.askMarks({at(0), at(10), {}});
        history.askSeries();
        history.askExtent();
        QTRY_COMPARE(extent.size(), 1);
        QCOMPARE(answers.size(), 2);
        QCOMPARE(answers[0][0].toULongLong(), first);
        QCOMPARE(answers[1][0].toULongLong(), second);
        QCOMPARE(answers[1][1].value<HistoryAnswer>().lines.at(0).buckets.size(), 20U);
        QCOMPARE(added[0][0].toULongLong(), mark);
        QCOMPARE(marks[0][0].toULongLong(), listed);
        QCOMPARE(marks[0][1].value<std::vector<HistoryMark>>().at(0).text, u"deploy 4f2c"_s);
        QVERIFY(series[0][1].value<std::vector<HistorySeries>>().size() > 5);
    }

    void whatWasRecordedIsThereAfterTheEnd() {
        QTemporaryDir folder;
        const HistorySettings settings{.path = folder.filePath(u"h.sqlite"_s)};
        for (int run = 0; run < 3; ++run) {
            HistoryThread history(settings);
            for (int poll = 0; poll < 50; ++poll) history.record(reading(run * 100 + poll));
        }
        StillClock clock;
        const auto store = HistoryStore::open(settings, clock);
        QCOMPARE(buckets(*store.value(), kAll).size(), 150U);
    }

    void itFlushesByItself() {
        QTemporaryDir folder;
        const HistorySettings settings{.path = folder.filePath(u"h.sqlite"_s),
                                       .flush_every = std::chrono::milliseconds{20}};
        HistoryThread history(settings);
        history.record(reading(0));
        auto looking = settings;
        looking.only_read = true;
        StillClock clock;
        const auto flushed = [&] {
            const auto reader = HistoryStore::open(looking, clock);
            return reader.ok() && buckets(*reader.value(), kAll).size() == 1;
        };
        QTRY_VERIFY(flushed());
    }

    void aSecondInstanceSaysSoAndTakesOver() {
        QTemporaryDir folder;
        const HistorySettings settings{.path = folder.filePath(u"h.sqlite"_s),
                                       .retry_every = std::chrono::milliseconds{20}};
        auto first = std::make_unique<HistoryThread>(settings);
        QSignalSpy firstRole(first.get(), &HistoryThread::roleChanged);
        QTRY_COMPARE(firstRole.size(), 1);
        HistoryThread second(settings);
        QSignalSpy roles(&second, &HistoryThread::roleChanged);
        QSignalSpy notices(&second, &HistoryThread::notice);
        QTRY_COMPARE(roles.size(), 1);
        QCOMPARE(roles[0][0].value<HistoryRole>(), HistoryRole::second);
        QCOMPARE(notices.size(), 1);
        first.reset();
        QTRY_COMPARE(roles.size(), 2);
        QCOMPARE(roles[1][0].value<HistoryRole>(), HistoryRole::writer);
        second.record(reading(1));
        QSignalSpy answers(&second, &HistoryThread::answered);
        second.ask(kAll);
        QTRY_COMPARE(answers.size(), 1);
        QCOMPARE(answers[0][1].value<HistoryAnswer>().lines.at(0).buckets.size(), 1U);
    }

    // Who records removes its folder at the end, as the demo does: it stays away, and that is said once.
    void aFolderThatWasRemovedIsNotMadeAgain() {
        QTemporaryDir home;
        const QString folder = home.filePath(u"demo"_s);
        const HistorySettings settings{.path = folder + u"/h.sqlite"_s,
                                       .retry_every = std::chrono::milliseconds{20}};
        auto first = std::make_unique<HistoryThread>(settings);
        QSignalSpy firstRole(first.get(), &HistoryThread::roleChanged);
        QTRY_COMPARE(firstRole.size(), 1);
        HistoryThread second(settings);
        QSignalSpy roles(&second, &HistoryThread::roleChanged);
        QSignalSpy notices(&second, &HistoryThread::notice);
        QTRY_COMPARE(roles.size(), 1);
        QVERIFY(QDir(folder).removeRecursively());
        first.reset();
        QTRY_COMPARE(notices.size(), 2);
        QCOMPARE(notices[1][0].value<Failure>().kind, FailureKind::unreachable);
        QSignalSpy answers(&second, &HistoryThread::answered);
        second.ask(kAll);
        QTRY_COMPARE(answers.size(), 1);  // what is open is still read
        QVERIFY(!QDir(folder).exists());

        HistoryThread third({.path = folder + u"/h.sqlite"_s, .make_folder = false});
        QSignalSpy told(&third, &HistoryThread::notice);
        QTRY_COMPARE(told.size(), 1);
        QVERIFY2(told[0][0].value<Failure>().what.contains(u"is gone"_s),
                 qPrintable(told[0][0].value<Failure>().what));
        QVERIFY(!QDir(folder).exists());
    }

    void troubleIsSaidOnceAndItGoesOn() {
        QTemporaryDir folder;
        HistorySettings settings{.path = folder.filePath(u"in/the/way/h.sqlite"_s),
                                 .retry_every = std::chrono::milliseconds{20}};
        QFile wall(folder.filePath(u"in"_s));
        QVERIFY(wall.open(QIODevice::WriteOnly));
        HistoryThread history(settings);
        QSignalSpy notices(&history, &HistoryThread::notice);
        QSignalSpy again(&history, &HistoryThread::recordingAgain);
        QSignalSpy failed(&history, &HistoryThread::questionFailed);
        QTRY_COMPARE(notices.size(), 1);
        const quint64 request = history.ask(kAll);
        QTRY_COMPARE(failed.size(), 1);
        QCOMPARE(failed[0][0].toULongLong(), request);
        QTest::qWait(100);  // several tries
        QCOMPARE(notices.size(), 1);
        QVERIFY(wall.remove());
        QTRY_COMPARE(again.size(), 1);
        history.record(reading(1));
        QSignalSpy answers(&history, &HistoryThread::answered);
        history.ask(kAll);
        QTRY_COMPARE(answers.size(), 1);
    }

    // The limit that SQLite enforces stands for the full disk.
    void aFullDiskIsSaidOnce() {
        QTemporaryDir folder;
        HistorySettings settings{.path = folder.filePath(u"h.sqlite"_s),
                                 .size_cap_bytes = 0,
                                 .flush_every = std::chrono::milliseconds{1},
                                 .retry_every = std::chrono::milliseconds{5}};
        HistoryWorker worker(settings);
        QSignalSpy notices(&worker, &HistoryWorker::notice);
        worker.start();
        HistoryBatch batch = ready(kStart, 1);
        for (int queue = 0; queue < 6'000; ++queue)
            batch.queues.push_back({u"pgboss"_s, QString::number(queue), {{u"ready"_s, 1.0}}});
        worker.recordBatch(batch);
        QTRY_COMPARE(notices.size(), 1);
        QCOMPARE(notices[0][0].value<Failure>().kind, FailureKind::overloaded);
        for (int poll = 1; poll < 1000; ++poll) worker.recordBatch(ready(kStart + poll * 1000LL, poll));
        QSignalSpy answers(&worker, &HistoryWorker::answered);
        worker.ask(1, query(kStart, kStart + 1'000'000, 10'000));
        QCOMPARE(answers[0][1].value<HistoryAnswer>().lines.at(0).buckets.size(), 1000U);
        QTest::qWait(50);
        QCOMPARE(notices.size(), 1);
    }
};

QTEST_GUILESS_MAIN(HistoryWorkerTest)
#include "tst_history_worker.moc"
