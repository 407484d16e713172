// Who is called for which finding after somebody has said that it is known.
#include <QTest>

#include "backends/domain/acknowledgement.h"

using namespace spillway;
using namespace Qt::StringLiterals;

namespace {

ServerTime at(qint64 minutes) {
    return serverTimeFromMillis(1'767'225'600'000 + minutes * 60'000);
}

Finding grows(Severity severity = Severity::warning, ServerTime since = at(0)) {
    Finding finding;
    finding.id = u"never_drains:pgboss:orders"_s;
    finding.severity = severity;
    finding.connection = u"prod"_s;
    finding.system = u"pgboss"_s;
    finding.queue = u"orders"_s;
    finding.since = since;
    return finding;
}

}  // namespace

class AcknowledgementTest : public QObject {
    Q_OBJECT
private slots:
    void anAcknowledgementLastsAsLongAsItsRun() {
        const Acknowledgement said = acknowledgementOf(grows());
        QVERIFY(covers(said, grows(), at(600)));
        Finding rounded = grows(Severity::warning, at(0) + std::chrono::microseconds{400});
        QVERIFY(covers(said, rounded, at(1)));  // files keep milliseconds
        QVERIFY2(!covers(said, grows(Severity::warning, at(30)), at(31)), "it came back: somebody must know");
        Finding other = grows();
        other.id = u"dead_letters:pgboss:orders"_s;
        QVERIFY(!covers(said, other, at(1)));
        Finding elsewhere = grows();
        elsewhere.connection = u"staging"_s;
        QVERIFY(!covers(said, elsewhere, at(1)));
    }

    void worseCallsAgain() {
        const Acknowledgement said = acknowledgementOf(grows(Severity::warning));
        QVERIFY(!covers(said, grows(Severity::critical), at(1)));
        QVERIFY(covers(acknowledgementOf(grows(Severity::critical)), grows(Severity::warning), at(1)));
    }

    void withAnEndItLastsOverInterruptionsUntilThen() {
        Acknowledgement said = acknowledgementOf(grows());
        said.until = at(60);
        QVERIFY(covers(said, grows(Severity::warning, at(30)), at(59)));
        QVERIFY(!covers(said, grows(), at(60)));
        said.taken_back = true;
        QVERIFY(!covers(said, grows(), at(1)));
    }

    void aWholeQueueIsOnlySilentUntilATime() {
        Acknowledgement said = acknowledgementOf(grows());
        said.finding.clear();
        QVERIFY2(!covers(said, grows(), at(1)), "without an end it would be silent for ever");
        said.until = at(60);
        Finding dead = grows(Severity::critical);
        dead.id = u"dead_letters:pgboss:orders"_s;
        QVERIFY(covers(said, dead, at(59)));
        QVERIFY(!covers(said, dead, at(61)));
        dead.queue = u"emails"_s;
        QVERIFY(!covers(said, dead, at(1)));
    }

    void whatNobodyHasSeenComesFirst() {
        Finding worst = grows(Severity::critical);
        Finding lesser = grows(Severity::warning);
        lesser.id = u"dead_letters:pgboss:emails"_s;
        lesser.queue = u"emails"_s;
        std::vector<Finding> findings{worst, lesser};
        applyAcknowledgements(findings, {acknowledgementOf(worst)}, at(1));
        QCOMPARE(findings[0].id, lesser.id);
        QVERIFY(!findings[0].acknowledged);
        QCOMPARE(findings[1].acknowledged.value(), acknowledgementOf(worst));
        applyAcknowledgements(findings, {}, at(2));
        QCOMPARE(findings[0].id, worst.id);
        QVERIFY(!findings[0].acknowledged);
    }

    void itSaysByWhomUntilWhenAndWhy() {
        qputenv("TZ", "UTC");
        Acknowledgement said = acknowledgementOf(grows());
        said.by = u"anna"_s;
        QCOMPARE(acknowledgementText(said, at(1)), u"acknowledged by anna until it ends"_s);
        said.until = at(9 * 60);
        said.note = u"the fix\nrolls out at nine"_s;
        QVERIFY(acknowledgementText(said, at(1)).startsWith(u"acknowledged by anna until 09:00: the fix"_s));
        QVERIFY(!acknowledgementText(said, at(1)).contains(u'\n'));
        said.finding.clear();
        said.note.clear();
        QCOMPARE(acknowledgementText(said, at(-600)), u"snoozed by anna until Thu 1 Jan 09:00"_s);
    }
};

QTEST_GUILESS_MAIN(AcknowledgementTest)
#include "tst_acknowledgement.moc"
