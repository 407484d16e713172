// What files and readings are taken for, and what each says about a question.
#include <QJsonDocument>
#include <QTest>

#include "backends/checklist/evidence_file.h"
#include "backends/checklist/live_evidence.h"
#include "tests/checklist/checklist_builder.h"
#include "tests/support/reading_builder.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

Q_DECLARE_METATYPE(Bearing)

namespace {

EvidenceFile file(const QByteArray& bytes) {
    return {bytes, u"result.xml"_s, deployDay()};
}
EvidenceFile file(const QJsonObject& object) {
    return {QJsonDocument(object).toJson(), u"result.json"_s, deployDay()};
}
EvidenceJudgement judged(EvidenceKind kind, const QJsonObject& document, Q question,
                         const Checklist& checklist = emptyChecklist()) {
    return judgedEvidence(evidence(kind, document), question, checklist);
}
QJsonObject parity(const QString& verdict, const QString& queue = u"payments"_s, qint64 staging = 5) {
    return {{u"verdict"_s, u"same"_s},
            {u"sentence"_s, u"all the same"_s},
            {u"queues"_s, QJsonArray{QJsonObject{
                              {u"queue"_s, queue},
                              {u"verdict"_s, verdict},
                              {u"a"_s, QJsonObject{{u"workers"_s, measuredJson(Count::exact(1))},
                                                   {u"concurrency"_s, measuredJson(Count::exact(staging))}}},
                              {u"sentence"_s, u"payments: staging runs 1."_s}}}}};
}

}  // namespace

class ChecklistEvidenceTest : public QObject {
    Q_OBJECT
private slots:
    void claimDrills_data();
    void claimDrills();
    void figuresAreReckonedAgain();
    void invariantDrills_data();
    void invariantDrills();
    void parities_data();
    void parities();
    void whatRunsNow_data();
    void whatRunsNow();
    void aReadingBecomesEvidence();
    void whatCannotBeSeenIsNotZero();
    void ourOwnFilesAreKnown();
    void wrongFiles_data();
    void wrongFiles();
    void testReports_data();
    void testReports();
    void aReportSaysWhenItRan();
    void anotherToolIsNotMeasuredByUs();
};

void ChecklistEvidenceTest::claimDrills_data() {
    QTest::addColumn<QJsonObject>("drill");
    QTest::addColumn<Q>("question");
    QTest::addColumn<Bearing>("bearing");
    QTest::addColumn<QString>("caveat");
    const auto row = [](const char* name, const QJsonObject& d, Q q, Bearing b, const QString& caveat = {}) {
        QTest::newRow(name) << d << q << b << caveat;
    };
    row("clean", claimDrillFile(300'000, 0), Q::concurrent_load, Bearing::supports);
    row("clean, of question 2", claimDrillFile(300'000, 0), Q::sequential, Bearing::supports);
    row("clean, of question 4", claimDrillFile(300'000, 0), Q::rollback, Bearing::undecided,
        u"nothing about question 4"_s);
    row("duplicates", claimDrillFile(20'000, 1), Q::concurrent_load, Bearing::contradicts);
    row("duplicates that logic may bear", claimDrillFile(20'000, 1), Q::sequential, Bearing::undecided);
    row("one worker", claimDrillFile(20'000, 0, 1), Q::concurrent_load, Bearing::undecided, u"One worker"_s);
    row("few claims", claimDrillFile(999, 0), Q::concurrent_load, Bearing::undecided, u"Fewer than 1 000"_s);
    row("hardly enough", claimDrillFile(2000, 0), Q::concurrent_load, Bearing::supports,
        u"one in a thousand"_s);
    row("a reference", claimDrillFile(20'000, 0, 8, u"atomic"_s), Q::concurrent_load, Bearing::supports,
        u"reference claim"_s);
    row("fewer than production", claimDrillFile(20'000, 0, 4), Q::concurrent_load, Bearing::supports,
        u"production runs 24"_s);
    row("no claim", claimDrillFile(0, 0), Q::concurrent_load, Bearing::undecided);
    row("no figures", {{u"kind"_s, u"drill_claim"_s}, {u"workers"_s, 8}}, Q::concurrent_load,
        Bearing::undecided);
}

void ChecklistEvidenceTest::claimDrills() {
    QFETCH(QJsonObject, drill);
    QFETCH(Q, question);
    QFETCH(QString, caveat);
    Checklist c = emptyChecklist();
    c.workers = caveat.contains(u"24"_s) ? std::optional<qint64>(24) : std::nullopt;
    const auto j = judged(EvidenceKind::drill_claim, drill, question, c);
    QTEST(j.bearing, "bearing");
    QVERIFY2(caveat.isEmpty() ? j.caveats.isEmpty() : j.caveats.join(u' ').contains(caveat),
             qPrintable(j.caveats.join(u' ')));
}

void ChecklistEvidenceTest::figuresAreReckonedAgain() {
    auto drill = claimDrillFile(1'000'000, 931);
    drill[u"sentence"_s] = u"no duplicates at all"_s;
    drill[u"duplicate_upper95_ppm"_s] = measuredJson(Ratio::exact(0.1));
    QCOMPARE(
        judged(EvidenceKind::drill_claim, drill, Q::concurrent_load).sentence,
        u"8 workers, claim.sql: 931 of 1 000 000 claims were made twice, 931 per million (95 %: 872–993)."_s);
}

void ChecklistEvidenceTest::invariantDrills_data() {
    QTest::addColumn<QJsonObject>("drill");
    QTest::addColumn<Q>("question");
    QTest::addColumn<Bearing>("bearing");
    const auto row = [](const char* name, const QJsonObject& d, Q q, Bearing b) {
        QTest::newRow(name) << d << q << b;
    };
    row("held", invariantDrillFile(20, 0), Q::concurrent_load, Bearing::supports);
    row("held, of question 2", invariantDrillFile(20, 0), Q::sequential, Bearing::supports);
    row("held, of question 1", invariantDrillFile(20, 0), Q::shared_state, Bearing::undecided);
    row("drifted", invariantDrillFile(20, 1), Q::concurrent_load, Bearing::contradicts);
    row("no round", invariantDrillFile(0, 0), Q::concurrent_load, Bearing::undecided);
    row("one process", invariantDrillFile(20, 0, 0, 1), Q::concurrent_load, Bearing::undecided);
    row("some processes failed", invariantDrillFile(20, 0, 10), Q::concurrent_load, Bearing::supports);
    row("hardly any did their work", invariantDrillFile(20, 0, 130), Q::concurrent_load, Bearing::undecided);
    row("no rollback rehearsed", invariantDrillFile(20, 0), Q::rollback, Bearing::undecided);
    row("rollback held", withRollback(invariantDrillFile(20, 3), true), Q::rollback, Bearing::supports);
    row("rollback failed", withRollback(invariantDrillFile(20, 0), false), Q::rollback, Bearing::contradicts);
    row("empty", {}, Q::concurrent_load, Bearing::undecided);
}

void ChecklistEvidenceTest::invariantDrills() {
    QFETCH(QJsonObject, drill);
    QFETCH(Q, question);
    const auto j = judged(EvidenceKind::drill_invariant, drill, question);
    QTEST(j.bearing, "bearing");
    QVERIFY(j.bearing != Bearing::undecided || !j.caveats.isEmpty());
}

void ChecklistEvidenceTest::parities_data() {
    QTest::addColumn<QString>("verdict");
    QTest::addColumn<Bearing>("bearing");
    QTest::newRow("same") << u"same"_s << Bearing::supports;
    QTest::newRow("fewer") << u"fewer"_s << Bearing::supports;
    QTest::newRow("untested") << u"untested"_s << Bearing::undecided;
    QTest::newRow("unknown") << u"unknown"_s << Bearing::undecided;
    QTest::newRow("nonsense") << u"splendid"_s << Bearing::undecided;
}

void ChecklistEvidenceTest::parities() {
    QFETCH(QString, verdict);
    const auto j = judged(EvidenceKind::parity, parity(verdict), Q::concurrent_load);
    QTEST(j.bearing, "bearing");
    QCOMPARE(j.sentence, u"payments: staging runs 1."_s);
    const auto other = judged(EvidenceKind::parity, parity(verdict, u"mails"_s), Q::concurrent_load);
    QCOMPARE(other.bearing, Bearing::undecided);
    QVERIFY(other.sentence.contains(u"no queue payments"_s));
    Checklist noQueue = emptyChecklist();
    noQueue.queue.clear();
    QCOMPARE(judged(EvidenceKind::parity, parity(verdict, u"mails"_s), Q::concurrent_load, noQueue).sentence,
             u"payments: staging runs 1."_s);
    const auto alone = judged(EvidenceKind::parity, parity(verdict, u"payments"_s, 1), Q::concurrent_load);
    QCOMPARE(alone.bearing, Bearing::undecided);
}

void ChecklistEvidenceTest::whatRunsNow_data() {
    QTest::addColumn<QJsonObject>("production");
    QTest::addColumn<QJsonObject>("staging");
    QTest::addColumn<Q>("question");
    QTest::addColumn<Bearing>("bearing");
    const QJsonObject clean = liveSide(300'000, 0), dirty = liveSide(300'000, 280), few = liveSide(40, 0);
    QTest::newRow("clean") << clean << QJsonObject() << Q::sequential << Bearing::supports;
    QTest::newRow("dirty") << dirty << clean << Q::sequential << Bearing::undecided;
    QTest::newRow("few") << few << QJsonObject() << Q::sequential << Bearing::undecided;
    QTest::newRow("production is not this change")
        << clean << QJsonObject() << Q::concurrent_load << Bearing::undecided;
    QTest::newRow("staging may be") << dirty << clean << Q::concurrent_load << Bearing::supports;
    QTest::newRow("rollback") << clean << clean << Q::rollback << Bearing::undecided;
}

void ChecklistEvidenceTest::whatRunsNow() {
    QFETCH(QJsonObject, production);
    QFETCH(QJsonObject, staging);
    QFETCH(Q, question);
    QJsonObject document{{u"production"_s, production}};
    if (!staging.isEmpty()) document[u"staging"_s] = staging;
    QTEST(judged(EvidenceKind::live, document, question).bearing, "bearing");
}

void ChecklistEvidenceTest::aReadingBecomesEvidence() {
    const auto reading = ReadingBuilder(u"@prod"_s)
                             .system(u"mapped:payments"_s, u"table payments"_s)
                             .queue(QueueBuilder(u"payments"_s).claims(300'000, 279, 100, 0))
                             .build();
    const auto seen = liveQueue(*reading, u"payments"_s);
    QVERIFY(seen);
    QCOMPARE(seen->at_once, Count::exact(120));
    QVERIFY(!liveQueue(*reading, u"mails"_s));
    const auto document = liveDocument(seen, std::nullopt);
    QCOMPARE(document[u"sentence"_s].toString(), u"production: 930 per million (95 %: 824–1 046)."_s);
    QVERIFY(document[u"staging"_s].isNull());
    const Evidence e = evidence(EvidenceKind::live, document);
    QVERIFY(sawDuplicates(e));
}

void ChecklistEvidenceTest::whatCannotBeSeenIsNotZero() {
    LiveQueue blind;
    blind.queue = u"payments"_s;
    blind.duplicates = duplicateClaims(Count::notObservable(u"pg-boss keeps no trace of claims."_s),
                                       Count::notObservable(u"pg-boss keeps no trace of claims."_s));
    blind.at_once = Count::notObservable(u"it keeps no list of workers"_s);
    const auto document = liveDocument(blind, std::nullopt);
    const auto j = judged(EvidenceKind::live, document, Q::sequential);
    QCOMPARE(j.bearing, Bearing::undecided);
    QCOMPARE(j.sentence, u"production: pg-boss keeps no trace of claims."_s);
    QVERIFY(document[u"production"_s][u"at_once"_s][u"value"_s].isNull());
}

void ChecklistEvidenceTest::ourOwnFilesAreKnown() {
    auto drill = claimDrillFile(20'000, 0);
    drill[u"measured_at"_s] = u"2026-03-03T02:12:00.000Z"_s;
    drill[u"measured_by"_s] = u"ada"_s;
    drill[u"where"_s] = u"@staging"_s;
    drill[u"commit"_s] = u"4f2c91d0"_s;
    const auto e = evidenceFromDrill(file(drill));
    QVERIFY(e.ok());
    QCOMPARE(e->kind, EvidenceKind::drill_claim);
    QCOMPARE(e->measured_at, deployDay());
    QCOMPARE(e->commit, u"4f2c91d0"_s);
    QCOMPARE(e->source, u"result.json"_s);
    const auto known = evidenceFromJson(file(drill));
    QVERIFY(known.ok());
    QCOMPARE(*known, *e);
}

void ChecklistEvidenceTest::wrongFiles_data() {
    QTest::addColumn<QString>("as");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("says");
    const auto row = [](const char* name, const QString& as, const QByteArray& bytes, const QString& says) {
        QTest::newRow(name) << as << bytes << says;
    };
    row("drill: empty", u"drill"_s, {}, u"is no JSON"_s);
    row("drill: cut off", u"drill"_s, "{\"kind\": \"drill_claim\",", u"is no JSON"_s);
    row("drill: another tool's", u"drill"_s, "{\"p95\": 12}", u"no result of a drill"_s);
    row("drill: a parity", u"drill"_s, "{\"kind\": \"parity\"}", u"no result of a drill"_s);
    row("drill: no time", u"drill"_s, "{\"kind\": \"drill_claim\"}",
        u"no evidence that this program measured"_s);
    row("drill: a list", u"drill"_s, "[1, 2]", u"no JSON object"_s);
    row("file: XML", u"file"_s, "<testsuite/>", u"--junit"_s);
    row("junit: JSON", u"junit"_s, "{}", u"is no JUnit XML"_s);
    row("junit: cut off", u"junit"_s, "<testsuite><testcase name='a'>", u"in line 1"_s);
    row("junit: another XML", u"junit"_s, "<html></html>", u"no JUnit report"_s);
    row("junit: a bomb", u"junit"_s,
        "<!DOCTYPE a [<!ENTITY b 'ha'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'><!ENTITY d "
        "'&c;&c;&c;&c;&c;&c;&c;&c;'>"
        "<!ENTITY e '&d;&d;&d;&d;&d;&d;&d;&d;'><!ENTITY f '&e;&e;&e;&e;&e;&e;&e;&e;'>]>"
        "<testsuite><testcase name='a'>&f;</testcase></testsuite>",
        u"is no JUnit XML"_s);
}

void ChecklistEvidenceTest::wrongFiles() {
    QFETCH(QString, as);
    QFETCH(QByteArray, bytes);
    QFETCH(QString, says);
    const auto e = as == u"drill"_s   ? evidenceFromDrill(file(bytes))
                   : as == u"junit"_s ? evidenceFromJUnit(file(bytes))
                                      : evidenceFromJson(file(bytes));
    QVERIFY(!e.ok());
    QCOMPARE(e.failure().kind, FailureKind::usage);
    QVERIFY2(e.failure().sentence().contains(says), qPrintable(e.failure().sentence()));
}

void ChecklistEvidenceTest::testReports_data() {
    QTest::addColumn<QByteArray>("xml");
    QTest::addColumn<QString>("sentence");
    QTest::addColumn<Bearing>("bearing");
    QTest::newRow("passed") << QByteArray(
                                   "<testsuites><testsuite tests='2' failures='0'><testcase name='a'/>"
                                   "<testcase name='b'/></testsuite></testsuites>")
                            << u"2 tests, 0 failed, 0 skipped."_s << Bearing::supports;
    QTest::newRow("failed") << QByteArray(
                                   "<testsuite><testcase name='a'><failure/></testcase>"
                                   "<testcase name='b'><error/></testcase></testsuite>")
                            << u"2 tests, 2 failed, 0 skipped. Failed: a, b."_s << Bearing::contradicts;
    QTest::newRow("failed outside of a case")
        << QByteArray("<testsuite errors='1'><testcase name='a'/></testsuite>")
        << u"1 tests, 1 failed, 0 skipped."_s << Bearing::contradicts;
    QTest::newRow("all skipped") << QByteArray(
                                        "<testsuite><testcase name='a'><skipped/></testcase></testsuite>")
                                 << u"1 tests, 0 failed, 1 skipped."_s << Bearing::undecided;
    QTest::newRow("none") << QByteArray("<testsuite tests='12'/>") << u"0 tests, 0 failed, 0 skipped."_s
                          << Bearing::undecided;
}

void ChecklistEvidenceTest::testReports() {
    QFETCH(QByteArray, xml);
    QFETCH(QString, sentence);
    const auto e = evidenceFromJUnit(file(xml));
    QVERIFY(e.ok());
    const auto j = judgedEvidence(*e, Q::concurrent_load, emptyChecklist());
    QCOMPARE(j.sentence, sentence);
    QTEST(j.bearing, "bearing");
    QVERIFY(j.caveats.join(u' ').contains(u"Not measured by us"_s));
}

void ChecklistEvidenceTest::aReportSaysWhenItRan() {
    const auto e =
        evidenceFromJUnit(file("<testsuites><testsuite hostname='ci-3' "
                               "timestamp='2026-02-20T10:00:00'><testcase name='a'/></testsuite>"
                               "<testsuite timestamp='2026-02-19T10:00:00'/></testsuites>"));
    QVERIFY(e.ok());
    QCOMPARE(toIsoUtc(e->measured_at), u"2026-02-19T10:00:00.000Z"_s);
    QCOMPARE(e->host, u"ci-3"_s);
    const auto undated = evidenceFromJUnit(file("<testsuite><testcase name='a'/></testsuite>"));
    QVERIFY(undated.ok());
    QCOMPARE(undated->measured_at, deployDay());
}

void ChecklistEvidenceTest::anotherToolIsNotMeasuredByUs() {
    const auto e = evidenceFromJson(file(QJsonObject{{u"http_reqs"_s, 4711}, {u"kind"_s, u"drill_claim"_s}}));
    QVERIFY(e.ok());
    QCOMPARE(e->kind, EvidenceKind::foreign);
    const auto j = judgedEvidence(*e, Q::concurrent_load, emptyChecklist());
    QVERIFY(j.caveats.join(u' ').contains(u"Not measured by us"_s));
    QVERIFY(!measuredByUs(e->kind));
    QCOMPARE(judged(EvidenceKind::foreign, {}, Q::concurrent_load).bearing, Bearing::undecided);
}

QTEST_GUILESS_MAIN(ChecklistEvidenceTest)
#include "tst_checklist_evidence.moc"
