// The file of a checklist: there and back, edited, cut off; and its Markdown.
#include <QJsonDocument>
#include <QTest>

#include "backends/checklist/checklist_markdown.h"
#include "tests/checklist/checklist_builder.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class ChecklistDocumentTest : public QObject {
    Q_OBJECT
private slots:
    void thereAndBack();
    void anotherLayoutOfTheSameJson();
    void everyEditShows_data();
    void everyEditShows();
    void whatIsNoChecklist_data();
    void whatIsNoChecklist();
    void theHashIsOfTheContent();
    void markdownIsReadyForAPullRequest();
    void expiredEvidenceIsStruck();
    void hostileTextStaysText();
};

void ChecklistDocumentTest::thereAndBack() {
    Checklist c = goodChecklist();
    c.link = u"https://example.com/pull/7"_s;
    c.staging = u"@staging"_s;
    c.workers = 24;
    c.window = {deployDay(), deployDay() + 2h};
    c.deployed = deployDay();
    c.sign_offs.front().on_export = true;
    c.sign_offs.front().accept_risk = u"it is small"_s;
    const auto read = checklistFromBytes(checklistBytes(c));
    QVERIFY2(read.ok(), read.ok() ? "" : qPrintable(read.failure().sentence()));
    QCOMPARE(*read, c);
    const auto empty = checklistFromBytes(checklistBytes(emptyChecklist()));
    QVERIFY(empty.ok());
    QCOMPARE(*empty, emptyChecklist());
}

void ChecklistDocumentTest::anotherLayoutOfTheSameJson() {
    const QByteArray compact =
        QJsonDocument::fromJson(checklistBytes(goodChecklist())).toJson(QJsonDocument::Compact);
    QVERIFY(checklistFromBytes(compact).ok());
}

void ChecklistDocumentTest::everyEditShows_data() {
    QTest::addColumn<QByteArray>("from");
    QTest::addColumn<QByteArray>("to");
    QTest::newRow("an answer") << QByteArray("\"answer\": \"no\"") << QByteArray("\"answer\": \"yes\"");
    QTest::newRow("a text") << QByteArray("because") << QByteArray("trust me");
    QTest::newRow("a figure") << QByteArray("300000") << QByteArray("900000");
    QTest::newRow("a time") << QByteArray("2026-03-03") << QByteArray("2026-03-04");
    QTest::newRow("a signature") << QByteArray("\"Grace\"") << QByteArray("\"Edsger\"");
    QTest::newRow("the commit") << QByteArray("4f2c91d0") << QByteArray("4f2c91d1");
    QTest::newRow("the checksum") << QByteArray("sha256:") << QByteArray("sha256:0");
    QTest::newRow("a field more") << QByteArray("\"title\"") << QByteArray("\"x\": 1, \"title\"");
}

void ChecklistDocumentTest::everyEditShows() {
    QFETCH(QByteArray, from);
    QFETCH(QByteArray, to);
    QByteArray bytes = checklistBytes(goodChecklist());
    QVERIFY(bytes.contains(from));
    const auto read = checklistFromBytes(bytes.replace(from, to));
    QVERIFY(!read.ok());
    QCOMPARE(read.failure().kind, FailureKind::protocol);
    QVERIFY2(read.failure().what.contains(u"was edited"_s), qPrintable(read.failure().what));
}

void ChecklistDocumentTest::whatIsNoChecklist_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("says");
    const auto with = [](const QString& name, const QJsonValue& value) {
        QJsonObject object = checklistDocument(goodChecklist());
        object[name] = value;
        return QJsonDocument(sealed(object)).toJson();
    };
    QTest::newRow("empty") << QByteArray() << u"no whole JSON"_s;
    QTest::newRow("cut off") << checklistBytes(goodChecklist()).chopped(40) << u"no whole JSON"_s;
    QTest::newRow("a list") << QByteArray("[]") << u"no exported checklist"_s;
    QTest::newRow("a drill") << QByteArray("{\"kind\":\"drill_claim\"}") << u"no exported checklist"_s;
    QTest::newRow("newer") << with(u"schema"_s, 2) << u"layout 2"_s;
    QTest::newRow("no id") << with(u"checklist"_s, u"../../etc/passwd"_s) << u"it has no id"_s;
    QTest::newRow("no time") << with(u"created"_s, 7) << u"\"created\" is no time"_s;
    QTest::newRow("no answer") << with(u"answers"_s,
                                       QJsonObject{{u"rollback"_s, QJsonObject{{u"answer"_s, u"maybe"_s}}}})
                               << u"\"maybe\" is no answer"_s;
}

void ChecklistDocumentTest::whatIsNoChecklist() {
    QFETCH(QByteArray, bytes);
    QFETCH(QString, says);
    const auto read = checklistFromBytes(bytes);
    QVERIFY(!read.ok());
    QVERIFY2(read.failure().sentence().contains(says), qPrintable(read.failure().sentence()));
}

void ChecklistDocumentTest::theHashIsOfTheContent() {
    Checklist c = answeredChecklist();
    const QString before = contentHash(c);
    sign(c, u"Grace"_s);
    c.deployed = deployDay();
    QCOMPARE(contentHash(c), before);
    c.answer(Q::concurrent_load).evidence.pop_back();
    QVERIFY(contentHash(c) != before);
}

void ChecklistDocumentTest::markdownIsReadyForAPullRequest() {
    const Checklist c = goodChecklist();
    const QString text = checklistMarkdown(c, judgedChecklist(c, today()));
    QVERIFY2(text.startsWith(u"# Pre-deploy checklist: Charge in one statement\n\n**Pass: "_s),
             qPrintable(text));
    QVERIFY(text.contains(u"\n## Concurrency considerations\n"_s));
    for (const auto question : kChecklistQuestions) QVERIFY(text.contains(questionSentence(question)));
    QVERIFY(text.contains(silentFailureQuestion()));
    QVERIFY2(text.contains(u"0 of 300 000 claims: at most 10.0 per million"_s) ||
                 text.contains(u"0 of 300 000 claims: at most 10 per million"_s),
             qPrintable(text));
    QVERIFY(text.contains(u"by ada on build-7, 3 Mar 2026 02:12 UTC"_s));
    QVERIFY(text.contains(u"Grace read it"_s));
}

void ChecklistDocumentTest::expiredEvidenceIsStruck() {
    Checklist c = goodChecklist();
    c.answer(Q::concurrent_load).evidence.front().commit = u"00ff"_s;
    const QString text = checklistMarkdown(c, judgedChecklist(c, today()));
    QVERIFY2(text.contains(u"~~Claim drill: "_s), qPrintable(text));
    QVERIFY2(text.contains(u"**Expired:** it speaks for commit 00ff, not for 4f2c91d0."_s), qPrintable(text));
    QVERIFY(text.contains(u"Yes (unproven: its evidence has expired)"_s));
}

void ChecklistDocumentTest::hostileTextStaysText() {
    Checklist c = goodChecklist();
    c.title = u"# <img src=x> @team\n## Pass"_s;
    c.silent_failure = u"[click](http://evil) | `x`"_s;
    const QString text = checklistMarkdown(c, judgedChecklist(c, today()));
    QVERIFY(text.contains(u"\\<img src=x\\>"_s));
    QVERIFY(!text.contains(u"\n## Pass"_s));
    QVERIFY(!text.contains(u"@team"_s));
    QVERIFY(text.contains(u"\\[click\\](http"_s));
}

QTEST_GUILESS_MAIN(ChecklistDocumentTest)
#include "tst_checklist_document.moc"
