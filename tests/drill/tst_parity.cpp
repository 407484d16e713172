// Staging against production: is what production does at once ever done at once before?
#include <QTest>

#include "backends/drill/parity.h"

using namespace spillway;
using namespace Qt::StringLiterals;

namespace {

Worker worker(int concurrency, const QStringList& queues = {u"orders"_s}) {
    Worker w;
    w.queues = queues;
    w.alive = true;
    if (concurrency > 0)
        w.concurrency = Count::exact(concurrency);
    else
        w.concurrency = Count::notObservable(u"it does not say"_s);
    return w;
}

SystemWorkers sidekiq(const std::vector<Worker>& list, const QStringList& queues = {u"orders"_s}) {
    SystemWorkers system;
    system.identity.system = u"sidekiq"_s;
    system.identity.title = u"Sidekiq"_s;
    system.queues = queues;
    system.workers.list = list;
    qint64 alive = 0;
    for (const auto& w : list) alive += w.alive;
    system.workers.live = Count::exact(alive);
    system.workers.concurrency = Count::exact(10 * alive);
    return system;
}

Parity compare(const SystemWorkers& a, const SystemWorkers& b) {
    return workerParity({a}, {b}, u"staging"_s, u"production"_s);
}

}  // namespace

class ParityTest : public QObject {
    Q_OBJECT
private slots:
    void oneAgainstMany();
    void verdicts_data();
    void verdicts();
    void aDeadWorkerDoesNotCount();
    void aQueueThatNobodyServes();
    void unknownWorkersAreUnknown();
    void aSystemThatIsMissingIsUnknown();
    void theWorstQueueDecides();
    void severalQueuesGetOneSentence();
    void workersWithoutQueuesServeAll();
    void aCutListIsAtLeast();
    void readingsGiveTheirWorkers();
};

void ParityTest::oneAgainstMany() {
    const auto parity = compare(sidekiq({worker(1)}), sidekiq(std::vector(24, worker(1))));
    QCOMPARE(parity.verdict, ParityVerdict::untested);
    QCOMPARE(parity.sentence, u"orders: staging runs 1, production 24: concurrency is untested."_s);
    QCOMPARE(parity.queues.size(), 1u);
    QCOMPARE(parity.queues[0].b.workers, Count::exact(24));
    QCOMPARE(parity.queues[0].b.concurrency, Count::exact(24));
}

void ParityTest::verdicts_data() {
    QTest::addColumn<QList<int>>("a");
    QTest::addColumn<QList<int>>("b");
    QTest::addColumn<ParityVerdict>("verdict");
    QTest::newRow("the same") << QList{5, 5} << QList{5, 5} << ParityVerdict::same;
    QTest::newRow("more") << QList{10, 10} << QList{5, 5} << ParityVerdict::same;
    QTest::newRow("one each") << QList{1} << QList{1} << ParityVerdict::same;
    QTest::newRow("nobody anywhere") << QList<int>{} << QList<int>{} << ParityVerdict::same;
    QTest::newRow("nobody in production") << QList{5} << QList<int>{} << ParityVerdict::same;
    QTest::newRow("fewer") << QList{2} << QList{24} << ParityVerdict::fewer;
    QTest::newRow("as many, in one process") << QList{24} << QList{8, 8, 8} << ParityVerdict::fewer;
    QTest::newRow("one at a time") << QList{1} << QList{2} << ParityVerdict::untested;
    QTest::newRow("nobody in staging") << QList<int>{} << QList{1} << ParityVerdict::untested;
    QTest::newRow("staging does not say") << QList{0} << QList{24} << ParityVerdict::unknown;
    QTest::newRow("production does not say") << QList{5} << QList{0} << ParityVerdict::unknown;
    QTest::newRow("production runs at least two") << QList{1} << QList{0, 0} << ParityVerdict::untested;
}

void ParityTest::verdicts() {
    QFETCH(QList<int>, a);
    QFETCH(QList<int>, b);
    std::vector<Worker> listA, listB;
    for (const int n : a) listA.push_back(worker(n));
    for (const int n : b) listB.push_back(worker(n));
    const auto parity = compare(sidekiq(listA), sidekiq(listB));
    QTEST(parity.verdict, "verdict");
    QVERIFY(parity.sentence.startsWith(u"orders: staging runs"_s) && parity.sentence.endsWith(u'.'));
}

void ParityTest::aDeadWorkerDoesNotCount() {
    Worker dead = worker(10);
    dead.alive = false;
    QCOMPARE(compare(sidekiq({worker(1), dead}), sidekiq({worker(2)})).verdict, ParityVerdict::untested);
}

void ParityTest::aQueueThatNobodyServes() {
    const auto a = sidekiq({worker(5, {u"mails"_s})}, {u"mails"_s, u"orders"_s});
    const auto b = sidekiq({worker(5, {u"mails"_s, u"orders"_s})}, {u"mails"_s, u"orders"_s});
    const auto parity = compare(a, b);
    QCOMPARE(parity.queues[0].queue, u"orders"_s);
    QCOMPARE(parity.queues[0].verdict, ParityVerdict::untested);
    QCOMPARE(parity.queues[1].verdict, ParityVerdict::same);
    QVERIFY(parity.sentence.contains(u"staging runs none"_s));
}

void ParityTest::unknownWorkersAreUnknown() {
    SystemWorkers blind = sidekiq({});
    blind.workers.live = blind.workers.concurrency = Count::notObservable(u"pg-boss keeps no list."_s);
    const auto parity = compare(blind, sidekiq({worker(5)}));
    QCOMPARE(parity.verdict, ParityVerdict::unknown);
    QVERIFY2(parity.sentence.contains(u"pg-boss keeps no list."_s), qPrintable(parity.sentence));
    QVERIFY(!parity.queues[0].a.workers.known());
}

void ParityTest::aSystemThatIsMissingIsUnknown() {
    const auto parity = workerParity({}, {sidekiq({worker(5)})}, u"staging"_s, u"production"_s);
    QCOMPARE(parity.verdict, ParityVerdict::unknown);
    QVERIFY2(parity.sentence.contains(u"staging has no Sidekiq"_s), qPrintable(parity.sentence));
    QCOMPARE(workerParity({}, {}, u"a"_s, u"b"_s).sentence, u"Neither a nor b has a queue to compare."_s);
}

void ParityTest::theWorstQueueDecides() {
    const QStringList both{u"mails"_s, u"orders"_s};
    const auto a = sidekiq({worker(5, {u"mails"_s}), worker(1, {u"orders"_s})}, both);
    const auto b = sidekiq({worker(5, {u"mails"_s}), worker(9, {u"orders"_s})}, both);
    const auto parity = compare(a, b);
    QCOMPARE(parity.verdict, ParityVerdict::untested);
    QCOMPARE(parity.queues[0].queue, u"orders"_s);
}

void ParityTest::severalQueuesGetOneSentence() {
    const QStringList both{u"mails"_s, u"orders"_s};
    const auto parity = compare(sidekiq({worker(1, both)}, both), sidekiq({worker(9, both)}, both));
    QCOMPARE(parity.sentence,
             u"2 queues: untested, for example mails: staging runs 1, production 9 (1 × 9): concurrency is "
             "untested."_s);
}

void ParityTest::workersWithoutQueuesServeAll() {
    const auto parity = compare(sidekiq({worker(3, {})}), sidekiq({worker(3, {}), worker(3, {})}));
    QCOMPARE(parity.queues[0].a.workers, Count::exact(1));
    QCOMPARE(parity.queues[0].b.concurrency, Count::exact(20));  // of the system
    QCOMPARE(parity.verdict, ParityVerdict::fewer);
}

void ParityTest::aCutListIsAtLeast() {
    SystemWorkers large = sidekiq({worker(5)});
    large.workers.live = Count::exact(600);
    const auto parity = compare(large, sidekiq({worker(5)}));
    QCOMPARE(parity.queues[0].a.workers.provenance, Provenance::lower_bound);
    QCOMPARE(parity.verdict, ParityVerdict::same);  // five at least
    QCOMPARE(compare(sidekiq({worker(5)}), large).verdict, ParityVerdict::unknown);
}

void ParityTest::readingsGiveTheirWorkers() {
    QueueReading queue;
    queue.queue = u"orders"_s;
    ServerReading reading;
    reading.systems.push_back({});
    reading.systems[0].identity.system = u"rq"_s;
    reading.systems[0].queues.push_back(queue);
    const auto read = systemWorkers(reading);
    QCOMPARE(read.size(), 1u);
    QCOMPARE(read[0].queues, QStringList{u"orders"_s});
    Reading judged;
    judged.systems.push_back({});
    judged.systems[0].identity.system = u"rq"_s;
    judged.systems[0].queues.push_back({});
    judged.systems[0].queues[0].reading = queue;
    QCOMPARE(systemWorkers(judged)[0].queues, QStringList{u"orders"_s});
}

QTEST_GUILESS_MAIN(ParityTest)
#include "tst_parity.moc"
