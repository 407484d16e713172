#include <QTest>

#include "backends/domain/finding.h"
#include "backends/domain/outcome.h"
#include "backends/domain/queue_reading.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class MeasuredTest : public QObject {
    Q_OBJECT
private slots:
    void absenceIsNotZero() {
        const Count unknown;
        QVERIFY(!unknown.known());
        QCOMPARE(unknown.provenance, Provenance::not_observable);
        QVERIFY(unknown != Count::exact(0));
    }

    void aDerivedValueClaimsNoMoreThanItsWeakestPart_data() {
        QTest::addColumn<int>("a");
        QTest::addColumn<int>("b");
        QTest::addColumn<QString>("weakest");
        QTest::newRow("same") << 0 << 0 << u"exact"_s;
        QTest::newRow("estimate") << 0 << 1 << u"estimated"_s;
        QTest::newRow("bound") << 2 << 1 << u"lower_bound"_s;
        QTest::newRow("unknown") << 2 << 3 << u"not_observable"_s;
    }
    void aDerivedValueClaimsNoMoreThanItsWeakestPart() {
        QFETCH(int, a);
        QFETCH(int, b);
        QTEST(provenanceName(weaker(Provenance(a), Provenance(b))), "weakest");
        QTEST(provenanceName(weaker(Provenance(b), Provenance(a))), "weakest");
    }

    void timesRoundTrip() {
        const ServerTime t = serverTimeFromMicros(1'767'225'600'123'456);
        QCOMPARE(toIsoUtc(t), u"2026-01-01T00:00:00.123Z"_s);
        QCOMPARE(millisSinceEpoch(t), 1'767'225'600'123);
        QCOMPARE(serverTimeFromSeconds(1'767'225'600.5) - serverTimeFromMillis(1'767'225'600'000),
                 std::chrono::milliseconds(500));
        QCOMPARE(secondsBetween(t, t + std::chrono::milliseconds(1500)), 1.5);
    }

    void exitCodesAreTheContract() {
        QCOMPARE(exitCodeFor(FailureKind::usage), 2);
        QCOMPARE(exitCodeFor(FailureKind::unreachable), 3);
        QCOMPARE(exitCodeFor(FailureKind::authentication), 3);
        QCOMPARE(exitCodeFor(FailureKind::tls), 3);
        QCOMPARE(exitCodeFor(FailureKind::no_system), 6);
        QCOMPARE(exitCodeFor(FailureKind::permission), 1);
        QCOMPARE(exitCodeFor(FailureKind::internal), 1);
    }

    void aWrongPasswordIsNotTriedAgain() {
        Failure failure{FailureKind::authentication, u"what."_s, u"no"_s, u"Do this."_s};
        QVERIFY(!failure.retryable());
        QCOMPARE(failure.sentence(), u"what. The server said: no. Do this."_s);
        failure.kind = FailureKind::unreachable;
        QVERIFY(failure.retryable());
    }

    void capabilitiesKeepOrderAndReplace() {
        Capabilities all;
        all.set(u"ready"_s, true);
        all.set(u"paused"_s, false, u"not recorded"_s);
        all.set(u"ready"_s, false, u"no grant"_s);
        QCOMPARE(all.list().size(), std::size_t{2});
        QCOMPARE(all.list()[0].signal, u"ready"_s);
        QVERIFY(!all.observable(u"ready"_s) && !all.observable(u"unheard of"_s));
        QCOMPARE(all.why(u"ready"_s), u"no grant"_s);
    }
};

QTEST_GUILESS_MAIN(MeasuredTest)
#include "tst_measured.moc"
