#include <QTest>

#include "tests/support/reading_story.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

namespace {
Finding finding(const QString& id, Severity severity = Severity::warning, double impact = 1) {
    Finding f;
    f.id = id;
    f.severity = severity;
    f.impact = impact;
    return f;
}
QStringList ids(const std::vector<Finding>& findings) {
    QStringList list;
    for (const auto& f : findings) list << f.id;
    return list;
}
}  // namespace

class HealthMonitorTest : public QObject {
    Q_OBJECT
private slots:
    void findingsOpenAfterTwoPollsAndCloseAfterTwo() {
        FindingTracker tracker;
        const std::vector<Finding> seen{finding(u"a"_s)};
        QVERIFY(tracker.update(seen, at(0)).empty());
        QCOMPARE(tracker.update(seen, at(5)).at(0).since, at(0));
        QCOMPARE(tracker.update({}, at(10)).size(), std::size_t{1});
        QCOMPARE(tracker.update(seen, at(15)).at(0).since, at(0));
        QCOMPARE(tracker.update({}, at(20)).size(), std::size_t{1});
        QVERIFY(tracker.update({}, at(25)).empty());
        QVERIFY(tracker.update(seen, at(30)).empty());
    }

    void aBrokenRunNeverOpens() {
        FindingTracker tracker;
        for (int poll = 0; poll < 6; ++poll)
            QVERIFY(tracker.update(poll % 2 ? std::vector<Finding>{} : std::vector{finding(u"a"_s)}, at(poll))
                        .empty());
    }

    // A window keeps its newest report of every queue, so that each byte of it counts hundreds of times.
    void aReportKeepsNoRoomForTheStepsBehindIt() {
        HealthMonitor monitor(u"prod"_s, Environment::production);
        const QueueStory story;
        ReadingPtr last;
        for (int poll = 0; poll < 9; ++poll) last = monitor.add(story.serverReading(poll));
        QVERIFY(last->systems[0].queues[0].flow.arrival.known());  // they were there
        QCOMPARE(last->systems[0].queues[0].flow.steps.capacity(), std::size_t{0});
    }

    void aFindingSeenByOthersBeforeKeepsItsSince_data() {
        QTest::addColumn<int>("toldAt");  // before which of our polls
        QTest::newRow("before the first poll") << 0;
        QTest::newRow("while it is pending") << 1;
        QTest::newRow("when it is open already") << 2;
    }
    void aFindingSeenByOthersBeforeKeepsItsSince() {
        QFETCH(int, toldAt);
        FindingTracker tracker;
        const std::vector<Finding> seen{finding(u"a"_s), finding(u"long unwatched"_s), finding(u"new"_s)};
        std::vector<Finding> open;
        for (int poll = 0; poll < 3; ++poll) {
            if (poll == toldAt)
                tracker.remember({{u"a"_s, at(-9'000), at(-600)},
                                  {u"long unwatched"_s, at(-9'000), at(-601)},
                                  {u"over"_s, at(-9'000), at(-1)}});
            open = tracker.update(seen, at(poll));
        }
        QMap<QString, double> since;
        for (const Finding& one : open) since[one.id] = secondsBetween(at(0), one.since);
        QCOMPARE(since,
                 (QMap<QString, double>{{u"a"_s, -9'000.0}, {u"long unwatched"_s, 0.0}, {u"new"_s, 0.0}}));
        for (int poll = 3; poll < 6; ++poll) (void)tracker.update({}, at(poll));
        for (int poll = 6; poll < 8; ++poll) open = tracker.update({finding(u"a"_s)}, at(poll));
        QCOMPARE(open.at(0).since, at(6));  // a run of its own
    }

    void worstFirst() {
        FindingTracker tracker;
        const std::vector<Finding> seen{finding(u"info"_s, Severity::info, 99),
                                        finding(u"small"_s, Severity::critical, 1),
                                        finding(u"big"_s, Severity::critical, 7), finding(u"warn"_s)};
        (void)tracker.update(seen, at(0));
        QCOMPARE(ids(tracker.update(seen, at(1))), QStringList({u"big"_s, u"small"_s, u"warn"_s, u"info"_s}));
    }

    void theReportCarriesAgesRatesAndTheWorstSeverity() {
        QueueStory story{.backlog = 4000, .arrivals = 50, .drain = 10};
        story.change = [](QueueReading& r, int) { r.oldest_ready_at = Measured<ServerTime>::exact(at(-90)); };
        HealthMonitor monitor(u"prod"_s, Environment::staging);
        ReadingPtr last;
        for (int poll = 0; poll < 9; ++poll) last = monitor.add(story.serverReading(poll));
        const QueueHealth& queue = last->systems.at(0).queues.at(0);
        QCOMPARE(*queue.oldest_age_s.value, 130.0);
        QVERIFY(!queue.dead_oldest_age_s.known());
        QCOMPARE(queue.dead_oldest_age_s.method, u"no dead job"_s);
        QCOMPARE(queue.severity, std::optional(Severity::critical));
        QCOMPARE(last->environment, Environment::staging);
        QCOMPARE(last->connection, u"prod"_s);
    }

    // Jobs end between the question how many run and the question which: that makes no bound of the stuck
    // ones.
    void stuckLeasesAreABoundOnlyWhereSomeAreNotListed() {
        const auto stuckOf = [](bool whole) {
            HealthMonitor monitor(u"prod"_s, Environment::staging);
            const QueueStory story;
            ServerReading reading = story.serverReading(0);
            LeasesReading& leases = reading.systems.at(0).leases;
            Lease stuck;
            stuck.queue = story.queue;
            stuck.stuck = true;
            leases.leases = {stuck};
            leases.total = Count::exact(3);
            leases.whole = whole;
            return monitor.add(reading)->systems.at(0).queues.at(0).stuck;
        };
        QCOMPARE(stuckOf(true), Count::exact(1));
        QCOMPARE(stuckOf(false).provenance, Provenance::lower_bound);
    }

    void anAgeIsNeverNegative() {
        QueueStory story{.backlog = 4};
        story.change = [](QueueReading& r, int) { r.oldest_ready_at = Measured<ServerTime>::exact(at(3)); };
        HealthMonitor monitor(u"prod"_s, Environment::production);
        QCOMPARE(*monitor.add(story.serverReading(0))->systems[0].queues[0].oldest_age_s.value, 0.0);
    }

    void theRestIsCounted() {
        HealthSettings settings;
        settings.max_findings = 2;
        HealthMonitor monitor(u"prod"_s, Environment::production, settings);
        ReadingPtr last;
        for (int poll = 0; poll < 2; ++poll) {
            ServerReading reading = QueueStory{}.serverReading(poll);
            const QueueReading pattern = reading.systems[0].queues[0];
            reading.systems[0].queues.clear();
            for (const auto& name : {u"a"_s, u"b"_s, u"c"_s, u"d"_s, u"e"_s}) {
                QueueReading queue = pattern;
                queue.queue = name;
                queue.dead = Count::exact(1);
                reading.systems[0].queues.push_back(queue);
            }
            last = monitor.add(reading);
        }
        QCOMPARE(last->findings.size(), std::size_t{2});
        QCOMPARE(last->findings_not_shown, 3);
    }

    // Twelve jobs an hour come and nothing leaves any more, while another queue of the same workers drains.
    void aSlowQueueThatStopsIsFoundWithinMinutes() {
        HealthMonitor monitor(u"c"_s, Environment::production);
        constexpr double stops = 1'800;
        std::optional<double> found;
        for (int poll = 0; poll < 720 && !found; ++poll) {
            const double t = poll * 5.0;
            QueueStory slow{.polls = 720};
            slow.change = [&](QueueReading& r, int) {
                const auto come = static_cast<qint64>(t / 300),
                           left = static_cast<qint64>(std::min(t, stops) / 300);
                r.flow.enqueued = Count::exact(come), r.flow.completed = Count::exact(left);
                r.ready = Count::exact(come - left);
                if (come > left) r.oldest_ready_at = Measured<ServerTime>::exact(at((left + 1) * 300.0));
            };
            auto reading = slow.serverReading(poll);
            QueueStory other{.queue = u"mails"_s, .backlog = 3, .arrivals = 2, .drain = 2};
            reading.systems[0].queues.push_back(other.reading(poll));
            const auto report = monitor.add(reading);
            for (const Finding& f : report->findings)
                if (f.id.startsWith(u"stalled"_s) && f.severity == Severity::critical) {
                    found = t;
                    QVERIFY2(f.evidence.contains(u"meanwhile jobs leave mails"_s), qPrintable(f.evidence));
                }
        }
        QVERIFY(found);
        QVERIFY2(*found > stops + 300 && *found < stops + 600, qPrintable(QString::number(*found)));
    }

    // Workers that come by every five minutes are missed after the second visit that fails, though no window
    // of the console is as long as that.
    void aRhythmLongerThanTheWindow() {
        HealthMonitor monitor(u"c"_s, Environment::production);
        constexpr double every = 300, last = 3'000;
        std::optional<double> found;
        for (int poll = 0; poll < 900 && !found; ++poll) {
            const double t = poll * 5.0;
            QueueStory story;
            story.change = [&](QueueReading& r, int) {
                const double visit = std::floor(std::min(t, last) / every) * every;
                r.flow.enqueued = Count::exact(std::llround(t)),
                r.flow.completed = Count::exact(std::llround(visit));
                r.ready = Count::exact(std::llround(t - visit));
                r.oldest_ready_at = Measured<ServerTime>::exact(at(visit));
            };
            const auto report = monitor.add(story.serverReading(poll));
            for (const Finding& f : report->findings)
                if (t > 1'500 && f.id.startsWith(u"stalled"_s)) found = t;  // the rhythm is learnt by then
        }
        QVERIFY(found);
        QVERIFY2(*found >= last + 1.5 * every && *found <= last + 2 * every,
                 qPrintable(QString::number(*found)));
    }

    // Queues that come and go must not pile up; one that is away for a moment keeps what was seen of it.
    void duplicatesSeenByTwoPollsAreKeptForTenMinutes_data() {
        QTest::addColumn<int>("away");  // polls of five seconds
        QTest::addColumn<bool>("kept");
        QTest::newRow("a moment") << 2 << true;
        QTest::newRow("eleven minutes") << 132 << false;
    }
    void duplicatesSeenByTwoPollsAreKeptForTenMinutes() {
        QFETCH(int, away);
        HealthMonitor monitor(u"c"_s, Environment::production);
        const auto poll = [&](int n, const QString& owner) {
            QueueStory story;
            auto reading = story.serverReading(n);
            reading.systems[0].queues[0].claims.claims = Count::notObservable(u"no trace"_s);
            reading.systems[0].queues[0].claims.duplicates = Count::notObservable(u"no trace"_s);
            Lease lease;
            lease.id = u"1"_s, lease.queue = u"orders"_s, lease.owner = owner;
            lease.claimed_at = at(owner == u"ann"_s ? 0 : 5), lease.attempt = 1;
            reading.systems[0].leases.leases = {lease};
            reading.systems[0].leases.total = Count::exact(1);
            if (owner.isEmpty()) reading.systems[0].queues.clear(), reading.systems[0].leases.leases.clear();
            return monitor.add(reading);
        };
        (void)poll(0, u"ann"_s);
        const auto seen = poll(1, u"bob"_s);
        QCOMPARE(seen->systems[0].queues[0].memory.sampled_duplicates, qint64{1});
        for (int n = 2; n < 2 + away; ++n) (void)poll(n, {});
        QTEST(poll(2 + away, u"bob"_s)->systems[0].queues[0].memory.sampled_duplicates == 1, "kept");
    }

    void aQueueThatVanishesIsForgotten() {
        HealthMonitor monitor(u"prod"_s, Environment::production);
        const QueueStory story{.backlog = 900, .arrivals = 9, .drain = 1};
        for (int poll = 0; poll < 6; ++poll) (void)monitor.add(story.serverReading(poll));
        ServerReading empty = story.serverReading(6);
        empty.systems[0].queues.clear();
        (void)monitor.add(empty);
        const auto back = monitor.add(story.serverReading(7));
        QCOMPARE(back->systems[0].queues[0].forecast.verdict, DrainVerdict::learning);
    }
};

QTEST_GUILESS_MAIN(HealthMonitorTest)
#include "tst_health_monitor.moc"
