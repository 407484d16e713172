// The store over restarts, kills, other instances, hostile names and a full disk.
#include <QFile>
#include <QProcess>
#include <QTest>
#include <csignal>
#include <iostream>

#include "backends/history/reading_metrics.h"
#include "tests/history/history_story.h"
#include "tests/support/reading_story.h"

using namespace spillway;
using namespace spillway::history;
using namespace spillway::test;
using namespace Qt::StringLiterals;

namespace {
constexpr qint64 kHour = 3'600'000;
constexpr int kFlushEvery = 7;

// The child: records for ever, flushes every seventh poll and says how far it is flushed.
[[noreturn]] void writeForEver(const QString& path) {
    HistorySettings settings;
    settings.path = path;
    SystemClock clock;
    auto opened = HistoryStore::open(settings, clock);
    if (!opened) std::_Exit(1);
    for (int i = 0;; ++i) {
        opened.value()->record(ready(kStart + i * 2000, i));
        if (i % kFlushEvery != 0) continue;
        if (!opened.value()->flush().ok()) std::_Exit(1);
        std::cout << i << std::endl;
    }
}

}  // namespace

class HistoryStoreTest : public QObject {
    Q_OBJECT
private slots:
    void aRestartInTheMiddleKeepsAllAndShowsTheGap() {
        TemporaryHistory history;
        for (int run = 0; run < 4; ++run) {
            auto& store = history.open();
            for (int i = 0; i < 150; ++i)
                store.record(ready(kStart + run * kHour + i * 5000, run * 1000 + i));
            history.store.reset();  // the end of the program: flushes
        }
        auto& store = history.open();
        const auto line = buckets(store, query(kStart, kStart + 4 * kHour, 10'000));
        QCOMPARE(line.size(), 600U);
        for (size_t i = 0; i < line.size(); ++i) {
            QCOMPARE(line[i].last, static_cast<double>(i / 150 * 1000 + i % 150));
            QCOMPARE(line[i].gap_before, i % 150 == 0);
        }
        // Buckets that were open at the restart went on, not anew.
        const auto hours = buckets(store, query(kStart, kStart + 4 * kHour, 4));
        QCOMPARE(hours.size(), 4U);
        QCOMPARE(countOf(hours), 600);
    }

    void aRestartWithinAMinuteGoesOnInTheSameBuckets() {
        TemporaryHistory history;
        for (int i = 0; i < 40; ++i) {
            history.open().record(ready(kStart + i * 4000, i));
            history.store.reset();
        }
        const auto line = buckets(history.open(), query(kStart, kStart + kHour, 60));
        QCOMPARE(line.size(), 3U);
        QCOMPARE(line[0].count, 15);
        QCOMPARE(line[1].max, 29.0);
        QCOMPARE(countOf(line), 40);
    }

    void theNewestRunOfEveryFindingIsKeptForADay() {
        TemporaryHistory history;
        const auto at = [](qint64 minutes) { return serverTimeFromMillis(kStart + minutes * 60'000); };
        const auto seen = [](qint64 ms, std::vector<FindingSpan> findings) {
            HistoryBatch batch = ready(ms, 1);
            for (const FindingSpan& span : findings) batch.findings.push_back({.span = span});
            return batch;
        };
        const FindingSpan old{u"dead:orders"_s, at(-60), at(0)};
        const FindingSpan grows{u"never_drains:pgboss:orders"_s, at(3), at(9)};
        history.open().record(seen(kStart, {old, {grows.id, at(-2), at(0)}}));
        history.store->record(seen(kStart + 60'000, {grows}));
        const std::vector<FindingSpan> both{old, grows};
        QCOMPARE(history.store->past(u"prod"_s)->findings, both);  // not flushed yet
        QVERIFY(history.store->past(u"other"_s)->findings.empty());
        auto reader = HistoryStore::open({.path = history.settings.path, .only_read = true}, history.clock);
        QCOMPARE(reader.value()->past(u"prod"_s)->findings, both);
        QCOMPARE(history.open().past(u"prod"_s)->findings, both);
        history.store->record(seen(kStart + 120'000, {}));  // nothing is open, but nothing is forgotten
        history.clock.wall = at(24 * 60 + 5);
        QVERIFY(history.store->maintain().ok());
        QCOMPARE(history.store->past(u"prod"_s)->findings, std::vector{grows});
    }

    // What a window or a check goes on from: the last minutes, poll by poll, of this connection.
    void thePollsOfTheLastMinutesAreThere() {
        TemporaryHistory history;
        const auto poll = [](qint64 ms, quint32 run) {
            HistoryBatch batch = ready(ms, 1);
            RecordedQueue queue{u"pgboss"_s, u"orders"_s, {}, std::nullopt, {}};
            queue.reading.ready = Count::exact(ms / 1000);
            batch.poll = RecordedPoll{serverTimeFromMillis(ms), run, {queue}, {}};
            return batch;
        };
        history.open();
        for (int i = 0; i < 300; ++i) history.store->record(poll(kStart + i * 5'000, 7));
        QVERIFY(history.store->flush().ok());
        auto reader = HistoryStore::open({.path = history.settings.path, .only_read = true}, history.clock);
        for (HistoryStore* const store : {history.store.get(), reader.value().get()}) {
            const auto polls = *store->past(u"prod"_s)->polls;
            QCOMPARE(polls.size(), 81U);
            QCOMPARE(polls.back() == *poll(kStart + 299 * 5'000, 7).poll, true);
            QVERIFY(store->past(u"other"_s)->polls->empty());
        }
        history.store->record(poll(kStart + 250 * 5'000, 8));  // the clock was set back
        const auto polls = *history.store->past(u"prod"_s)->polls;
        QCOMPARE(polls.back().run, 8U);
        QCOMPARE(polls.back().at, serverTimeFromMillis(kStart + 250 * 5'000));
        for (int i = 0; i < 1'000; ++i) history.store->record(poll(kStart + 2'000'000 + i * 300, 9));
        const auto fewer = *history.store->past(u"prod"_s)->polls;  // of a recorder that polls very often
        QVERIFY2(fewer.size() > 60 && fewer.size() <= 150, qPrintable(QString::number(fewer.size())));
        QCOMPARE(fewer.back().at, serverTimeFromMillis(kStart + 2'000'000 + 999 * 300));
    }

    void aKillLosesAtMostWhatWasNotFlushed() {
        for (int round = 0; round < 5; ++round) {
            TemporaryHistory history;
            QProcess child;
            child.start(QCoreApplication::applicationFilePath(), {u"--write"_s, history.settings.path});
            int flushed = -1;
            while (flushed < 700 + 200 * round) {
                QVERIFY(child.waitForReadyRead(20'000));
                while (child.canReadLine()) flushed = child.readLine().trimmed().toInt();
            }
            QCOMPARE(::kill(static_cast<pid_t>(child.processId()), SIGKILL), 0);
            QVERIFY(child.waitForFinished(20'000));
            for (const QByteArray& line : child.readAll().split('\n'))
                if (!line.isEmpty()) flushed = std::max(flushed, line.toInt());
            auto& store = history.open();
            QCOMPARE(store.role(), HistoryRole::writer);
            QVERIFY(store.takeNotices().empty());
            const auto line = buckets(store, query(kStart, kStart + 400 * kHour, 1'000'000));
            QVERIFY(line.size() > static_cast<size_t>(flushed));
            for (size_t i = 0; i < line.size(); ++i) QCOMPARE(line[i].last, static_cast<double>(i));
            QCOMPARE(countOf(buckets(store, query(kStart, kStart + 4000 * kHour, 4000))),
                     static_cast<qint64>(line.size()));
        }
    }

    void aSecondInstanceReadsAndMarksAndSeesWhatIsFlushed() {
        TemporaryHistory history;
        auto& first = history.open();
        for (int i = 0; i < 500; ++i) first.record(ready(kStart + i * 5000, i));
        QVERIFY(first.flush().ok());
        StillClock clock;
        const auto second = HistoryStore::open(history.settings, clock);
        QVERIFY(second.ok());
        QCOMPARE(second.value()->role(), HistoryRole::second);
        QCOMPARE(second.value()->takeNotices().at(0).kind, FailureKind::permission);
        QCOMPARE(countOf(buckets(*second.value(), query(kStart, kStart + kHour, 20))), 500);
        second.value()->record(ready(kStart + kHour, 9));
        QVERIFY(second.value()->flush().ok());
        first.record(batchOf(kStart + kHour, {{u"new_metric"_s, 3.0}}));
        QVERIFY(first.flush().ok());
        auto asked = query(kStart, kStart + 2 * kHour, 10'000);
        asked.metrics = {u"new_metric"_s, u"ready"_s};
        const auto answer = second.value()->answer(asked);
        QCOMPARE(countOf(answer->lines[0].buckets), 1);
        QCOMPARE(countOf(answer->lines[1].buckets), 500);
        QCOMPARE(answer->usual_interval_ms, 5000);
        QCOMPARE(second.value()->series()->size(), 2U);
        QVERIFY(second.value()->addMark({.at = serverTimeFromMillis(kStart), .text = u"deploy"_s}).ok());
        QCOMPARE(first.marks({serverTimeFromMillis(0), serverTimeFromMillis(kStart * 2), {}})->size(), 1U);
    }

    void aShortLookKeepsNobodyFromRecording() {
        TemporaryHistory history;
        auto looking = history.settings;
        looking.only_read = true;
        QVERIFY(!HistoryStore::open(looking, history.clock).ok());  // nothing there yet
        history.open().record(ready(kStart, 4));
        history.store.reset();
        const auto look = HistoryStore::open(looking, history.clock);
        QVERIFY(look.ok());
        QVERIFY(look.value()->takeNotices().empty());
        QCOMPARE(buckets(*look.value(), query(kStart, kStart + 1, 10)).size(), 1U);
        QCOMPARE(history.open().role(), HistoryRole::writer);
        QVERIFY(look.value()->addMark({.at = serverTimeFromMillis(kStart), .text = u"x"_s}).ok());
    }

    void marksComeBackInOrder() {
        TemporaryHistory history;
        auto& store = history.open();
        const std::vector<HistoryMark> marks{
            {.at = serverTimeFromMillis(kStart + 3), .kind = HistoryMarkKind::drift, .text = u"third"_s},
            {.at = serverTimeFromMillis(kStart + 1),
             .connection = u"prod"_s,
             .queue = u"a'b\"c"_s,
             .text = u"déploy 4f2c \U0001F680"_s},
            {.at = serverTimeFromMillis(kStart + 2), .kind = HistoryMarkKind::gap, .connection = u"other"_s}};
        for (const HistoryMark& mark : marks) QVERIFY(store.addMark(mark)->id > 0);
        const HistoryMarkQuery all{serverTimeFromMillis(kStart), serverTimeFromMillis(kStart + 4), {}};
        auto found = store.marks(all).value();
        QCOMPARE(found.size(), 3U);
        found[0].id = 0;
        QCOMPARE(found[0], marks[1]);
        QCOMPARE(found[2].text, u"third"_s);
        auto some = all;
        some.connection = u"prod"_s;
        QCOMPARE(store.marks(some)->size(), 2U);
        some.to = serverTimeFromMillis(kStart + 3);
        QCOMPARE(store.marks(some)->size(), 1U);
        some = all;
        some.limit = 1;
        QCOMPARE(store.marks(some)->at(0).text, u"third"_s);
    }

    void hostileNamesStayApart() {
        TemporaryHistory history;
        const QString loneSurrogate = u"a"_s + QChar(0xd800) + u"b"_s;
        const std::vector<QString> names{u""_s,
                                         u"'; DROP TABLE chunk; --"_s,
                                         u"\u0000nul\u0000x"_s,
                                         u"\u0000"_s,
                                         u"كتاب \u202e\U0001F4A3\n\t"_s,
                                         loneSurrogate,
                                         QString(100'000, u'x'),
                                         QString(100'000, u'x') + u'y',
                                         u"?"_s,
                                         u"%1 %2"_s};
        for (size_t i = 0; i < names.size(); ++i) {
            const HistoryQueueKey key{names[i], names[i], names[i]};
            history.open().record(
                batchOf(kStart, {{u"ready"_s, static_cast<double>(i)}, {names[i], 1.0}}, key));
            history.store.reset();
        }
        auto& store = history.open();
        for (size_t i = 0; i < names.size(); ++i) {
            const auto line = buckets(store, query(kStart, kStart + 1, 10, {names[i], names[i], names[i]}));
            QCOMPARE(line.size(), 1U);
            QCOMPARE(line[0].last, static_cast<double>(i));
            QCOMPARE(line[0].count, 1);
        }
        QCOMPARE(store.series()->size(), 2 * names.size());
    }

    void agesAreKeptPerTier() {
        TemporaryHistory history;
        auto& store = history.open();
        for (int i = 0; i < 24 * 60 * 40; ++i) store.record(ready(kStart + i * 60'000LL, i));
        const qint64 end = kStart + 40 * 24 * kHour;
        history.clock.wall = serverTimeFromMillis(end);
        for (int i = 0; i < 5; ++i) QVERIFY(store.maintain().ok());
        const auto oldest = [&](int points) {
            return (end - millisSinceEpoch(buckets(store, query(kStart, end, points)).front().at)) / kHour;
        };
        const auto yesterday = store.answer(query(end - 23 * kHour, end, 1'000'000));
        QCOMPARE(yesterday->coarsest, HistoryTier::raw);
        QCOMPARE(yesterday->lines[0].buckets.size(), 23U * 60);
        const auto before = store.answer(query(end - 60 * kHour, end, 1'000'000));
        QCOMPARE(before->coarsest, HistoryTier::minute);
        QCOMPARE(countOf(before->lines[0].buckets), 60 * 60);
        const auto all = store.answer(query(kStart, end, 1'000'000));
        QCOMPARE(all->coarsest, HistoryTier::hour);
        QCOMPARE(countOf(all->lines[0].buckets), 24 * 60 * 40);
        QCOMPARE(oldest(2000), 40 * 24);
    }

    void aServerClockFarAheadOrBehindDeletesNothingRecent() {
        for (const double skew : {-1e7, 1e9}) {
            TemporaryHistory history;
            auto& store = history.open();
            for (int i = 0; i < 1000; ++i) {
                auto batch = ready(kStart + qint64(skew * 1000) + i * 5000LL, i);
                batch.clock_skew_s = skew;
                store.record(batch);
            }
            history.clock.wall = serverTimeFromMillis(kStart + 5'000'000);
            QVERIFY(store.maintain().ok());
            const auto from = kStart + qint64(skew * 1000);
            QCOMPARE(countOf(buckets(store, query(from, from + 2 * kHour, 10'000))), 1000);
        }
    }

    void theSizeCapTrimsTheOldestAndShrinksTheFile() {
        TemporaryHistory history;
        history.settings.size_cap_bytes = 1024 * 1024;
        history.settings.keep_raw = std::chrono::hours{24 * 400};
        auto& store = history.open();
        std::mt19937 random(5);
        constexpr int kPolls = 60'000;
        for (int i = 0; i < kPolls; ++i) {
            std::vector<MetricSample> samples{{u"ready"_s, static_cast<double>(i)}};
            for (int m = 0; m < 12; ++m)
                samples.push_back({u"m%1"_s.arg(m), static_cast<double>(random() % 1'000'000)});
            store.record(batchOf(kStart + i * 5000LL, samples));
            if (i % 1000 == 0) QVERIFY(store.maintain().ok());
        }
        QVERIFY(store.maintain().ok());
        history.clock.wall = serverTimeFromMillis(kStart + kPolls * 5000LL);
        const qint64 bytes = QFile(history.settings.path).size();
        QVERIFY2(bytes <= history.settings.size_cap_bytes, qPrintable(QString::number(bytes)));
        const auto newest =
            buckets(store, query(kStart + (kPolls - 100) * 5000LL, kStart + kPolls * 5000LL, 1000));
        QCOMPARE(newest.size(), 100U);
        QCOMPARE(newest.back().last, kPolls - 1.0);
        const auto all = buckets(store, query(kStart, kStart + kPolls * 5000LL, 1'000'000));
        QVERIFY(all.front().at > serverTimeFromMillis(kStart));
    }

    // The hard limit a tenth above the cap stands for the full disk: SQLite answers both alike.
    void aFullDiskKeepsWhatIsRecordedForTheNextTry() {
        TemporaryHistory history;
        history.settings.size_cap_bytes = 0;  // 64 pages at most
        auto& store = history.open();
        std::mt19937 random(5);
        int recorded = 0;
        Outcome<Done> flushed = Done{};
        while (flushed.ok() && recorded < 100'000) {
            for (int i = 0; i < 200; ++i, ++recorded)
                store.record(ready(kStart + recorded * 5000LL, static_cast<double>(random())));
            flushed = store.flush();
        }
        QCOMPARE(flushed.failure().kind, FailureKind::overloaded);
        QVERIFY(flushed.failure().retryable());
        store.record(ready(kStart + recorded * 5000LL, 1));
        const auto line = buckets(store, query(kStart, kStart + 10'000 * kHour, 1'000'000));
        QCOMPARE(line.size(), static_cast<size_t>(recorded + 1));  // the live view goes on
        QVERIFY(!store.flush().ok());
        history.settings.size_cap_bytes = 100'000'000;
        history.store.reset();  // could not flush: only that is lost
        const auto kept = buckets(history.open(), query(kStart, kStart + 10'000 * kHour, 1'000'000));
        QVERIFY(kept.size() >= static_cast<size_t>(recorded - 400) && !kept.empty());
        history.store->record(ready(kStart + 2 * recorded * 5000LL, 1));
        QVERIFY(history.store->flush().ok());
    }

    void silentQueuesLeaveTheMemoryAndComeBack() {
        TemporaryHistory history;
        auto& store = history.open();
        for (int i = 0; i < 10; ++i) store.record(ready(kStart + i * 5000, i));
        history.clock.steady += std::chrono::hours{2};
        QVERIFY(store.maintain().ok());
        QCOMPARE(countOf(buckets(store, query(kStart, kStart + kHour, 100))), 10);
        for (int i = 0; i < 10; ++i) store.record(ready(kStart + 2 * kHour + i * 5000, i));
        QVERIFY(store.flush().ok());
        const auto line = buckets(history.open(), query(kStart, kStart + 3 * kHour, 1000));
        QCOMPARE(countOf(line), 20);
        QVERIFY(line[10].gap_before);
    }

    void queuesOfWhichNothingIsLeftAreForgotten() {
        TemporaryHistory history;
        auto& store = history.open();
        store.record(ready(kStart, 1));
        history.clock.steady += std::chrono::hours{2};
        QVERIFY(store.maintain().ok());
        store.record(batchOf(kStart + kHour, {{u"ready"_s, 2.0}}, {u"prod"_s, u"pgboss"_s, u"other"_s}));
        history.clock.wall = serverTimeFromMillis(kStart + 500 * 24 * kHour);
        QVERIFY(store.maintain().ok());
        QCOMPARE(store.series()->size(), 1U);
        QCOMPARE(store.series()->at(0).queue.queue, u"other"_s);
        store.record(ready(kStart + 2 * kHour, 5));
        QVERIFY(store.flush().ok());
        QCOMPARE(buckets(history.open(), query(kStart, kStart + 3 * kHour, 1000)).size(), 1U);
    }

    void aPollBecomesItsMetrics() {
        HealthMonitor monitor(u"prod"_s, Environment::production);
        ReadingPtr reading;
        const QueueStory story{.backlog = 500, .arrivals = 20, .drain = 10};
        for (int poll = 0; poll < 6; ++poll) reading = monitor.add(story.serverReading(poll));
        TemporaryHistory history;
        auto& store = history.open();
        store.record(historyBatch(*reading));
        HistoryQuery asked{
            {u"prod"_s, reading->systems.at(0).identity.key(), u"orders"_s}, {}, at(0), at(1000), 10};
        const auto answer = store.answer(asked);
        QStringList names;
        std::map<QString, double> values;
        for (const HistoryLine& line : answer->lines) {
            names << line.metric;
            values[line.metric] = line.buckets.at(0).last;
        }
        QVERIFY(!names.contains(u"oldest_age_s"_s));  // not observable in this story
        QCOMPARE(values[u"ready"_s], 750.0);
        QCOMPARE(values[u"arrival_rate"_s], 20.0);
        QCOMPARE(values[u"growth"_s], 10.0);
        QVERIFY(values.contains(u"lost_next_24h"_s));
    }
};

int main(int argc, char** argv) {
    QCoreApplication app(argc, argv);
    if (argc == 3 && qstrcmp(argv[1], "--write") == 0) writeForEver(QString::fromLocal8Bit(argv[2]));
    HistoryStoreTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_history_store.moc"
