// How it looked at a moment: what was recorded around it, and nothing that was not.
#include <QTest>

#include "backends/history/past_reading.h"
#include "tests/history/history_story.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

namespace {

ServerTime at(qint64 seconds) {
    return serverTimeFromMillis(kStart + seconds * 1000);
}

// orders grows from the fifth minute on, mails appear in the tenth; nobody looks after the twentieth.
void tell(HistoryStore& store) {
    for (qint64 second = 0; second < 1200; second += 5) {
        HistoryBatch batch{u"prod"_s, at(second), 0, {}, {}};
        batch.queues.push_back({u"pgboss"_s, {}, {{u"workers_live"_s, 3.0}}});
        batch.queues.push_back({u"pgboss"_s,
                                u"orders"_s,
                                {{u"ready"_s, static_cast<double>(second)},
                                 {u"arrival_rate"_s, 50.0, Provenance::estimated},
                                 {u"drain_rate"_s, 10.0}}});
        if (second >= 600)
            batch.queues.push_back({u"pgboss"_s,
                                    u"mails"_s,
                                    {{u"ready"_s, 90.0}, {u"arrival_rate"_s, 1.0}, {u"drain_rate"_s, 10.0}}});
        if (second >= 300)
            batch.findings.push_back({{u"never_drains:pgboss:orders"_s, at(300), at(second)},
                                      u"prod"_s,
                                      u"pgboss"_s,
                                      u"orders"_s,
                                      Severity::critical,
                                      u"orders grows"_s,
                                      {}});
        store.record(batch);
    }
}

const QueueHealth* queueIn(const std::vector<ReadingPtr>& readings, const QString& name) {
    for (const ReadingPtr& reading : readings)
        for (const SystemHealth& system : reading->systems)
            for (const QueueHealth& queue : system.queues)
                if (queue.reading.queue == name) return &queue;
    return nullptr;
}

}  // namespace

class PastReadingTest : public QObject {
    Q_OBJECT
private slots:
    void eachMomentShowsWhatWasRecordedThen_data() {
        QTest::addColumn<bool>("flushed");
        QTest::newRow("from memory") << false;
        QTest::newRow("from the file, as another program") << true;
    }
    void eachMomentShowsWhatWasRecordedThen() {
        QFETCH(bool, flushed);
        TemporaryHistory history;
        tell(history.open());
        std::unique_ptr<HistoryStore> reader;
        if (flushed) {
            QVERIFY(history.store->flush().ok());
            auto opened =
                HistoryStore::open({.path = history.settings.path, .only_read = true}, history.clock);
            QVERIFY(opened.ok());
            reader = std::move(opened).value();
        }
        HistoryStore& store = flushed ? *reader : *history.store;
        const auto early = readingsAt(store, at(100));
        QVERIFY(early.ok());
        QCOMPARE(early->size(), 1U);
        QCOMPARE(early->front()->observed_at, at(100));
        QVERIFY(early->front()->findings.empty());
        const QueueHealth* orders = queueIn(*early, u"orders"_s);
        QVERIFY(orders);
        QCOMPARE(orders->reading.ready, Count::exact(100));
        QCOMPARE(orders->flow.arrival.provenance, Provenance::estimated);
        QVERIFY2(!orders->reading.dead.known(), "nobody recorded it: not observable, never 0");
        QVERIFY(!orders->severity);
        QVERIFY2(!queueIn(*early, u"mails"_s), "there were none yet");
        QCOMPARE(early->front()->systems.front().workers.live, Count::exact(3));
        QVERIFY(!early->front()->systems.front().workers.busy.known());

        const auto late = readingsAt(store, at(700));
        QVERIFY(late.ok());
        QCOMPARE(late->front()->findings.size(), 1U);
        QCOMPARE(late->front()->findings.front().since, at(300));
        QCOMPARE(queueIn(*late, u"orders"_s)->severity, Severity::critical);
        QCOMPARE(queueIn(*late, u"orders"_s)->forecast.verdict, DrainVerdict::never_drains);
        const auto mails = queueIn(*late, u"mails"_s);
        QCOMPARE(mails->forecast.verdict, DrainVerdict::drains);
        QCOMPARE(mails->forecast.time_to_drain_s->low, 10.0);
    }

    void whereNobodyLookedNothingIsInvented() {
        TemporaryHistory history;
        tell(history.open());
        QVERIFY(readingsAt(*history.store, at(-3600))->empty());
        QVERIFY(readingsAt(*history.store, at(1200 + 3600))->empty());
        QVERIFY(!readingsAt(*history.store, at(1230))->empty());  // between two polls
        // The newest polls of a recorder may not be written yet: a finding does not end with them.
        QCOMPARE(readingsAt(*history.store, at(1215))->front()->findings.size(), 1U);
        QVERIFY(readingsAt(*history.store, at(1300))->front()->findings.empty());
    }
};

QTEST_GUILESS_MAIN(PastReadingTest)
#include "tst_past_reading.moc"
