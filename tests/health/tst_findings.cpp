#include <QTest>

#include "tests/support/reading_story.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

namespace {

std::vector<Finding> findingsAfter(const QueueStory& story) {
    HealthMonitor monitor(u"prod-pg"_s, Environment::production);
    ReadingPtr last;
    for (int poll = 0; poll < story.polls; ++poll) last = monitor.add(story.serverReading(poll));
    return last->findings;
}

std::vector<Finding> findingsWith(const QueueStory& story, const WorkersReading& workers) {
    HealthMonitor monitor(u"prod-pg"_s, Environment::production);
    ReadingPtr last;
    for (int poll = 0; poll < story.polls; ++poll) {
        ServerReading reading = story.serverReading(poll);
        reading.systems[0].workers = workers;
        last = monitor.add(reading);
    }
    return last->findings;
}

const Finding* find(const std::vector<Finding>& all, const QString& rule) {
    for (const auto& f : all)
        if (f.id.startsWith(rule + u':') || f.id == rule) return &f;
    return nullptr;
}

Measured<ServerTime> daysAgo(double days, double now_s) {
    return Measured<ServerTime>::exact(at(now_s - days * 86400));
}

}  // namespace

class FindingsTest : public QObject {
    Q_OBJECT
private slots:
    void theSentenceForThreeInTheMorning() {
        QueueStory story{.arrivals = 5000, .drain = 1000};
        story.change = [](QueueReading& r, int poll) { r.ready = Count::exact(49'760'000 + poll * 20'000); };
        const auto found = findingsAfter(story);
        const Finding* f = find(found, u"never_drains"_s);
        QVERIFY(f);
        QCOMPARE(f->severity, Severity::critical);
        QCOMPARE(f->sentence,
                 u"orders: 50.0 M waiting, growing 4 000/s, will never drain at today's 1 000/s."_s);
        QCOMPARE(f->action, u"Drain must be 5.0× today's to stop the growth, and 19× to clear it in 1 h."_s);
        QCOMPARE(f->system, u"pgboss:pgboss"_s);
        QCOMPARE(f->queue, u"orders"_s);
        QCOMPARE(f->since, at(4 * 5));  // the fifth poll is the first with a forecast
    }

    void aFewJobsMoreAreNoIncident() {
        QVERIFY(!find(findingsAfter({.backlog = 2, .arrivals = 0.2, .drain = 0.05}), u"never_drains"_s));
    }

    void deadLettersByAge_data() {
        QTest::addColumn<double>("days");
        QTest::addColumn<QString>("severity");
        QTest::addColumn<QString>("sentence");
        QTest::newRow("fresh") << 0.5 << u"info"_s
                               << u"orders: 2.0 M jobs were given up, the oldest 12 h 1 min ago."_s;
        QTest::newRow("over a day")
            << 2.0 << u"warning"_s
            << u"orders: 2.0 M jobs were given up, the oldest 2 d ago; nobody has touched it since."_s;
        QTest::newRow("three months")
            << 92.0 << u"critical"_s
            << u"orders: 2.0 M jobs were given up, the oldest 92 d ago; nobody has touched it since."_s;
    }
    void deadLettersByAge() {
        QFETCH(double, days);
        QueueStory story{.polls = 13};
        story.change = [&](QueueReading& r, int) {
            r.dead = Count::exact(2'000'000);
            r.oldest_dead_at = daysAgo(days, 0);
        };
        const auto found = findingsAfter(story);
        const Finding* f = find(found, u"dead_letters"_s);
        QVERIFY(f);
        QTEST(severityName(f->severity), "severity");
        QTEST(f->sentence, "sentence");
        const QString grave = days > 1 ? u", oldest %1 d"_s.arg(days) : QString();
        QCOMPARE(f->title, u"orders: 2.0 M dead letters"_s + grave);
    }

    void noDeadLettersNoFinding() {
        QVERIFY(findingsAfter({.backlog = 10, .arrivals = 5, .drain = 5}).empty());
    }

    void unknownIsNeverReportedAsTrouble() {
        QueueStory story;
        story.change = [](QueueReading& r, int) {
            const auto unseen = Count::notObservable(u"no permission"_s);
            r.ready = r.dead = r.overdue = r.running = r.scheduled = r.retrying = r.lost_next_24h = unseen;
            r.flow = {unseen, unseen, unseen, unseen, unseen, unseen};
        };
        QVERIFY(findingsAfter(story).empty());
    }

    void aStalledQueueTellsBusyFromIdleWorkers() {
        QueueStory story{.backlog = 500, .arrivals = 3, .drain = 0};
        const auto idle = findingsAfter(story);
        QCOMPARE(find(idle, u"stalled"_s)->severity, Severity::critical);
        story.change = [](QueueReading& r, int) { r.running = Count::exact(4); };
        const auto busy = findingsAfter(story);
        QCOMPARE(find(busy, u"stalled"_s)->severity, Severity::warning);
        QVERIFY(find(busy, u"stalled"_s)->evidence.contains(u"4 running"_s));
    }

    void aPausedQueueIsCalledPausedNotStalled() {
        QueueStory story{.backlog = 500, .arrivals = 3, .drain = 0};
        story.change = [](QueueReading& r, int) { r.paused = true; };
        const auto found = findingsAfter(story);
        QVERIFY(!find(found, u"stalled"_s));
        QCOMPARE(find(found, u"paused"_s)->severity, Severity::warning);
    }

    void anOldJobAtTheHeadOfAHealthyQueue() {
        QueueStory story{.backlog = 30, .arrivals = 20, .drain = 20};
        story.change = [](QueueReading& r, int) {
            r.oldest_ready_at = Measured<ServerTime>::exact(at(-600));
        };
        const auto found = findingsAfter(story);
        QCOMPARE(find(found, u"oldest_waits"_s)->severity, Severity::warning);
    }

    void overdueAndLossAreSaid() {
        QueueStory story;
        story.change = [](QueueReading& r, int) {
            r.overdue = Count::exact(12);
            r.promotion_interval_s = 60;
            r.dead = Count::exact(9);
            r.lost_next_24h = Count::exact(7);
        };
        const auto found = findingsAfter(story);
        QVERIFY(find(found, u"overdue"_s)->sentence.contains(u"12 scheduled"_s));
        QVERIFY(find(found, u"lost_next_24h"_s)->sentence.contains(u"pg-boss itself will delete 7"_s));
    }

    void aRetryStormBurnsTheBudget_data() {
        QTest::addColumn<int>("firstPerPoll");
        QTest::addColumn<QString>("severity");
        QTest::newRow("within the budget") << 95 << QString();
        QTest::newRow("over 10 %") << 88 << u"warning"_s;
        QTest::newRow("over 20 %") << 50 << u"critical"_s;
        QTest::newRow("retries only") << 0 << u"critical"_s;
    }
    void aRetryStormBurnsTheBudget() {
        QFETCH(int, firstPerPoll);
        QFETCH(QString, severity);
        QueueStory story;
        story.change = [=](QueueReading& r, int poll) {
            r.flow.executed = Count::exact(poll * 100);
            r.flow.first_executed = Count::exact(poll * firstPerPoll);
        };
        const auto found = findingsAfter(story);
        const Finding* f = find(found, u"retry_storm"_s);
        QCOMPARE(f ? severityName(f->severity) : QString(), severity);
        if (firstPerPoll == 50)
            QCOMPARE(f->sentence, u"orders: 2.0×, 50 % of executions are retries; healthy is below 20 %."_s);
    }

    void clockSkewConcernsTheServer() {
        ServerReading reading = QueueStory{.backlog = 40}.serverReading(0);
        reading.clock_skew_s = -45;
        const auto found = findingsForServer(reading, u"c"_s, {});
        QCOMPARE(find(found, u"clock_skew"_s)->severity, Severity::critical);
        QVERIFY(find(found, u"clock_skew"_s)->sentence.contains(u"behind"_s));
    }

    void nobodyIsThereToWork() {
        const QueueStory story{.backlog = 40};
        const WorkersReading none{Count::exact(0), {}, {}, {}};
        QCOMPARE(find(findingsWith(story, none), u"no_workers"_s)->sentence,
                 u"pg-boss: no live worker, 40 waiting in 1 queue."_s);
        const WorkersReading quiet{Count::exact(0), {}, {}, {Worker{.id = u"app-1"_s, .alive = true}}};
        QCOMPARE(find(findingsWith(story, quiet), u"no_workers"_s)->sentence,
                 u"pg-boss: every live worker is quiet, 40 waiting in 1 queue."_s);
        QVERIFY(!find(findingsWith(story, {Count::notObservable(u"not recorded"_s), {}, {}, {}}),
                      u"no_workers"_s));
    }

    // One cause is one finding, with the places under it; the queues stay red.
    void nobodyWorksInManyPlaces() {
        HealthMonitor monitor(u"redis"_s, Environment::production);
        const QueueStory story{.backlog = 40, .polls = 20};
        ReadingPtr last;
        for (int poll = 0; poll < story.polls; ++poll) {
            ServerReading reading = story.serverReading(poll);
            const SystemReading one = reading.systems[0];
            reading.systems.clear();
            for (int place = 1; place <= 9; ++place) {
                SystemReading system = one;
                system.identity = {
                    u"bullmq"_s, u"BullMQ"_s, {}, place == 1 ? QString() : u"p%1"_s.arg(place)};
                system.workers = {Count::exact(0), {}, {}, {}};
                reading.systems.push_back(system);
            }
            last = monitor.add(reading);
        }
        QCOMPARE(last->findings.size(), std::size_t{1});
        QCOMPARE(
            last->findings[0].sentence,
            u"BullMQ has no live worker in 9 places, 360 waiting: the usual one (40), p2 (40), p3 (40), p4 (40), p5 (40) and 4 more."_s);
        for (const auto& system : last->systems)
            QCOMPARE(system.queues[0].severity, std::optional(Severity::critical));
    }

    // Listed behind another one in strict order: its workers live, and never come to it.
    void aStarvedQueueNamesWhatKeepsItsWorkersBusy() {
        HealthMonitor monitor(u"redis"_s, Environment::production);
        const QueueStory low{.queue = u"low"_s, .backlog = 40, .polls = 20};
        QueueStory critical{.queue = u"critical"_s, .backlog = 90, .arrivals = 20, .drain = 20, .polls = 20};
        critical.change = [](QueueReading& r, int) { r.running = Count::exact(5); };
        ReadingPtr last;
        for (int poll = 0; poll < low.polls; ++poll) {
            ServerReading reading = low.serverReading(poll);
            reading.systems[0].queues.push_back(critical.reading(poll));
            reading.systems[0].workers = {Count::exact(1),
                                          Count::exact(5),
                                          Count::exact(5),
                                          {Worker{.id = u"app-1"_s,
                                                  .queues = {u"critical"_s, u"low"_s},
                                                  .concurrency = Count::exact(5),
                                                  .busy = Count::exact(5),
                                                  .alive = true}}};
            last = monitor.add(reading);
        }
        const Finding* f = find(last->findings, u"stalled"_s);
        QVERIFY(f);
        QCOMPARE(f->queue, u"low"_s);
        QCOMPARE(f->evidence, u"Live workers list it, but they are busy with critical."_s);
        QVERIFY2(f->action.contains(u"strict order"_s), qPrintable(f->action));
    }

    void whatHasNoJobDoesNotRun() {
        HealthMonitor monitor(u"redis"_s, Environment::production);
        QueueStory story{.queue = u"orders"_s, .backlog = 40, .polls = 20};
        story.change = [](QueueReading& r, int) { r.running = Count::exact(1); };
        ReadingPtr last;
        for (int poll = 0; poll < story.polls; ++poll) {
            ServerReading reading = story.serverReading(poll);
            Lease gone;
            gone.queue = u"orders"_s;
            gone.job_gone = true;
            reading.systems[0].leases = {{gone}, Count::exact(1), {}, true};
            last = monitor.add(reading);
        }
        const Finding* f = find(last->findings, u"stalled"_s);
        QVERIFY(f);
        QCOMPARE(f->severity, Severity::critical);
        QVERIFY2(!f->evidence.contains(u"running"_s), qPrintable(f->evidence));
    }

    // A registry that has not spoken yet says nothing against what is seen.
    void aQueueThatDrainsHasAWorker() {
        const WorkersReading none{Count::exact(0), {}, {}, {}};
        QVERIFY(!find(findingsWith({.backlog = 40, .arrivals = 40, .drain = 40}, none), u"no_workers"_s));
        QueueStory running{.backlog = 40};
        running.change = [](QueueReading& r, int) { r.running = Count::exact(1); };
        QVERIFY(!find(findingsWith(running, none), u"no_workers"_s));
    }

    void hostileNamesStayPlainAndShort() {
        QueueStory story{.queue = u"<b>x</b>\n\u202e"_s + QString(400, u'y'), .backlog = 500, .arrivals = 9};
        const auto found = findingsAfter(story);
        const Finding* f = find(found, u"stalled"_s);
        QVERIFY(f);
        QVERIFY(!f->sentence.contains(u'\n') && !f->sentence.contains(QChar(0x202e)));
        QVERIFY(f->title.size() < 130);
        QCOMPARE(f->queue, story.queue);  // the true name, for links
    }
};

QTEST_GUILESS_MAIN(FindingsTest)
#include "tst_findings.moc"
