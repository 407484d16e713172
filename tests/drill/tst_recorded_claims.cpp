// What a drill's record of claims says, and what a drill may be asked for.
#include <QTest>

#include "backends/drill/claim_drill.h"
#include "backends/drill/invariant_drill.h"

using namespace spillway;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

ServerTime at(qint64 us) {
    return serverTimeFromMicros(1'700'000'000'000'000 + us);
}
ClaimRecord claim(qint64 job, int worker, qint64 us, std::optional<qint64> lease_us = {}) {
    return {job, worker, at(us), lease_us ? std::optional(at(*lease_us)) : std::nullopt};
}

}  // namespace

class RecordedClaimsTest : public QObject {
    Q_OBJECT
private slots:
    void nothingRecorded();
    void cleanClaimsHaveABound();
    void duplicatesNameBothOwnersAndTheGap();
    void aJobOfThreeIsTwoDuplicates();
    void onlyTheFirstTwentyAreListed();
    void aTakeoverIsNoDuplicate();
    void whoComesBeforeTheLeaseEndsIsADuplicate();
    void onlyTheLastClaimOfADeadWorkerIsAbandoned();
    void limits_data();
    void limits();
    void boundsOfASetting_data();
    void boundsOfASetting();
    void sentences();
    void invariantDrillsAreChecked();
};

void RecordedClaimsTest::nothingRecorded() {
    const auto judged = judgedClaims({});
    QCOMPARE(judged.rate.claims, Count::exact(0));
    QVERIFY(!judged.rate.rate_ppm.known());
    QVERIFY(!judged.claims_per_s.known());
    QCOMPARE(judged.jobs, 0);
}

void RecordedClaimsTest::cleanClaimsHaveABound() {
    std::vector<ClaimRecord> records;
    for (int i = 0; i < 300'000; ++i) records.push_back(claim(i, i % 8, 100 * i));
    const auto judged = judgedClaims(std::move(records));
    QCOMPARE(*judged.rate.duplicates.value, 0);
    QCOMPARE(judged.jobs, 300'000);
    QVERIFY(*judged.rate.upper95_ppm.value <= 10);
    QVERIFY(std::abs(*judged.claims_per_s.value - 10'000) < 1);
    QVERIFY(!judged.gaps);
}

void RecordedClaimsTest::duplicatesNameBothOwnersAndTheGap() {
    const auto judged =
        judgedClaims({claim(2, 1, 500), claim(1, 3, 250), claim(1, 4, 100), claim(2, 2, 900)});
    QCOMPARE(*judged.rate.claims.value, 4);
    QCOMPARE(*judged.rate.duplicates.value, 2);
    QCOMPARE(judged.first.size(), 2u);
    QCOMPARE(judged.first[0], (DoubleClaim{1, 4, 3, at(250), 150}));
    QCOMPARE(judged.first[1], (DoubleClaim{2, 1, 2, at(900), 400}));
    QCOMPARE(*judged.gaps, (GapSpread{150, 400, 400}));
}

void RecordedClaimsTest::aJobOfThreeIsTwoDuplicates() {
    const auto judged = judgedClaims({claim(7, 1, 0), claim(7, 2, 10), claim(7, 3, 30)});
    QCOMPARE(*judged.rate.duplicates.value, 2);
    QCOMPARE(judged.jobs, 1);
    QCOMPARE(judged.first[1], (DoubleClaim{7, 2, 3, at(30), 20}));
}

void RecordedClaimsTest::onlyTheFirstTwentyAreListed() {
    std::vector<ClaimRecord> records;
    for (int job = 50; job > 0; --job) {
        records.push_back(claim(job, 1, 1000 * job));
        records.push_back(claim(job, 2, 1000 * job + 1));
    }
    const auto judged = judgedClaims(std::move(records));
    QCOMPARE(*judged.rate.duplicates.value, 50);
    QCOMPARE(judged.first.size(), kMostDoubleClaims);
    QCOMPARE(judged.first.front().job, 1);
}

void RecordedClaimsTest::aTakeoverIsNoDuplicate() {
    const auto judged = judgedClaims(
        {claim(1, 1, 0, 1000), claim(1, 2, 1700, 2700), claim(2, 3, 0, 1000), claim(3, 2, 10, 1010)}, {1, 3});
    QCOMPARE(*judged.rate.duplicates.value, 0);
    QCOMPARE(judged.takeovers.abandoned, 2);
    QCOMPARE(judged.takeovers.taken_over, 1);
    QCOMPARE(*judged.takeovers.late, (GapSpread{700, 700, 700}));
}

void RecordedClaimsTest::whoComesBeforeTheLeaseEndsIsADuplicate() {
    const auto judged = judgedClaims({claim(1, 1, 0, 1000), claim(1, 2, 999, 1999)}, {1});
    QCOMPARE(*judged.rate.duplicates.value, 1);
    QCOMPARE(judged.takeovers.taken_over, 0);
}

void RecordedClaimsTest::onlyTheLastClaimOfADeadWorkerIsAbandoned() {
    const auto judged =
        judgedClaims({claim(1, 1, 0, 1000), claim(2, 1, 100, 1100), claim(1, 2, 5000, 6000)}, {1});
    QCOMPARE(judged.takeovers.abandoned, 1);     // job 2
    QCOMPARE(*judged.rate.duplicates.value, 1);  // job 1 was done
}

void RecordedClaimsTest::limits_data() {
    QTest::addColumn<ClaimDrillSettings>("settings");
    QTest::addColumn<qint64>("jobs");
    QTest::addColumn<qint64>("seconds");
    ClaimDrillSettings plain;
    QTest::newRow("nothing said") << plain << qint64(20'000) << qint64(60);
    plain.time = 5s;
    QTest::newRow("a time") << plain << qint64(5'000'000) << qint64(5);
    ClaimDrillSettings bound;
    bound.until_ppm = 10;
    QTest::newRow("a bound") << bound << qint64(599'144) << qint64(600);
    bound.jobs = 700;
    QTest::newRow("jobs win") << bound << qint64(700) << qint64(600);
}

void RecordedClaimsTest::limits() {
    QFETCH(ClaimDrillSettings, settings);
    const auto limits = limitsOf(settings);
    QVERIFY(limits.ok());
    QTEST(limits->jobs, "jobs");
    QTEST(qint64(limits->time / 1s), "seconds");
    QVERIFY(limits->claims > limits->jobs);
}

void RecordedClaimsTest::boundsOfASetting_data() {
    QTest::addColumn<ClaimDrillSettings>("settings");
    QTest::addColumn<QString>("names");
    const auto row = [](const char* name, const char* words, auto change) {
        ClaimDrillSettings settings;
        change(settings);
        QTest::newRow(name) << settings << QString::fromLatin1(words);
    };
    row("no worker", "--workers", [](auto& s) { s.workers = 0; });
    row("a crowd", "--workers", [](auto& s) { s.workers = 65; });
    row("no job", "--jobs", [](auto& s) { s.jobs = 0; });
    row("no time", "--time", [](auto& s) { s.time = 1ms; });
    row("a wish", "--until-ppm", [](auto& s) { s.until_ppm = 0; });
    row("no number", "--until-ppm", [](auto& s) { s.until_ppm = std::nan(""); });
    row("a long pause", "--pause-ms", [](auto& s) { s.pause = 11s; });
    row("no lease", "--lease", [](auto& s) { s.lease = 1ms; });
    row("no claim", "claim.sql is empty", [](auto& s) {
        s.style = ClaimStyle::own;
        s.script = u" \n"_s;
        s.scriptFile = u"claim.sql"_s;
    });
}

void RecordedClaimsTest::boundsOfASetting() {
    QFETCH(ClaimDrillSettings, settings);
    QFETCH(QString, names);
    const auto limits = limitsOf(settings);
    QVERIFY(!limits.ok());
    QCOMPARE(limits.failure().kind, FailureKind::usage);
    QVERIFY2(limits.failure().what.contains(names), qPrintable(limits.failure().what));
}

void RecordedClaimsTest::sentences() {
    ClaimDrillResult result;
    std::vector<ClaimRecord> records;
    for (int i = 0; i < 300'000; ++i) records.push_back(claim(i, i % 8, 100 * i));
    result.recorded = judgedClaims(records);
    QCOMPARE(claimDrillSentence(result),
             u"8 workers, atomic: 0 of 300 000 claims: at most 10 per million (95 %)."_s);
    records.push_back(claim(5, 7, 600));
    result.recorded = judgedClaims(records);
    result.settings.style = ClaimStyle::check_then_act;
    const QString text = claimDrillSentence(result);
    QVERIFY2(
        text.startsWith(u"8 workers, check-then-act: 1 of 300 001 claims were made twice, 3.3 per million"_s),
        qPrintable(text));
    result.recorded = judgedClaims({});
    QVERIFY(claimDrillSentence(result).endsWith(u"No claim was seen yet."_s));
}

void RecordedClaimsTest::invariantDrillsAreChecked() {
    InvariantDrillSettings settings;
    QVERIFY(!checkedInvariantDrill(settings).ok());
    settings.command = u"true"_s;
    QVERIFY(checkedInvariantDrill(settings).failure().what.contains(u"rule"_s));
    settings.invariant = u"SELECT 0"_s;
    QVERIFY(checkedInvariantDrill(settings).ok());
    settings.processes = 65;
    QVERIFY(!checkedInvariantDrill(settings).ok());
    InvariantDrillResult result{
        .rounds = 3, .held = 1, .drifted = 2, .first_drift = Drift{2, u"1 (must be 0)"_s}};
    QCOMPARE(invariantDrillSentence(result, 8),
             u"8 processes at once, 3 rounds: the rule did not hold after 2 of them, first after round 2: 1 "
             "(must be 0)."_s);
    result.rollback = Rehearsal{true, {}};
    QVERIFY(invariantDrillSentence(result, 8).endsWith(u"After the rollback it holds."_s));
}

QTEST_GUILESS_MAIN(RecordedClaimsTest)
#include "tst_recorded_claims.moc"
