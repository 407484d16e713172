// When a rule stops holding and when it holds again, as marks.
#include <QTest>

#include "app/live/drift_marks.h"
#include "backends/health/health_monitor.h"

using namespace spillway;
using namespace Qt::StringLiterals;

namespace {
ServerTime second(int n) {
    return serverTimeFromSeconds(1'767'225'600 + n);
}
}  // namespace

class DriftMarksTest : public QObject {
    Q_OBJECT
private slots:
    void opensAndClosesOnce() {
        HealthMonitor monitor(u"prod"_s, Environment::production);
        DriftMarks watch;
        QStringList told;
        const auto poll = [&](int n, bool holds, bool checked = true) {
            ServerReading reading;
            reading.observed_at = second(n);
            reading.invariants = {
                {u"receipts"_s, second(n), holds, u"3 (must be 0)"_s, checked, u"orders"_s}};
            for (const auto& mark : watch.update(*monitor.add(reading))) {
                QCOMPARE(mark.kind, HistoryMarkKind::drift);
                QCOMPARE(mark.connection, u"prod"_s);
                QCOMPARE(mark.queue, u"orders"_s);  // the one that the rule names
                told << u"%1 %2"_s.arg(secondsBetween(second(0), mark.at)).arg(mark.text);
            }
        };
        for (int n = 0; n < 3; ++n) poll(n, true);
        poll(3, false);
        QVERIFY(told.isEmpty());  // one poll may err
        for (int n = 4; n < 8; ++n) poll(n, false);
        QCOMPARE(told.size(), 1);
        QVERIFY2(told[0].startsWith(u"3 "_s) && told[0].contains(u"3 (must be 0)"_s), qPrintable(told[0]));
        for (int n = 8; n < 12; ++n) poll(n, true, false);  // nobody could look
        QCOMPARE(told.size(), 1);
        for (int n = 12; n < 16; ++n) poll(n, true);
        QCOMPARE(told.size(), 2);
        QVERIFY2(told[1].contains(u"receipts holds again"_s), qPrintable(told[1]));
        for (int n = 16; n < 19; ++n) poll(n, false);
        QCOMPARE(told.size(), 3);
    }

    // A recorder has marked it already.
    void whatOpenedBeforeIsNotMarkedAgain() {
        HealthMonitor monitor(u"prod"_s, Environment::production);
        monitor.remember({{u"drift:receipts"_s, second(-900), second(-5)}});
        DriftMarks watch;
        for (int n = 0; n < 4; ++n) {
            ServerReading reading;
            reading.observed_at = second(n);
            reading.invariants = {{u"receipts"_s, second(n), false, u"3 (must be 0)"_s, true}};
            const auto report = monitor.add(reading);
            QVERIFY(watch.update(*report).empty());
            if (n > 0) QCOMPARE(report->findings.at(0).since, second(-900));
        }
    }
};

QTEST_GUILESS_MAIN(DriftMarksTest)
#include "tst_drift_marks.moc"
