// Before and after a deploy: what counts as a change, and what is said of it.
#include <QJsonArray>
#include <QTest>

#include "backends/checklist/deploy_comparison.h"

using namespace spillway;
using namespace Qt::StringLiterals;

namespace {

QueueSpan calm(qint64 claims, qint64 duplicates) {
    return {.seconds = 1800,
            .waiting = 500,
            .died_per_minute = 0,
            .amplification = 1.02,
            .claims = claims,
            .duplicates = duplicates};
}

QString said(const DeployComparison& comparison) {
    return QString(comparison.sentence).replace(QChar(0xa0), u' ');
}

}  // namespace

class DeployComparisonTest : public QObject {
    Q_OBJECT
private slots:
    void duplicatesRose();
    void tooFewClaimsAreNoRise();
    void nothingGotWorse();
    void deadLettersAndBacklogRose();
    void whatWasNotRecordedIsUnclear();
    void whichMarkIsMeant();
};

void DeployComparisonTest::duplicatesRose() {
    const auto found = deployComparison(calm(60'000, 0), calm(60'000, 66), u"4f2c"_s);
    QCOMPARE(said(found), u"Since 4f2c duplicates rose from 0 to 1 100 per million."_s);
    QVERIFY(found.worse());
    const auto back = deployComparison(calm(60'000, 66), calm(60'000, 0), u"9a1b"_s);
    QVERIFY(!back.worse());
    QCOMPARE(said(back), u"Since 9a1b nothing got worse: duplicates fell from 1 100 to 0 per million."_s);
}

void DeployComparisonTest::tooFewClaimsAreNoRise() {
    const auto found = deployComparison(calm(600, 0), calm(20'000, 22), u"4f2c"_s);
    QCOMPARE(found.changes.front().turn, SignalTurn::unclear);
    QVERIFY(!found.worse());
    QVERIFY2(said(found).contains(u"0 before, 1 100 per million after, and too few claims"_s),
             qPrintable(found.sentence));
}

void DeployComparisonTest::nothingGotWorse() {
    const auto found = deployComparison(calm(60'000, 0), calm(90'000, 0), u"4f2c"_s);
    QCOMPARE(said(found), u"Since 4f2c nothing got worse."_s);
    for (const auto& change : found.changes) QCOMPARE(change.turn, SignalTurn::same);
}

void DeployComparisonTest::deadLettersAndBacklogRose() {
    auto after = calm(60'000, 0);
    after.waiting = 12'400, after.died_per_minute = 3.5, after.amplification = 2.4;
    QCOMPARE(
        said(deployComparison(calm(60'000, 0), after, u"4f2c"_s)),
        u"Since 4f2c waiting jobs rose from 500 to 12 400 on average; dead letters rose from 0 to 3.5 per "
        "minute; executions rose from 1.02 to 2.4 per job."_s);
}

void DeployComparisonTest::whatWasNotRecordedIsUnclear() {
    const auto none = deployComparison({}, calm(60'000, 9), u"4f2c"_s);
    QCOMPARE(said(none), u"Too little was recorded before and after 4f2c to compare."_s);
    QVERIFY(!none.changes.front().before);
    const auto json = deployComparisonJson(none)[u"signals"_s];
    QVERIFY(json.toArray()[0].toObject()[u"before"_s].isNull());  // never 0
    auto noClaims = calm(0, 0);
    QCOMPARE(deployComparison(noClaims, noClaims, u"4f2c"_s).changes.front().turn, SignalTurn::unclear);
}

void DeployComparisonTest::whichMarkIsMeant() {
    Checklist one;
    one.title = u"Charge in one statement"_s;
    QVERIFY(marksDeployOf(one, u"deploy Charge in one statement"_s));
    QVERIFY(!marksDeployOf(one, u"deploy 4f2c"_s));
    one.commit = u"4f2c91d0e3a7b5"_s;
    QVERIFY(marksDeployOf(one, u"deploy 4f2c"_s));
    QVERIFY(!marksDeployOf(one, u"deploy 9a1b"_s));
    QCOMPARE(deployName(one), u"4f2c91d0e3a7"_s);
}

QTEST_MAIN(DeployComparisonTest)
#include "tst_deploy_comparison.moc"
