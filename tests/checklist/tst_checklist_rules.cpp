// What a checklist amounts to: every way not to pass, and the few to pass.
#include <QTest>

#include "tests/checklist/checklist_builder.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

using Change = std::function<void(Checklist&)>;
Q_DECLARE_METATYPE(Change)

class ChecklistRulesTest : public QObject {
    Q_OBJECT
private slots:
    void aGoodOnePasses();
    void nothingSharedFreesTwoAndThreeOnly();
    void waysToFail_data();
    void waysToFail();
    void aReviewerAcceptsThatThereIsNoRollback();
    void aFailedRehearsalIsNoRollback();
    void expiredEvidenceLeavesTheAnswerUnproven();
    void commitsAreComparedByTheirBeginning();
    void theMomentOfADeployCounts_data();
    void theMomentOfADeployCounts();
    void signaturesAreOfOneVersion();
    void theAuthorMayReviewOffProduction();
    void aSecondSignature_data();
    void aSecondSignature();
    void theNewestLookCounts();
    void badAnswersAreRefused();
    void whatPassesAndShouldBeKnown();
    void whatIsToBeKnownStandsInTheOrderOfTheQuestions();
    void aSignatureIsAskedForOnceItHelps();
};

namespace {
ChecklistJudgement judged(const Checklist& c, const ChecklistDemands& demands = today()) {
    return judgedChecklist(c, demands);
}
}  // namespace

void ChecklistRulesTest::aGoodOnePasses() {
    const auto j = judged(goodChecklist());
    QVERIFY2(j.verdict == ChecklistVerdict::pass, qPrintable(j.reasons.join(u'\n')));
    QVERIFY(j.reasons.isEmpty());
    QCOMPARE(j.answer(Q::concurrent_load).standing, AnswerStanding::proven);
    QCOMPARE(j.answer(Q::rollback).standing, AnswerStanding::proven);
    QCOMPARE(j.sentence, u"Pass: nothing speaks against this deploy."_s);
}

void ChecklistRulesTest::nothingSharedFreesTwoAndThreeOnly() {
    for (const auto choice : {no, not_applicable}) {
        Checklist c = emptyChecklist();
        QVERIFY(giveAnswer(c, Q::shared_state, choice, u"reads one report"_s, deployDay()).ok());
        QCOMPARE(judged(c).verdict, ChecklistVerdict::incomplete);
        QVERIFY(judged(c).sentence.contains(u"Question 4 is not answered"_s));
        QVERIFY(giveAnswer(c, Q::rollback, yes, u"deploy the last one again"_s, deployDay()).ok());
        const auto j = judged(c);
        QVERIFY2(j.verdict == ChecklistVerdict::pass, qPrintable(j.reasons.join(u'\n')));
        QCOMPARE(j.answer(Q::sequential).standing, AnswerStanding::not_needed);
        QCOMPARE(j.answer(Q::concurrent_load).standing, AnswerStanding::not_needed);
        QVERIFY(j.sentence.contains(u"does not touch shared state"_s));
    }
}

void ChecklistRulesTest::waysToFail_data() {
    QTest::addColumn<Change>("change");
    QTest::addColumn<ChecklistVerdict>("verdict");
    QTest::addColumn<QString>("says");
    const auto row = [](const char* name, ChecklistVerdict verdict, const QString& says,
                        const Change& change) { QTest::newRow(name) << change << verdict << says; };
    constexpr auto blocked = ChecklistVerdict::blocked;
    constexpr auto incomplete = ChecklistVerdict::incomplete;
    constexpr auto expired = ChecklistVerdict::expired;
    for (const auto question : kChecklistQuestions)
        row(qPrintable(u"question %1 not answered"_s.arg(questionNumber(question))), incomplete,
            u"Question %1 is not answered"_s.arg(questionNumber(question)),
            [question](Checklist& c) { c.answer(question) = {}; });
    row("the last question not answered", incomplete, u"fail silently"_s,
        [](Checklist& c) { c.silent_failure.clear(); });
    row("not signed", incomplete, u"No reviewer"_s, [](Checklist& c) { c.sign_offs.clear(); });
    row("signed by the author", incomplete, u"is the author"_s, [](Checklist& c) {
        c.sign_offs.clear();
        sign(c, u" ada "_s);
    });
    row("sequential, tested: no", blocked, u"no test under concurrent load"_s, [](Checklist& c) {
        answer(c, Q::sequential, yes);
        answer(c, Q::concurrent_load, no);
        sign(c, u"Grace"_s);
    });
    row("sequential, tested: not applicable", blocked, u"no test under concurrent load"_s, [](Checklist& c) {
        answer(c, Q::sequential, yes);
        answer(c, Q::concurrent_load, not_applicable);
        sign(c, u"Grace"_s);
    });
    row("sequential, tested: says so", blocked, u"no test under concurrent load"_s, [](Checklist& c) {
        answer(c, Q::sequential, yes);
        c.answer(Q::concurrent_load).evidence.clear();
        sign(c, u"Grace"_s);
    });
    row("sequential, and claimed twice", blocked, u"jobs are claimed twice"_s, [](Checklist& c) {
        answer(c, Q::sequential, yes);
        attachEvidence(c, Q::sequential,
                       evidence(EvidenceKind::live, {{u"production"_s, liveSide(100'000, 93)}}), deployDay());
        sign(c, u"Grace"_s);
    });
    row("no rollback", blocked, u"--accept-risk"_s, [](Checklist& c) {
        answer(c, Q::rollback, no);
        sign(c, u"Grace"_s);
    });
    row("rollback not applicable", blocked, u"--accept-risk"_s, [](Checklist& c) {
        answer(c, Q::rollback, not_applicable);
        sign(c, u"Grace"_s);
    });
    row("tested, and failed", blocked, u"failed the test"_s, [](Checklist& c) {
        attachEvidence(c, Q::concurrent_load, evidence(EvidenceKind::drill_claim, claimDrillFile(20'000, 12)),
                       deployDay());
        sign(c, u"Grace"_s);
    });
    row("not sequential, but drifted", blocked, u"does assume sequential"_s, [](Checklist& c) {
        attachEvidence(c, Q::sequential, evidence(EvidenceKind::drill_invariant, invariantDrillFile(20, 19)),
                       deployDay());
        sign(c, u"Grace"_s);
    });
    row("tested without evidence", incomplete, u"nothing that counts shows it"_s, [](Checklist& c) {
        c.answer(Q::concurrent_load).evidence.clear();
        sign(c, u"Grace"_s);
    });
    row("sequential not applicable", incomplete, u"Question 2 does apply"_s, [](Checklist& c) {
        answer(c, Q::sequential, not_applicable);
        sign(c, u"Grace"_s);
    });
    row("nothing shared, without a reason", incomplete, u"Question 1: nothing says why"_s, [](Checklist& c) {
        answer(c, Q::shared_state, no);
        c.answer(Q::shared_state).text.clear();
    });
    row("nothing shared, but no rollback", incomplete, u"answer question 1 again"_s, [](Checklist& c) {
        answer(c, Q::shared_state, no);
        answer(c, Q::rollback, no);
    });
    row("old evidence", expired, u"its evidence has expired, measured 8 d"_s, [](Checklist& c) {
        c.answer(Q::concurrent_load).evidence.front().measured_at -= 24h * 8;
        sign(c, u"Grace"_s);
    });
    row("evidence of the future", expired, u"from now"_s, [](Checklist& c) {
        c.answer(Q::concurrent_load).evidence.front().measured_at += 24h * 30;
        sign(c, u"Grace"_s);
    });
    row("evidence of another commit", expired, u"commit 77aa"_s, [](Checklist& c) {
        c.answer(Q::concurrent_load).evidence.front().commit = u"77aa0011"_s;
        sign(c, u"Grace"_s);
    });
    row("evidence of another job", expired, u"the job refund, not for charge"_s, [](Checklist& c) {
        c.answer(Q::concurrent_load).evidence.front().job = u"refund"_s;
        sign(c, u"Grace"_s);
    });
    row("evidence of another number of workers", expired, u"ran 8 at once then, and 24 now"_s,
        [](Checklist& c) {
            c.answer(Q::concurrent_load).evidence.front().workers = 8;
            c.workers = 24;
            sign(c, u"Grace"_s);
        });
    row("looked at long ago", expired, u"Nobody has looked at it for 8 d"_s, [](Checklist& c) {
        for (auto& a : c.answers) *a.at -= 24h * 8;
        *c.silent_failure_at -= 24h * 8;
        sign(c, u"Grace"_s);
        c.sign_offs.front().at -= 24h * 8;
    });
    row("the deploy window is over", expired, u"deploy window has ended"_s, [](Checklist& c) {
        c.window.until = deployDay();
        sign(c, u"Grace"_s);
    });
}

void ChecklistRulesTest::waysToFail() {
    QFETCH(Change, change);
    QFETCH(QString, says);
    Checklist c = goodChecklist();
    change(c);
    const auto j = judged(c);
    QTEST(j.verdict, "verdict");
    QVERIFY2(j.reasons.join(u'\n').contains(says), qPrintable(j.reasons.join(u'\n')));
    QVERIFY2(j.sentence.endsWith(j.reasons.front()), qPrintable(j.sentence));
}

void ChecklistRulesTest::aReviewerAcceptsThatThereIsNoRollback() {
    Checklist c = goodChecklist();
    answer(c, Q::rollback, no);
    sign(c, u"Grace"_s, u"a one-off, watched by both of us"_s);
    const auto j = judged(c);
    QVERIFY2(j.verdict == ChecklistVerdict::pass, qPrintable(j.reasons.join(u'\n')));
    QVERIFY2(j.warnings.join(u'\n').contains(u"Grace accepts"_s), qPrintable(j.warnings.join(u'\n')));
    SignOff own{u"ADA"_s, deployDay(), {}, {}, u"my own risk"_s, contentHash(c), false};
    QCOMPARE(signOff(c, own).failure().kind, FailureKind::usage);
    answer(c, Q::sequential, no);
    c.title = u"something else by now"_s;  // what was accepted was another version
    QCOMPARE(judged(c).verdict, ChecklistVerdict::blocked);
}

void ChecklistRulesTest::aFailedRehearsalIsNoRollback() {
    Checklist c = goodChecklist();
    attachEvidence(c, Q::rollback,
                   evidence(EvidenceKind::drill_invariant, withRollback(invariantDrillFile(20, 0), false)),
                   deployDay());
    sign(c, u"Grace"_s);
    QCOMPARE(judged(c).answer(Q::rollback).standing, AnswerStanding::contradicted);
    QVERIFY(judged(c).reasons.front().contains(u"failed when it was rehearsed"_s));
    sign(c, u"Grace"_s, u"accepted"_s);
    QCOMPARE(judged(c).verdict, ChecklistVerdict::pass);
}

void ChecklistRulesTest::expiredEvidenceLeavesTheAnswerUnproven() {
    Checklist c = goodChecklist();
    auto demands = today();
    demands.moment.now = deployDay() + 24h * 7 + 1h;
    sign(c, u"Grace"_s);
    c.sign_offs.front().at = demands.moment.now;
    const auto j = judged(c, demands);
    QCOMPARE(j.verdict, ChecklistVerdict::expired);
    QCOMPARE(j.answer(Q::concurrent_load).standing, AnswerStanding::expired);
    QVERIFY(j.answer(Q::concurrent_load).evidence.front().expired);
    attachEvidence(c, Q::concurrent_load,
                   evidence(EvidenceKind::drill_claim, claimDrillFile(300'000, 0), demands.moment.now),
                   demands.moment.now);
    attachEvidence(c, Q::rollback,
                   evidence(EvidenceKind::drill_invariant, withRollback(invariantDrillFile(20, 0), true),
                            demands.moment.now),
                   demands.moment.now);
    sign(c, u"Grace"_s);
    c.sign_offs.front().at = demands.moment.now;
    QCOMPARE(judged(c, demands).verdict, ChecklistVerdict::pass);
}

void ChecklistRulesTest::commitsAreComparedByTheirBeginning() {
    QVERIFY(sameCommit(u"4f2c"_s, u"4F2C91d0"_s));
    QVERIFY(sameCommit(u"v1"_s, u"v1"_s));
    QVERIFY(!sameCommit(u"4f2"_s, u"4f2c91d0"_s));
    QVERIFY(!sameCommit(u"4f2d"_s, u"4f2c91d0"_s));
    QVERIFY(!sameCommit({}, u"4f2c91d0"_s));
}

void ChecklistRulesTest::theMomentOfADeployCounts_data() {
    QTest::addColumn<QString>("commit");
    QTest::addColumn<int>("workers");
    QTest::addColumn<ChecklistVerdict>("verdict");
    QTest::newRow("as it was") << QString() << 0 << ChecklistVerdict::pass;
    QTest::newRow("the same commit") << u"4f2c91d0aa"_s << 0 << ChecklistVerdict::pass;
    QTest::newRow("another commit") << u"b00b135"_s << 0 << ChecklistVerdict::expired;
    QTest::newRow("as many workers") << QString() << 8 << ChecklistVerdict::pass;
    QTest::newRow("more workers") << QString() << 24 << ChecklistVerdict::expired;
}

void ChecklistRulesTest::theMomentOfADeployCounts() {
    QFETCH(QString, commit);
    QFETCH(int, workers);
    Checklist c = answeredChecklist();
    c.workers = 8;
    c.answer(Q::concurrent_load).evidence.front().workers = 8;
    sign(c, u"Grace"_s);
    auto demands = today();
    demands.moment.commit = commit;
    if (workers) demands.moment.workers = workers;
    QTEST(judged(c, demands).verdict, "verdict");
    c.commit.clear();
    sign(c, u"Grace"_s);
    if (!commit.isEmpty()) QCOMPARE(judged(c, demands).verdict, ChecklistVerdict::incomplete);
}

void ChecklistRulesTest::signaturesAreOfOneVersion() {
    Checklist c = goodChecklist();
    answer(c, Q::sequential, no);
    QCOMPARE(judged(c).verdict, ChecklistVerdict::pass);  // the same answer again is the same version
    c.answer(Q::sequential).text = u"well, nearly nothing"_s;
    const auto j = judged(c);
    QCOMPARE(j.verdict, ChecklistVerdict::incomplete);
    QVERIFY2(j.reasons.front().contains(u"earlier version"_s), qPrintable(j.reasons.front()));
    sign(c, u"grace"_s);  // replaces
    QCOMPARE(c.sign_offs.size(), 1u);
    QCOMPARE(judged(c).verdict, ChecklistVerdict::pass);
}

void ChecklistRulesTest::theAuthorMayReviewOffProduction() {
    Checklist c = answeredChecklist();
    c.environment = Environment::staging;
    sign(c, u"Ada"_s);
    QCOMPARE(judged(c).verdict, ChecklistVerdict::pass);
    c.environment = std::nullopt;  // not told: counts as production
    sign(c, u"Ada"_s);
    QCOMPARE(judged(c).verdict, ChecklistVerdict::incomplete);
}

void ChecklistRulesTest::aSecondSignature_data() {
    QTest::addColumn<QString>("second");
    QTest::addColumn<QString>("host");
    QTest::addColumn<bool>("onExport");
    QTest::addColumn<bool>("passes");
    QTest::newRow("none") << QString() << QString() << false << false;
    QTest::newRow("the same person") << u"Grace"_s << u"desk"_s << true << false;
    QTest::newRow("another, in the same place") << u"Edsger"_s << u"laptop"_s << false << false;
    QTest::newRow("another, on the export") << u"Edsger"_s << u"laptop"_s << true << true;
    QTest::newRow("another, elsewhere") << u"Edsger"_s << u"desk"_s << false << true;
}

void ChecklistRulesTest::aSecondSignature() {
    QFETCH(QString, second);
    QFETCH(QString, host);
    QFETCH(bool, onExport);
    QFETCH(bool, passes);
    Checklist c = goodChecklist();
    if (!second.isEmpty())
        QVERIFY(signOff(c, {second, deployDay(), u"grace"_s, host, {}, contentHash(c), onExport}).ok());
    QCOMPARE(judged(c).verdict, ChecklistVerdict::pass);
    auto demands = today();
    demands.second_signature = true;
    QCOMPARE(judged(c, demands).verdict == ChecklistVerdict::pass, passes);
}

void ChecklistRulesTest::theNewestLookCounts() {
    Checklist c = goodChecklist();
    answer(c, Q::sequential, yes);
    attachEvidence(c, Q::sequential, evidence(EvidenceKind::live, {{u"production"_s, liveSide(100'000, 93)}}),
                   deployDay());
    sign(c, u"Grace"_s);
    QCOMPARE(judged(c).verdict, ChecklistVerdict::blocked);
    attachEvidence(
        c, Q::sequential,
        evidence(EvidenceKind::live, {{u"production"_s, liveSide(100'000, 0)}}, deployDay() + 10min),
        deployDay());
    sign(c, u"Grace"_s);
    const auto j = judged(c);
    QVERIFY2(j.verdict == ChecklistVerdict::pass, qPrintable(j.reasons.join(u'\n')));
    QVERIFY(j.answer(Q::sequential).evidence.front().superseded);
    // A drill that failed stays, however many others went well.
    attachEvidence(c, Q::concurrent_load, evidence(EvidenceKind::drill_claim, claimDrillFile(9000, 1)),
                   deployDay());
    attachEvidence(c, Q::concurrent_load,
                   evidence(EvidenceKind::drill_claim, claimDrillFile(9000, 0), deployDay() + 10min),
                   deployDay());
    sign(c, u"Grace"_s);
    QCOMPARE(judged(c).verdict, ChecklistVerdict::blocked);
}

void ChecklistRulesTest::badAnswersAreRefused() {
    Checklist c = emptyChecklist();
    const Checklist before = c;
    QVERIFY(!giveAnswer(c, Q::shared_state, no, u"  "_s, deployDay()).ok());
    QVERIFY(!giveAnswer(c, Q::rollback, yes, {}, deployDay()).ok());
    QVERIFY(!giveAnswer(c, Q::concurrent_load, not_applicable, {}, deployDay()).ok());
    QVERIFY(!giveAnswer(c, Q::sequential, no, QString(5000, u'x'), deployDay()).ok());
    QVERIFY(!giveSilentFailure(c, u"\n"_s, deployDay()).ok());
    QVERIFY(!signOff(c, {u" "_s, deployDay(), {}, {}, {}, {}, false}).ok());
    QCOMPARE(c, before);
    QVERIFY(giveAnswer(c, Q::sequential, no, {}, deployDay()).ok());
}

void ChecklistRulesTest::whatIsToBeKnownStandsInTheOrderOfTheQuestions() {
    Checklist c = emptyChecklist();
    answer(c, Q::shared_state, yes);
    answer(c, Q::sequential, no);
    answer(c, Q::concurrent_load, no);
    answer(c, Q::rollback, yes);
    QStringList numbers;
    for (const QString& warning : judgedChecklist(c, today()).warnings)
        numbers << warning.section(u' ', 1, 1).remove(u':');
    QCOMPARE(numbers, (QStringList{u"2"_s, u"3"_s, u"4"_s}));
}

void ChecklistRulesTest::aSignatureIsAskedForOnceItHelps() {
    const auto judged = [](const Checklist& c) { return judgedChecklist(c, today()); };
    QVERIFY(judged(emptyChecklist()).not_to_sign.contains(u"Question 1 is not answered"_s));
    QCOMPARE(judged(answeredChecklist()).not_to_sign, QString());
    QCOMPARE(judged(goodChecklist()).not_to_sign, QString());
    QVERIFY(!judged(answeredChecklist()).risk_to_accept);
    // Only a reviewer who accepts the risk gets past this; of that, one signs.
    Checklist bare = answeredChecklist();
    answer(bare, Q::rollback, no);
    QCOMPARE(judged(bare).verdict, ChecklistVerdict::blocked);
    QVERIFY(judged(bare).risk_to_accept);
    QCOMPARE(judged(bare).not_to_sign, QString());
    // Nobody can sign this away.
    Checklist blocked = answeredChecklist();
    answer(blocked, Q::sequential, yes);
    answer(blocked, Q::concurrent_load, no);
    QCOMPARE(judged(blocked).verdict, ChecklistVerdict::blocked);
    QVERIFY2(judged(blocked).not_to_sign.startsWith(u"Shared state"_s),
             qPrintable(judged(blocked).not_to_sign));
}

void ChecklistRulesTest::whatPassesAndShouldBeKnown() {
    Checklist c = goodChecklist();
    c.answer(Q::rollback).evidence.clear();
    answer(c, Q::concurrent_load, no);
    sign(c, u"Grace"_s);
    const auto j = judged(c);
    QVERIFY2(j.verdict == ChecklistVerdict::pass, qPrintable(j.reasons.join(u'\n')));
    const QString known = j.warnings.join(u'\n');
    QVERIFY2(known.contains(u"nobody has rehearsed it"_s), qPrintable(known));
    QVERIFY2(known.contains(u"not tested under concurrent load"_s), qPrintable(known));
    QVERIFY2(known.contains(u"stated, not measured"_s), qPrintable(known));
}

QTEST_GUILESS_MAIN(ChecklistRulesTest)
#include "tst_checklist_rules.moc"
