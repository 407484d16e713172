// What was wrong and when, and what people said of it: over flushes, restarts, other programs and trimming.
#include <QTest>

#include "backends/domain/acknowledgement.h"
#include "backends/storage/sql_database.h"
#include "tests/history/history_story.h"

using namespace spillway;

using namespace spillway::test;
using namespace Qt::StringLiterals;

namespace {

ServerTime at(qint64 seconds) {
    return serverTimeFromMillis(kStart + seconds * 1000);
}

FindingRun grows(qint64 since, qint64 seen, Severity severity = Severity::warning) {
    const QString degree = severityName(severity);
    return {{u"never_drains:pgboss:orders"_s, at(since), at(seen)},
            u"prod"_s,
            u"pgboss"_s,
            u"orders"_s,
            severity,
            u"orders grows (%1)"_s.arg(degree),
            u"orders: growing, %1."_s.arg(degree)};
}

HistoryBatch poll(qint64 second, std::vector<FindingRun> findings) {
    HistoryBatch batch = ready(kStart + second * 1000, 1);
    batch.findings = std::move(findings);
    return batch;
}

std::vector<FindingRun> all(HistoryStore& store, const QString& queue = {}) {
    const auto runs = store.findingRuns({.from = at(-86'400), .to = at(40 * 86'400), .queue = queue});
    if (!runs) qFatal("%s", qPrintable(runs.failure().sentence()));
    return *runs;
}

Acknowledgement said(const QString& note) {
    Acknowledgement one{.connection = u"prod"_s,
                        .finding = u"never_drains:pgboss:orders"_s,
                        .system = u"pgboss"_s,
                        .queue = u"orders"_s,
                        .severity = Severity::critical,
                        .run_since = at(0),
                        .at = at(9),
                        .until = at(3600),
                        .by = u"anna"_s};
    one.note = note;
    return one;
}

}  // namespace

class FindingLogTest : public QObject {
    Q_OBJECT
private slots:
    void aRunIsOneLineAndAsBadAsItsWorst() {
        TemporaryHistory history;
        auto& store = history.open();
        store.record(poll(5, {grows(0, 5)}));
        store.record(poll(10, {grows(0, 10, Severity::critical)}));
        if (const auto done = store.flush(); !done) QFAIL(qPrintable(done.failure().serverSaid));
        store.record(poll(15, {grows(0, 15)}));  // after the flush, and less bad
        FindingRun expected = grows(0, 15, Severity::critical);
        QCOMPARE(all(store), std::vector{expected});
        QVERIFY(history.open().role() == HistoryRole::writer);
        history.store->record(poll(20, {grows(0, 20)}));  // another program goes on
        expected.span.seen = at(20);
        QCOMPARE(all(*history.store), std::vector{expected});
    }

    void theWorstIsKeptBetweenTwoFlushes() {
        TemporaryHistory history;
        auto& store = history.open();
        store.record(poll(5, {grows(0, 5, Severity::critical)}));
        store.record(poll(10, {grows(0, 10)}));
        QCOMPARE(all(store), std::vector{grows(0, 10, Severity::critical)});
    }

    void shortPausesAreTheSameRunLongOnesAreNot() {
        TemporaryHistory history;
        auto& store = history.open();
        store.record(poll(10, {grows(0, 10)}));
        store.record(poll(200, {grows(200, 200)}));  // comes and goes: one line, not a hundred
        if (const auto done = store.flush(); !done) QFAIL(qPrintable(done.failure().serverSaid));
        store.record(poll(900, {grows(890, 900)}));
        const auto runs = all(store);
        QCOMPARE(runs.size(), 2U);
        QCOMPARE(runs[1].span, (FindingSpan{u"never_drains:pgboss:orders"_s, at(890), at(900)}));
        QVERIFY(all(store, u"emails"_s).empty());
        const auto early = store.findingRuns({.from = at(0), .to = at(300), .connection = u"prod"_s});
        QCOMPARE(early->size(), 1U);
        QVERIFY(store.findingRuns({.from = at(0), .to = at(300), .connection = u"other"_s})->empty());
        QCOMPARE(store.findingRuns({.from = at(0), .to = at(9000), .limit = 1})->front().span.since, at(890));
    }

    void runsGoWithTheMinutesOfTheirTime() {
        TemporaryHistory history;
        auto& store = history.open();
        store.record(poll(10, {grows(0, 10)}));
        if (const auto done = store.flush(); !done) QFAIL(qPrintable(done.failure().serverSaid));
        history.clock.wall = at(31 * 86'400);
        store.record(poll(31 * 86'400, {grows(31 * 86'400, 31 * 86'400)}));
        QVERIFY(store.maintain().ok());
        QCOMPARE(all(store).size(), 1U);
    }

    void whatIsSaidIsSeenByOtherProgramsAndTheLastWordCounts() {
        TemporaryHistory history;
        auto& writer = history.open();
        auto reader = HistoryStore::open({.path = history.settings.path, .only_read = true}, history.clock);
        QVERIFY(reader.ok());
        QVERIFY(reader.value()->acknowledge(said(u"first"_s)).ok());
        QCOMPARE(writer.acknowledgements().value(), Acknowledgements{said(u"first"_s)});
        QVERIFY(writer.acknowledge(said(u"second"_s)).ok());
        QCOMPARE(reader.value()->acknowledgements(u"prod"_s).value(), Acknowledgements{said(u"second"_s)});
        QVERIFY(reader.value()->acknowledgements(u"other"_s)->empty());
        Acknowledgement open = said({});
        open.finding = u"dead_letters:pgboss:orders"_s;
        open.until.reset();
        QVERIFY(writer.acknowledge(open).ok());
        QCOMPARE(reader.value()->acknowledgements().value(), (Acknowledgements{said(u"second"_s), open}));
        Acknowledgement back = said({});
        back.taken_back = true;
        QVERIFY(reader.value()->acknowledge(back).ok());
        QCOMPARE(writer.acknowledgements().value(), Acknowledgements{open});
        QCOMPARE(writer.acknowledgements({}, true)->size(), 4U);  // nothing that was said is unsaid
    }

    // A recorder of an older version still runs.
    void anOlderFileHasNoLogAndSaysSo() {
        TemporaryHistory history;
        history.open();
        history.store.reset();
        {
            auto file =
                storage::SqlDatabase::open(history.settings.path, storage::SqlDatabase::Access::write);
            QVERIFY(file.ok());
            for (const QString& sql :
                 {u"DROP TABLE finding_run"_s, u"DROP TABLE acknowledgement"_s, u"PRAGMA user_version = 3"_s})
                QVERIFY(file.value()->execute(sql));
        }
        auto reader = HistoryStore::open({.path = history.settings.path, .only_read = true}, history.clock);
        QVERIFY(reader.ok());
        QVERIFY(reader.value()->findingRuns({.from = at(0), .to = at(1)})->empty());
        QVERIFY(reader.value()->acknowledgements()->empty());
        const auto refused = reader.value()->acknowledge(said({}));
        QVERIFY(!refused);
        QVERIFY(refused.failure().nextStep.contains(u"Restart"_s));
    }
};

QTEST_GUILESS_MAIN(FindingLogTest)
#include "tst_finding_log.moc"
