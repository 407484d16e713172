// People read times in the zone they chose, with its name.
#include <QTest>

#include "backends/domain/display_zone.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class DisplayZoneTest : public QObject {
    Q_OBJECT
private slots:
    void cleanup() { setDisplayZone({}); }
    void theMachinesZoneAtFirst();
    void anotherZoneIsFollowed();
    void anUnknownZoneChangesNothing();
};

void DisplayZoneTest::theMachinesZoneAtFirst() {
    QVERIFY(displayZoneName().isEmpty());
    QCOMPARE(displayTime(serverTimeFromSeconds(1'772'503'935)).timeSpec(), Qt::LocalTime);
}

void DisplayZoneTest::anotherZoneIsFollowed() {
    QVERIFY(setDisplayZone("Europe/Berlin"));
    const QDateTime at = displayTime(serverTimeFromSeconds(1'772'503'935));
    QCOMPARE(at.toString(u"yyyy-MM-dd HH:mm:ss t"_s), u"2026-03-03 03:12:15 CET"_s);
    QCOMPARE(displayZoneLabel(at), u"CET"_s);
    QCOMPARE(fromDisplayTime(at.date(), at.time()), at);
    QVERIFY(setDisplayZone("UTC"));
    QCOMPARE(displayTime(at).toString(u"HH:mm t"_s), u"02:12 UTC"_s);
}

void DisplayZoneTest::anUnknownZoneChangesNothing() {
    QVERIFY(setDisplayZone("Asia/Kolkata"));
    QVERIFY(!setDisplayZone("Atlantis/Center"));
    QCOMPARE(displayZoneName(), QByteArray("Asia/Kolkata"));
}

QTEST_APPLESS_MAIN(DisplayZoneTest)
#include "tst_display_zone.moc"
