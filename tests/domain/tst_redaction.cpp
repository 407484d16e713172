// What a rule names is never seen, whatever the payload looks like; what no rule names stays byte for byte.
#include <QElapsedTimer>
#include <QTest>

#include "backends/domain/redaction.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class RedactionTest : public QObject {
    Q_OBJECT
private slots:
    void hides_data();
    void hides();
    void leavesAllElse_data();
    void leavesAllElse();
    void aCutPayloadTellsNothing();
    void whatIsNoRuleIsRefused_data();
    void whatIsNoRuleIsRefused();
    void unreadableRulesHideEverything();
    void answersAreRedactedWhole();
    void deepAndLongPayloadsTakeNoTime();
};

namespace {

RedactionRules rules(const QStringList& list) {
    const auto made = RedactionRules::of(list);
    if (!made) qFatal("%s", qPrintable(made.failure().sentence()));
    return *made;
}

}  // namespace

void RedactionTest::hides_data() {
    QTest::addColumn<QString>("rule");
    QTest::addColumn<QByteArray>("payload");
    QTest::addColumn<QByteArray>("wanted");
    const QByteArray gone = R"x("(hidden by a rule)")x";
    QTest::newRow("key at any depth") << u"email"_s << QByteArray(R"x({"a":[{"Email":"s3cret","n":1}]})x")
                                      << R"x({"a":[{"Email":)x" + gone + R"x(,"n":1}]})x";
    QTest::newRow("a whole object") << u"user"_s << QByteArray(R"x({"user":{"x":"s3cret}"},"n":1})x")
                                    << R"x({"user":)x" + gone + R"x(,"n":1})x";
    QTest::newRow("path") << u"$.user.email"_s
                          << QByteArray(R"x({"user":{"email":"s3cret"},"email":"kept"})x")
                          << R"x({"user":{"email":)x" + gone + R"x(},"email":"kept"})x";
    QTest::newRow("index") << u"$.args[1]"_s << QByteArray(R"x({"args":["kept","s3cret",3]})x")
                           << R"x({"args":["kept",)x" + gone + ",3]}";
    QTest::newRow("any index") << u"$.items[*].card"_s
                               << QByteArray(R"x({"items":[{"card":1234},{"card":"s3cret"}]})x")
                               << R"x({"items":[{"card":)x" + gone + R"x(},{"card":)x" + gone + "}]}";
    QTest::newRow("deep path") << u"$..bank.iban"_s << QByteArray(R"x([{"x":{"bank":{"iban":"s3cret"}}}])x")
                               << R"x([{"x":{"bank":{"iban":)x" + gone + "}}}]";
    QTest::newRow("quoted key in the rule")
        << u"$['first name']"_s << QByteArray(R"x({"first name":"s3cret"})x")
        << R"x({"first name":)x" + gone + "}";
    QTest::newRow("escaped key in the payload")
        << u"email"_s << QByteArray(R"x({"\u0065mail":"s3cret"})x") << R"x({"\u0065mail":)x" + gone + "}";
    QTest::newRow("JSON in a string") << u"email"_s << QByteArray(R"x({"args":["{\"email\":\"s3cret\"}"]})x")
                                      << QByteArray(R"x({"args":["{\"email\":\"(hidden by a rule)\"}"]})x");
    QTest::newRow("a path's key in text")
        << u"$.user.email"_s << QByteArray("email=s3cret&n=1") << QByteArray("email=(hidden by a rule)&n=1");
    QTest::newRow("YAML") << u"email"_s << QByteArray("to:\n  :email: s3cret\n  n: 1")
                          << QByteArray("to:\n  :email: (hidden by a rule)\n  n: 1");
    QTest::newRow("goes wrong on the way") << u"email"_s << QByteArray(R"x({"a":1} email: "s3cret" {)x")
                                           << QByteArray(R"x({"a":1} email: (hidden by a rule) {)x");
    QTest::newRow("bytes") << u"email"_s << QByteArray("\x80\x04s3cret\x00\xff", 10)
                           << QByteArray(
                                  "(hidden: redaction rules cannot be applied to bytes that are no text)");
}

void RedactionTest::hides() {
    QFETCH(QString, rule);
    QFETCH(QByteArray, payload);
    QFETCH(QByteArray, wanted);
    QCOMPARE(rules({rule}).applied(payload), wanted);
}

void RedactionTest::leavesAllElse_data() {
    QTest::addColumn<QByteArray>("payload");
    QTest::newRow("spaces, order, big numbers")
        << QByteArray("{ \"z\" : 12345678901234567890.10,\n\t\"a\": [ ] }");
    QTest::newRow("escapes") << QByteArray(R"x({"a":"\u00e9\/\n","b":"é"})x");
    QTest::newRow("a longer key") << QByteArray(R"x({"email_sent":true,"no_email":"kept"})x");
    QTest::newRow("text") << QByteArray("the mailbox is full");
    QTest::newRow("no JSON document, but its start") << QByteArray("[info] started");
    QTest::newRow("empty") << QByteArray();
}

void RedactionTest::leavesAllElse() {
    QFETCH(QByteArray, payload);
    QCOMPARE(rules({u"email"_s, u"$.user.name"_s}).applied(payload), payload);
    QCOMPARE(RedactionRules().applied(payload), payload);
}

// Wherever the bytes end, nothing of what is hidden is left.
void RedactionTest::aCutPayloadTellsNothing() {
    const QByteArray whole =
        R"({"user":{"email":"SSSS SSSS","n":[1,{"email":["SSSS"]}]},"t":"{\"email\": \"SSSS\"}"})";
    for (qsizetype length = 1; length <= whole.size(); ++length) {
        const QByteArray shown = rules({u"email"_s}).applied(whole.left(length));
        QVERIFY2(!shown.contains("SS"), shown.constData());
    }
    QVERIFY(rules({u"email"_s}).applied(whole).contains(R"("n":[1,)"));
}

void RedactionTest::whatIsNoRuleIsRefused_data() {
    QTest::addColumn<QString>("rule");
    for (const auto* wrong : {"", "$", "$.", "user.email", "$user", "$.a[", "$.a[x]", "a b", "$.a[*"})
        QTest::newRow(*wrong ? wrong : "nothing") << QString::fromLatin1(wrong);
}

void RedactionTest::whatIsNoRuleIsRefused() {
    QFETCH(QString, rule);
    const auto made = RedactionRules::of({u"email"_s, rule});
    QVERIFY(!made);
    QVERIFY2(made.failure().what.contains(u'"' + rule + u'"'), qPrintable(made.failure().what));
}

void RedactionTest::unreadableRulesHideEverything() {
    const auto all = RedactionRules::hidingAll(u"(hidden: broken)"_s);
    QCOMPARE(all.applied(QByteArray("{\"a\":1}")), QByteArray("(hidden: broken)"));
    QCOMPARE(all.applied(u"boom"_s), u"(hidden: broken)"_s);
}

void RedactionTest::answersAreRedactedWhole() {
    JobDetail detail;
    detail.job.error = u"no user with email=s3cret"_s;
    detail.payload = R"({"email":"s3cret"})";
    detail.errors = {{{}, 1, u"email: 's3cret'"_s}};
    const auto redacted = std::get<JobDetail>(redact(Answer(detail), rules({u"email"_s})));
    QCOMPARE(redacted.job.error, u"no user with email=(hidden by a rule)"_s);
    QVERIFY(!redacted.payload.contains("s3cret"));
    QCOMPARE(redacted.errors[0].text, u"email: (hidden by a rule)"_s);
    DeadGroups groups;
    groups.groups = {{.signature = u"kept"_s, .sample = u"email=s3cret"_s}};
    QCOMPARE(std::get<DeadGroups>(redact(Answer(groups), rules({u"email"_s}))).groups[0].sample,
             u"email=(hidden by a rule)"_s);
    DeadPage page;
    page.jobs = {detail.job};
    QVERIFY(
        !std::get<DeadPage>(redact(Answer(page), rules({u"email"_s}))).jobs[0].error.contains(u"s3cret"_s));
}

// A mebibyte of anything is done at once: work grows with the length, not with its square.
void RedactionTest::deepAndLongPayloadsTakeNoTime() {
    QElapsedTimer time;
    time.start();
    const auto hiding = rules({u"email"_s, u"$..a.b"_s});
    QVERIFY(hiding.applied(QByteArray(1 << 18, '[')).endsWith("[\"(hidden by a rule)\""));
    QByteArray deep;
    for (int i = 0; i < 2'000; ++i) deep += "{\"a\":";
    QVERIFY(hiding.applied(deep).endsWith("{\"a\":\"(hidden by a rule)\""));
    QVERIFY(hiding.applied("{\"email\":" + QByteArray(1 << 20, '[')).contains("hidden"));
    QVERIFY(hiding.applied("email=" + QByteArray(1 << 20, '"')).contains("hidden"));
    QVERIFY2(time.elapsed() < 20'000, qPrintable(QString::number(time.elapsed())));
}

QTEST_APPLESS_MAIN(RedactionTest)
#include "tst_redaction.moc"
