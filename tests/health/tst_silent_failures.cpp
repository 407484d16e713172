// Stuck leases, duplicate claims, silent conditions, drift: from a reading to the sentence.
#include <QTest>

#include "backends/health/claim_sampling.h"
#include "tests/support/reading_story.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

namespace {

Lease lease(const QString& id, const QString& owner, double claimed_s) {
    Lease l;
    l.id = id;
    l.queue = u"orders"_s;
    l.owner = owner;
    l.claimed_at = at(claimed_s);
    return l;
}

LeasesReading leases(std::vector<Lease> list) {
    const auto total = static_cast<qint64>(list.size());
    return {std::move(list), Count::exact(total), {}, false};
}

using Change = std::function<void(ServerReading&, int poll)>;

ReadingPtr after(const Change& change, int polls = 3) {
    HealthMonitor monitor(u"prod"_s, Environment::production);
    ReadingPtr last;
    for (int poll = 0; poll < polls; ++poll) {
        ServerReading reading = QueueStory{}.serverReading(poll);
        change(reading, poll);
        last = monitor.add(reading);
    }
    return last;
}

const Finding* find(const ReadingPtr& reading, const QString& rule) {
    for (const auto& f : reading->findings)
        if (f.id.startsWith(rule)) return &f;
    return nullptr;
}

Condition condition(ConditionKind kind, const QString& queue, Count count = {}, const QString& subject = {}) {
    Condition c;
    c.kind = kind;
    c.queue = queue;
    c.count = std::move(count);
    c.subject = subject;
    c.evidence = u"read in a test"_s;
    return c;
}

}  // namespace

class SilentFailuresTest : public QObject {
    Q_OBJECT
private slots:
    void anotherOwnerOfTheSameAttemptIsADuplicate_data() {
        QTest::addColumn<int>("attemptBefore");  // -1: not recorded
        QTest::addColumn<int>("attemptAfter");
        QTest::addColumn<double>("expires_s");  // of the first claim; -1: never
        QTest::addColumn<bool>("duplicate");
        QTest::newRow("same attempt") << 1 << 1 << -1.0 << true;
        QTest::newRow("a retry") << 1 << 2 << -1.0 << false;
        QTest::newRow("no attempts, lease alive") << -1 << -1 << 60.0 << true;
        QTest::newRow("no attempts, lease expired") << -1 << -1 << 3.0 << false;
        QTest::newRow("nothing recorded") << -1 << -1 << -1.0 << false;
    }
    void anotherOwnerOfTheSameAttemptIsADuplicate() {
        QFETCH(int, attemptBefore);
        QFETCH(int, attemptAfter);
        QFETCH(double, expires_s);
        QFETCH(bool, duplicate);
        Lease first = lease(u"1"_s, u"a"_s, 0), second = lease(u"1"_s, u"b"_s, 4);
        if (attemptBefore >= 0) first.attempt = attemptBefore, second.attempt = attemptAfter;
        if (expires_s >= 0) first.expires_at = at(expires_s);
        QCOMPARE(tookOver(first, second), duplicate);
        QVERIFY(!tookOver(first, lease(u"1"_s, u"a"_s, 4)));
    }

    void samplingRemembersBothOwners() {
        ClaimSampling sampling;
        Lease first = lease(u"7"_s, u"worker-a"_s, 0), second = lease(u"7"_s, u"worker-b"_s, 4);
        first.attempt = second.attempt = 1;
        QVERIFY(sampling.add(at(1), leases({first})).empty());
        const auto found = sampling.add(at(5), leases({second}));
        QCOMPARE(found.size(), std::size_t{1});
        QCOMPARE(found[0].first_owner, u"worker-a"_s);
        QCOMPARE(found[0].second_owner, u"worker-b"_s);
        QCOMPARE(found[0].evidence, ClaimEvidence::sampled);
        QVERIFY(sampling.add(at(9), leases({second})).empty());
    }

    // A rescue for age alone starts the job again while the first attempt goes on.
    void aRescueWhileTheFirstAttemptLives_data() {
        QTest::addColumn<int>("tracesLost");  // between the two polls
        QTest::addColumn<bool>("lives");      // the one that claimed first
        QTest::addColumn<bool>("duplicate");
        QTest::newRow("rescued, its worker lives") << 1 << true << true;
        QTest::newRow("rescued, its worker is gone") << 1 << false << false;
        QTest::newRow("failed and tried again, or put off") << 0 << true << false;
    }
    void aRescueWhileTheFirstAttemptLives() {
        QFETCH(int, tracesLost);
        QFETCH(bool, lives);
        QFETCH(bool, duplicate);
        Lease first = lease(u"1"_s, u"web@a"_s, 0), second = lease(u"1"_s, u"web@b"_s, 3'700);
        first.attempt = 1, second.attempt = 2;
        first.traceless = -19, second.traceless = -19 + tracesLost;
        first.claimer = u"web@a 01"_s, second.claimer = u"web@b 02"_s;
        Lease other = lease(u"2"_s, u"web@a"_s, 3'650);
        other.claimer = lives ? u"web@a 01"_s : u"web@a 03"_s;  // a node that restarts keeps its name
        ClaimSampling sampling;
        QVERIFY(sampling.add(at(3'690), leases({first})).empty());
        const auto found = sampling.add(at(3'700), leases({second, other}));
        QCOMPARE(!found.empty(), duplicate);
        if (duplicate)
            QVERIFY2(found[0].note.contains(u"attempt 1 may still run"_s), qPrintable(found[0].note));
    }

    void sampledDuplicatesAreALowerBoundAndAFinding() {
        const auto reading = after([](ServerReading& r, int poll) {
            Lease l = lease(u"7"_s, poll < 1 ? u"a"_s : u"b"_s, poll < 1 ? 0 : 4);
            l.attempt = 1;
            r.systems[0].leases = leases({l});
        });
        const QueueHealth& queue = reading->systems[0].queues[0];
        QCOMPARE(queue.duplicates.duplicates.value, std::optional<qint64>(1));
        QCOMPARE(queue.duplicates.duplicates.provenance, Provenance::lower_bound);
        QVERIFY(!queue.duplicates.rate_ppm.known());
        QCOMPARE(queue.incidents.size(), std::size_t{1});
        const Finding* f = find(reading, u"duplicate_claims:"_s);
        QVERIFY(f);
        QCOMPARE(f->title, u"orders: ≥ 1 duplicate claim"_s);
        QVERIFY(f->evidence.contains(u"by a and b"_s));
    }

    // What a log is caught up with happened long ago: it makes nothing of late.
    void caughtUpDuplicatesAreNotOfLate() {
        const auto reading = after(
            [](ServerReading& r, int poll) {
                auto& claims = r.systems[0].queues[0].claims;
                const bool behind = poll < 2;
                claims.claims = {
                    10'000 * std::min(poll, 2), behind ? Provenance::lower_bound : Provenance::exact, {}};
                claims.duplicates = {10 * std::min(poll, 2), claims.claims.provenance, {}};
                if (poll == 3) claims.claims = Count::exact(20'100);
            },
            4);
        const QueueHealth& queue = reading->systems[0].queues[0];
        QCOMPARE(queue.recent_duplicates.claims, Count::exact(100));
        QCOMPARE(queue.recent_duplicates.duplicates, Count::exact(0));
        QCOMPARE(queue.duplicates.duplicates, Count::exact(20));
    }

    void recordedDuplicatesWithTheirRate() {
        const auto reading = after([](ServerReading& r, int poll) {
            auto& claims = r.systems[0].queues[0].claims;
            claims.claims = Count::exact(300'000 + poll * 100);
            claims.duplicates = Count::exact(poll == 0 ? 300 : 301);
            claims.evidence = ClaimEvidence::recorded;
        });
        const QueueHealth& queue = reading->systems[0].queues[0];
        QCOMPARE(*queue.recent_duplicates.claims.value, 200);
        QCOMPARE(*queue.recent_duplicates.duplicates.value, 1);
        const Finding* f = find(reading, u"duplicate_claims:"_s);
        QVERIFY(f);
        QCOMPARE(f->severity, Severity::critical);
        QVERIFY2(
            f->sentence.startsWith(u"orders: 301 duplicate claims of 300.2 k claims, 1 003 per million"_s),
            qPrintable(f->sentence));
    }

    void cleanClaimsAreNoFinding() {
        const auto reading = after([](ServerReading& r, int) {
            r.systems[0].queues[0].claims.claims = Count::exact(300'000);
            r.systems[0].queues[0].claims.duplicates = Count::exact(0);
        });
        QVERIFY(!find(reading, u"duplicate_claims"_s));
        QCOMPARE(duplicateClaimsText(reading->systems[0].queues[0].duplicates),
                 u"0 of 300 000 claims: at most 10 per million (95 %)"_s);
    }

    void stuckLeasesNameTheirEvidence_data() {
        QTest::addColumn<QString>("evidence");
        QTest::addColumn<QString>("severity");
        QTest::newRow("expired") << u"lease expired 4 min ago"_s << u"critical"_s;
        QTest::newRow("only time") << u"weak: claimed 3 h ago"_s << u"warning"_s;
    }
    void stuckLeasesNameTheirEvidence() {
        QFETCH(QString, evidence);
        const auto reading = after([&](ServerReading& r, int) {
            Lease held = lease(u"9"_s, u"w-3"_s, -400);
            held.stuck = true;
            held.evidence = {evidence};
            r.systems[0].leases = leases({held, lease(u"10"_s, u"w-4"_s, 0)});
        });
        QCOMPARE(reading->systems[0].queues[0].stuck, Count::exact(1));
        const Finding* f = find(reading, u"stuck_leases:pgboss:pgboss:orders"_s);
        QVERIFY(f);
        QTEST(severityName(f->severity), "severity");
        QCOMPARE(f->sentence, u"orders: 1 job is claimed and nobody works on it: %1."_s.arg(evidence));
        QVERIFY(f->evidence.contains(u"w-3"_s));
    }

    // Red means "get up": a claim that ran out a moment ago is for the next worker to take over.
    void aClaimThatHasJustRunOutCanWait_data() {
        QTest::addColumn<double>("ranOut_s");  // ago, at the last poll
        QTest::addColumn<QString>("severity");
        QTest::newRow("5 s ago") << 5.0 << u"warning"_s;
        QTest::newRow("2 min ago") << 120.0 << u"critical"_s;
    }
    void aClaimThatHasJustRunOutCanWait() {
        QFETCH(double, ranOut_s);
        const auto reading = after([&](ServerReading& r, int) {
            Lease held = lease(u"9"_s, u"w-3"_s, -400);
            held.stuck = true;
            held.evidence = {u"expired by the table's own lease_until"_s};
            held.expires_at = r.observed_at - std::chrono::milliseconds(std::llround(ranOut_s * 1000));
            r.systems[0].leases = leases({held});
        });
        const Finding* f = find(reading, u"stuck_leases"_s);
        QVERIFY(f);
        QTEST(severityName(f->severity), "severity");
    }

    // A registry that knows no queues, and the leases of the same jobs: one of the two is red.
    void whatIsToldWhereItIsIsNotRedTwice_data() {
        QTest::addColumn<int>("orphans");
        QTest::addColumn<QString>("severity");
        QTest::newRow("all are among the stuck") << 1 << u"warning"_s;
        QTest::newRow("there are more of them") << 2 << u"critical"_s;
    }
    void whatIsToldWhereItIsIsNotRedTwice() {
        QFETCH(int, orphans);
        const auto reading = after([&](ServerReading& r, int) {
            Lease stuck = lease(u"1"_s, {}, 0);
            stuck.stuck = true;
            stuck.evidence << u"expired 26 min ago by the system's own rule"_s;
            r.systems[0].leases = leases({stuck});
            r.systems[0].conditions = {condition(ConditionKind::orphaned, {}, Count::exact(orphans))};
        });
        QCOMPARE(find(reading, u"stuck_leases"_s)->severity, Severity::critical);
        QTEST(severityName(find(reading, u"orphaned"_s)->severity), "severity");
    }

    void moreLeasesThanListedIsALowerBound() {
        const auto reading = after([](ServerReading& r, int) {
            r.systems[0].leases = leases({lease(u"1"_s, u"a"_s, 0)});
            r.systems[0].leases.total = Count::exact(9000);
        });
        // None among the few that were looked at is no news.
        QCOMPARE(reading->systems[0].queues[0].stuck,
                 Count::notObservable(u"only 1 of 9000 claims are looked at"_s));
    }

    void stuckOnesInACutListAreALowerBound() {
        const auto reading = after([](ServerReading& r, int) {
            r.systems[0].leases = leases({lease(u"1"_s, u"a"_s, 0)});
            r.systems[0].leases.leases[0].stuck = true;
            r.systems[0].leases.leases[0].evidence = {u"a has given no sign of life for 3 min"_s};
            r.systems[0].leases.total = Count::exact(9000);
        });
        const Count& stuck = reading->systems[0].queues[0].stuck;
        QCOMPARE(stuck, Count::lowerBound(1, u"only 1 of 9000 claims are looked at"_s));
        const Finding* f = find(reading, u"stuck_leases"_s);
        QVERIFY(f);
        QCOMPARE(f->title, u"orders: at least 1 stuck leases"_s);
    }

    void noTraceOfLeasesIsNotZeroStuck() {
        const auto reading =
            after([](ServerReading& r, int) { r.systems[0].leases.gap = u"no owner is kept"_s; });
        QCOMPARE(reading->systems[0].queues[0].stuck, Count::notObservable(u"no owner is kept"_s));
    }

    void everyConditionHasItsSentence_data() {
        QTest::addColumn<QString>("name");
        for (int kind = 0; kind <= static_cast<int>(ConditionKind::serial_lock); ++kind) {
            const QString name = conditionName(static_cast<ConditionKind>(kind));
            QTest::newRow(qPrintable(name)) << name;
        }
    }
    void everyConditionHasItsSentence() {
        QFETCH(QString, name);
        const auto kind = conditionFromName(name);
        QVERIFY(kind);
        const auto reading = after([&](ServerReading& r, int) {
            r.systems[0].conditions = {condition(*kind, u"orders"_s, Count::exact(12), u"nightly\nrun"_s)};
        });
        const Finding* f = find(reading, name + u":pgboss:pgboss:orders:nightly"_s);
        QVERIFY(f);
        QVERIFY2(f->sentence.startsWith(u"orders: "_s) && f->sentence.endsWith(u'.'),
                 qPrintable(f->sentence));
        QVERIFY2(!f->sentence.contains(u'%') && !f->sentence.contains(u'\n'), qPrintable(f->sentence));
        QVERIFY(!f->action.isEmpty());
    }

    void evictedKeysAreCountedInTheSentence() {
        const auto reading = after([](ServerReading& r, int) {
            r.systems[0].conditions = {
                condition(ConditionKind::eviction, {}, Count::exact(449), u"allkeys-lru"_s)};
        });
        const Finding* f = find(reading, u"eviction"_s);
        QVERIFY(f);
        QCOMPARE(
            f->sentence,
            u"pg-boss: the server has evicted 449 keys, policy allkeys-lru, and jobs may be among them."_s);
    }

    void oneIsNotSpokenOfAsMany() {
        const auto told = [](ConditionKind kind) {
            const auto reading = after([kind](ServerReading& r, int) {
                r.systems[0].conditions = {condition(kind, u"orders"_s, Count::exact(1))};
            });
            const Finding* f = find(reading, conditionName(kind));
            return f ? f->title + u" | "_s + f->sentence + u" | "_s + f->action : QString();
        };
        static const QRegularExpression many(u"\\b1 (jobs|ids|entries)\\b|[{}|]{2}|[{}]"_s);
        for (int kind = 0; kind <= static_cast<int>(ConditionKind::unread); ++kind) {
            const QString text = told(static_cast<ConditionKind>(kind));
            QVERIFY2(!text.isEmpty() && !text.contains(many), qPrintable(text));
        }
        QVERIFY2(told(ConditionKind::missing_jobs)
                     .startsWith(
                         u"orders: 1 id without a job | orders: the job of 1 id is gone: it can neither"_s),
                 qPrintable(told(ConditionKind::missing_jobs)));
    }

    void aSystemThatCannotBeReadAnyMoreIsNoFootnote() {
        const auto told = [](const QString& why) {
            const auto reading = after([why](ServerReading& r, int) {
                r.systems[0].queues.clear();
                r.systems[0].conditions = {
                    condition(ConditionKind::unread, {}, Count(), u"pg-boss in schema pgboss"_s)};
                if (!why.isEmpty()) r.systems[0].capabilities.set(u"queues"_s, false, why);
            });
            const Finding* f = find(reading, u"unread"_s);
            return f ? *f : Finding();
        };
        const Finding slow = told(u"canceling statement due to statement timeout"_s);
        QCOMPARE(slow.severity, Severity::warning);
        QCOMPARE(slow.title, u"pg-boss cannot be read now"_s);
        QVERIFY2(slow.sentence.startsWith(u"pg-boss in schema pgboss could not be read"_s),
                 qPrintable(slow.sentence));
        QCOMPARE(told({}).severity, Severity::info);  // one that Spillway does not read at all
    }

    void whatLostItsWorkerIsNotStuckAsWell() {
        const auto reading = after([](ServerReading& r, int) {
            Lease stuck = lease(u"1"_s, u"app-1"_s, 0), gone = lease(u"2"_s, {}, 0);
            stuck.stuck = gone.job_gone = true;
            stuck.evidence << u"worker app-1 is gone"_s;
            r.systems[0].leases = {{stuck, gone}, Count::exact(2), {}, true};
            r.systems[0].conditions = {condition(ConditionKind::orphaned, u"orders"_s, Count::exact(1))};
        });
        QVERIFY(find(reading, u"orphaned"_s));
        QVERIFY(!find(reading, u"stuck_leases"_s));
        QCOMPARE(reading->systems[0].queues[0].stuck, Count::exact(1));
    }

    void whatWasDeletedUnworkedAndWhatWaitsBehindALock() {
        const auto reading = after([](ServerReading& r, int) {
            r.systems[0].conditions = {
                condition(ConditionKind::removed_unworked, u"orders"_s, Count::exact(40)),
                condition(ConditionKind::serial_lock, u"mail"_s, Count::exact(11),
                          u"customer-7, locked by worker-1a until 22:10 UTC"_s)};
        });
        const Finding* removed = find(reading, u"removed_unworked"_s);
        QVERIFY(removed);
        QCOMPARE(removed->severity, Severity::critical);
        QCOMPARE(removed->title, u"orders: 40 removed, never run"_s);
        QCOMPARE(removed->sentence,
                 u"orders: 40 waiting jobs outlived their time to live and were removed; they never ran."_s);
        const Finding* lock = find(reading, u"serial_lock"_s);
        QVERIFY(lock);
        QCOMPARE(lock->sentence,
                 u"mail: 11 jobs wait behind queue customer-7, locked by worker-1a until 22:10 UTC."_s);
    }

    void aPercentSignInANameStaysOne() {
        const auto reading = after([&](ServerReading& r, int) {
            r.systems[0].conditions = {condition(ConditionKind::never_claimed, u"%2 off"_s, Count::exact(3))};
        });
        const Finding* f = find(reading, u"never_claimed"_s);
        QVERIFY(f);
        QCOMPARE(f->title, u"%2 off: 3 jobs nobody will ever claim"_s);
        QCOMPARE(f->sentence, u"%2 off: 3 jobs look ready, but no worker will ever claim them."_s);
    }

    void oneQueueOfFourHoldsTheBacklog() {
        const auto reading = after([](ServerReading& r, int) {
            const QueueReading pattern = r.systems[0].queues[0];
            r.systems[0].queues.clear();
            for (const auto& name : {u"a"_s, u"b"_s, u"c"_s, u"big"_s}) {
                QueueReading queue = pattern;
                queue.queue = name;
                queue.ready = Count::exact(name == u"big"_s ? 700 : 100);
                r.systems[0].queues.push_back(queue);
            }
        });
        const Finding* f = find(reading, u"hot_queue"_s);
        QVERIFY(f);
        QCOMPARE(f->sentence, u"big: 700 of the 1.0 k jobs that wait in 4 queues wait here."_s);
    }

    void aRetryWaveLargerThanTheDrain() {
        HealthMonitor monitor(u"prod"_s, Environment::production);
        QueueStory story{.backlog = 5, .arrivals = 10, .drain = 10, .polls = 8};
        story.change = [](QueueReading& r, int) { r.retry_due = RetryDues::exact({{at(1200), 4100}}); };
        ReadingPtr last;
        for (int poll = 0; poll < story.polls; ++poll) last = monitor.add(story.serverReading(poll));
        const QueueHealth& queue = last->systems[0].queues[0];
        QCOMPARE(queue.wave.peak->jobs, 4100);
        const Finding* f = find(last, u"retry_wave:"_s);
        QVERIFY(f);
        QVERIFY2(f->title.startsWith(u"orders: a wave of retries at "_s), qPrintable(f->title));
        QVERIFY2(f->sentence.startsWith(u"orders: 4 100 retries land at "_s), qPrintable(f->sentence));
        QVERIFY2(f->sentence.contains(u"6.8× what the workers clear"_s), qPrintable(f->sentence));
    }

    void driftIsCriticalAndSaysWhatWasFound() {
        const auto reading = after([](ServerReading& r, int) {
            r.invariants = {
                {u"stock adds up"_s, r.observed_at, false, u"1 204 and 1 207 (must agree)"_s, true},
                {u"no orphans"_s, r.observed_at, true, u"0 (must be 0)"_s, true},
                {u"slow"_s, r.observed_at, true, u"it ran longer than 1 s"_s, false}};
        });
        const Finding* f = find(reading, u"drift:stock adds up"_s);
        QVERIFY(f);
        QCOMPARE(f->severity, Severity::critical);
        QCOMPARE(f->sentence, u"stock adds up does not hold: 1 204 and 1 207 (must agree)."_s);
        QVERIFY(!find(reading, u"drift:no orphans"_s));
        QCOMPARE(find(reading, u"drift_unchecked:slow"_s)->severity, Severity::warning);
        QCOMPARE(reading->invariants.size(), std::size_t{3});
    }

    void aReplicaThatLags() {
        const auto lagging = [](double lag) {
            return after([=](ServerReading& r, int) { r.server.replica_lag_s = Seconds::exact(lag); });
        };
        QVERIFY(!find(lagging(5), u"replica_lag"_s));
        QCOMPARE(find(lagging(60), u"replica_lag"_s)->severity, Severity::warning);
        QCOMPARE(find(lagging(600), u"replica_lag"_s)->severity, Severity::critical);
    }

    void theTimelineKeepsTheNewestWhole() {
        QueueTimeline line;
        QueueReading reading;
        reading.retry_due = RetryDues::exact({{at(60), 3}});
        line.add(at(0), reading);
        line.add(at(5), reading);
        QVERIFY(line.newest().retry_due.known());
        QCOMPARE(line.size(), std::size_t{2});
    }
};

QTEST_GUILESS_MAIN(SilentFailuresTest)
#include "tst_silent_failures.moc"
