// `spillwayctl checklist` as a program: from the first question to `verify`, with evidence from real servers.
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include "tests/postgres/postgres_fixture.h"
#include "tests/redis/sidekiq/stage.h"
#include "tests/support/program_run.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

class ChecklistCommandTest : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void init();
    void tenSecondsForNothingShared();
    void fromTheFirstQuestionToAPass();
    void theShellSnippetOfCi();
    void verifyFails_data();
    void verifyFails();
    void aSecondSignatureOnTheExport();
    void workersOfTwoServersAreEvidence();
    void whatCannotBeReachedIsNotAttached();
    void badInput_data();
    void badInput();

private:
    ProgramRun run(const QStringList& arguments) {
        return runSpillwayctl(QStringList{u"checklist"_s} + arguments, m_environment);
    }
    QString done(const QStringList& arguments) {
        const auto result = run(arguments);
        if (result.code != 0) qWarning("%s: %s", qPrintable(arguments.join(u' ')), qPrintable(result.err));
        return result.out.trimmed();
    }
    QString path(const QString& name) const { return m_home->filePath(name); }
    void write(const QString& name, const QByteArray& bytes) const;
    [[nodiscard]] QByteArray read(const QString& name) const;
    QString begun(const QStringList& more = {});
    QString answered();  // all but the evidence and the signature
    QJsonObject verified(int& code, const QStringList& more = {});

    PostgresFixture m_fixture;
    SidekiqStage m_staging, m_production;
    QTemporaryDir m_folder;  // what all tests share
    QByteArray m_drill;      // of a real claim drill
    QString m_answeredId;
    QByteArray m_answered;
    std::unique_ptr<QTemporaryDir> m_home;
    QProcessEnvironment m_environment;
};

void ChecklistCommandTest::write(const QString& name, const QByteArray& bytes) const {
    QFile file(path(name));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(bytes);
}

QByteArray ChecklistCommandTest::read(const QString& name) const {
    QFile file(path(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void ChecklistCommandTest::initTestCase() {
    const auto trouble = m_fixture.start();
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
    m_fixture.freshDatabase(u"app"_s);
    const QString file = m_folder.filePath(u"claim.json"_s);
    const auto drill =
        runSpillwayctl({u"drill"_s, u"claim"_s, m_fixture.settings().url, u"--environment"_s, u"staging"_s,
                        u"--jobs"_s, u"5000"_s, u"--output"_s, file, u"--job"_s, u"charge"_s});
    QVERIFY2(drill.code == 0, qPrintable(drill.err));
    QFile result(file);
    QVERIFY(result.open(QIODevice::ReadOnly));
    m_drill = result.readAll();
    for (auto* stage : {&m_staging, &m_production}) {
        QVERIFY2(stage->start(), qPrintable(stage->problem()));
        stage->command({"LPUSH", "queue:default", R"({"class":"charge","jid":"a","queue":"default"})"});
    }
}

void ChecklistCommandTest::init() {
    m_home = std::make_unique<QTemporaryDir>();
    m_environment = environmentWith(u"XDG_DATA_HOME"_s, path(u"data"_s));
    m_environment.insert(u"XDG_CONFIG_HOME"_s, path(u"config"_s));
    m_environment.remove(u"GITHUB_SHA"_s);
    m_environment.remove(u"CI_COMMIT_SHA"_s);
    write(u"claim.json"_s, m_drill);
}

QString ChecklistCommandTest::begun(const QStringList& more) {
    return done(QStringList{u"new"_s, u"--title"_s, u"Charge in one statement"_s, u"--job"_s, u"charge"_s,
                            u"--queue"_s, u"default"_s, u"--author"_s, u"ada"_s} +
                (more.contains(u"--commit"_s) ? more : more + QStringList{u"--commit"_s, u"4f2c91d0"_s}));
}

QString ChecklistCommandTest::answered() {
    const auto stored = [this](const QString& id) {
        return u"data/spillway/checklists/"_s + id + u".json"_s;
    };
    if (!m_answered.isEmpty()) {  // answered before: every test begins with the same
        QDir().mkpath(path(u"data/spillway/checklists"_s));
        write(stored(m_answeredId), m_answered);
        return m_answeredId;
    }
    const QString id = begun();
    done({u"answer"_s, id, u"shared-state"_s, u"yes"_s, u"--text"_s, u"charges cards"_s});
    done({u"answer"_s, id, u"2"_s, u"no"_s, u"--text"_s, u"one statement, keyed"_s});
    done({u"answer"_s, id, u"3"_s, u"yes"_s, u"--text"_s, u"drilled on staging"_s});
    done({u"answer"_s, id, u"4"_s, u"yes"_s, u"--text"_s, u"deploy the last one again"_s});
    done({u"answer"_s, id, u"silent-failure"_s, u"--text"_s, u"a lease shorter than the charge"_s});
    m_answeredId = id;
    m_answered = read(stored(id));
    return id;
}

QJsonObject ChecklistCommandTest::verified(int& code, const QStringList& more) {
    const auto result = run(QStringList{u"verify"_s, path(u"out.json"_s), u"--json"_s} + more);
    code = result.code;
    return QJsonDocument::fromJson(result.out.toUtf8()).object();
}

void ChecklistCommandTest::tenSecondsForNothingShared() {
    const QString id =
        done({u"new"_s, u"--title"_s, u"New subject line"_s, u"--job"_s, u"digest"_s, u"--no-shared-state"_s,
              u"reads, and sends nothing twice"_s, u"--rollback"_s, u"deploy the last one again"_s});
    QCOMPARE(run({u"export"_s, id, u"--format"_s, u"json"_s, u"--output"_s, path(u"out.json"_s)}).code, 0);
    int code = -1;
    const auto verdict = verified(code);
    QCOMPARE(code, 0);
    QCOMPARE(verdict[u"verdict"_s].toString(), u"pass"_s);
    QCOMPARE(verdict[u"reasons"_s].toArray().size(), 0);
    const auto listed = run({u"list"_s, u"--job"_s, u"digest"_s});
    QVERIFY(listed.out.contains(id) && listed.out.contains(u"pass"_s));
    QVERIFY(run({u"list"_s, u"--job"_s, u"charge"_s}).out.isEmpty());
}

void ChecklistCommandTest::fromTheFirstQuestionToAPass() {
    const QString id = answered();
    const auto attached = run({u"attach"_s, id, u"3"_s, u"--drill"_s, path(u"claim.json"_s)});
    QVERIFY2(attached.code == 0, qPrintable(attached.err));
    QVERIFY2(attached.out.contains(u"0 of 5 000 claims"_s), qPrintable(attached.out));
    write(u"tests.xml"_s, "<testsuite tests='1'><testcase name='twice at once'/></testsuite>");
    QVERIFY(
        done({u"attach"_s, id, u"2"_s, u"--junit"_s, path(u"tests.xml"_s)}).contains(u"1 tests, 0 failed"_s));
    write(u"k6.json"_s, R"({"http_reqs": 4711})");
    const auto foreign = QJsonDocument::fromJson(
        done({u"attach"_s, id, u"3"_s, u"--file"_s, path(u"k6.json"_s), u"--json"_s}).toUtf8());
    QCOMPARE(foreign[u"measured_by_us"_s], QJsonValue(false));
    QVERIFY(done({u"sign"_s, id, u"--reviewer"_s, u"grace"_s}).startsWith(u"Pass"_s));
    const auto shown = run({u"show"_s, id});
    QVERIFY(shown.out.contains(u"Claim drill"_s) && shown.out.contains(u"Signed by grace"_s));
    const auto document = QJsonDocument::fromJson(done({u"show"_s, id, u"--json"_s}).toUtf8()).object();
    QCOMPARE(document[u"verdict"_s].toString(), u"pass"_s);
    QCOMPARE(document[u"checklist"_s].toString(), id);
    const QString markdown = done({u"export"_s, id});
    QVERIFY(markdown.contains(u"## Concurrency considerations"_s));
    QVERIFY(markdown.contains(u"0 of 5 000 claims"_s));
    QVERIFY(markdown.contains(u"Not measured by us"_s));
    QCOMPARE(run({u"export"_s, id, u"--format"_s, u"json"_s, u"--output"_s, path(u"out.json"_s)}).code, 0);
    int code = -1;
    QCOMPARE(verified(code, {u"--commit"_s, u"4f2c91d0"_s})[u"verdict"_s].toString(), u"pass"_s);
    QCOMPARE(code, 0);
}

// The step of the README, in a repository of its own: the commit is that of the code, not of the checklist.
void ChecklistCommandTest::theShellSnippetOfCi() {
    const auto shell = [&](const QString& script) {
        QProcess process;
        process.setProcessEnvironment(m_environment);
        process.setWorkingDirectory(m_home->path());
        process.start(u"/bin/sh"_s, {u"-ec"_s, script});
        return finish(process);
    };
    QFile readme(QStringLiteral(SPILLWAY_SOURCE_DIR "/README.md"));
    QVERIFY(readme.open(QIODevice::ReadOnly));
    const QString command =
        u"spillwayctl checklist verify .spillway/checklist.json --commit \"$(git log -1 --format=%H -- . "
        ":^.spillway)\""_s;
    QCOMPARE(QString::fromUtf8(readme.readAll()).count(command), 2);  // GitHub, GitLab
    if (shell(u"command -v git"_s).code != 0) QSKIP("git is not installed");
    auto made = shell(
        u"git init -q r; cd r; mkdir .spillway; git config user.email a@b; git config user.name a; echo 1 > "
        u"code; "
        "git add .; git commit -qm code; git rev-parse HEAD"_s);
    QVERIFY2(made.code == 0, qPrintable(made.err));
    const QString id = begun({u"--commit"_s, made.out.trimmed()});
    done({u"answer"_s, id, u"1"_s, u"no"_s, u"--text"_s, u"reads only"_s});
    done({u"answer"_s, id, u"4"_s, u"yes"_s, u"--text"_s, u"deploy the last one again"_s});
    done({u"export"_s, id, u"--format"_s, u"json"_s, u"--output"_s, path(u"r/.spillway/checklist.json"_s)});
    const QString check = u"spillwayctl() { "_s + spillwayctl() + u" \"$@\"; }; cd r; "_s + command;
    made = shell(u"cd r; git add .; git commit -qm checklist"_s);
    QVERIFY2(made.code == 0, qPrintable(made.err));
    auto result = shell(check);
    QVERIFY2(result.code == 0, qPrintable(result.err));
    QCOMPARE(shell(u"cd r; echo 2 > code; git commit -qam more"_s).code, 0);
    result = shell(check);
    QCOMPARE(result.code, 4);
    QVERIFY2(result.out.contains(u"is to be deployed"_s), qPrintable(result.out));
}

void ChecklistCommandTest::verifyFails_data() {
    QTest::addColumn<QString>("how");
    QTest::addColumn<QString>("verdict");
    QTest::addColumn<QString>("says");
    QTest::newRow("not signed") << u"unsigned"_s << u"incomplete"_s << u"No reviewer has signed"_s;
    QTest::newRow("signed by the author")
        << u"author"_s << u"incomplete"_s << u"cannot be the only reviewer"_s;
    QTest::newRow("without evidence")
        << u"unproven"_s << u"incomplete"_s << u"nothing that counts shows it"_s;
    QTest::newRow("the bad combination")
        << u"sequential"_s << u"blocked"_s << u"no test under concurrent load"_s;
    QTest::newRow("no rollback") << u"rollback"_s << u"blocked"_s << u"--accept-risk"_s;
    QTest::newRow("old evidence") << u"expired"_s << u"expired"_s << u"has expired"_s;
    QTest::newRow("another commit") << u"commit"_s << u"expired"_s << u"is to be deployed"_s;
    QTest::newRow("edited") << u"edited"_s << u"blocked"_s << u"was edited"_s;
    QTest::newRow("cut off") << u"cut"_s << u"blocked"_s << u"no whole JSON"_s;
    QTest::newRow("no checklist") << u"drill"_s << u"blocked"_s << u"no exported checklist"_s;
}

void ChecklistCommandTest::verifyFails() {
    QFETCH(QString, how);
    QFETCH(QString, verdict);
    QFETCH(QString, says);
    const QString id = answered();
    if (how == u"expired"_s) {
        auto drill = QJsonDocument::fromJson(m_drill).object();
        drill[u"measured_at"_s] = QDateTime::currentDateTimeUtc().addDays(-8).toString(Qt::ISODateWithMs);
        write(u"claim.json"_s, QJsonDocument(drill).toJson());
    }
    if (how != u"unproven"_s) done({u"attach"_s, id, u"3"_s, u"--drill"_s, path(u"claim.json"_s)});
    if (how == u"sequential"_s) {
        done({u"answer"_s, id, u"2"_s, u"yes"_s});
        done({u"answer"_s, id, u"3"_s, u"no"_s});
    }
    if (how == u"rollback"_s) done({u"answer"_s, id, u"4"_s, u"no"_s, u"--text"_s, u"refunds by hand"_s});
    if (how != u"unsigned"_s)
        done({u"sign"_s, id, u"--reviewer"_s, how == u"author"_s ? u"Ada"_s : u"grace"_s});
    done({u"export"_s, id, u"--format"_s, u"json"_s, u"--output"_s, path(u"out.json"_s)});
    const QByteArray bytes = read(u"out.json"_s);
    if (how == u"edited"_s) write(u"out.json"_s, QByteArray(bytes).replace("charges cards", "reads cards"));
    if (how == u"cut"_s) write(u"out.json"_s, bytes.left(bytes.size() / 2));
    if (how == u"drill"_s) write(u"out.json"_s, m_drill);
    int code = -1;
    const auto judged =
        verified(code, how == u"commit"_s ? QStringList{u"--commit"_s, u"77aa0011"_s} : QStringList());
    QCOMPARE(code, 4);
    QCOMPARE(judged[u"verdict"_s].toString(), verdict);
    const QString reasons = judged[u"reasons"_s].toVariant().toStringList().join(u'\n');
    QVERIFY2(reasons.contains(says), qPrintable(reasons));
    if (how == u"rollback"_s) {
        done({u"sign"_s, id, u"--reviewer"_s, u"grace"_s, u"--accept-risk"_s, u"three charges, watched"_s});
        done({u"export"_s, id, u"--format"_s, u"json"_s, u"--output"_s, path(u"out.json"_s)});
        verified(code);
        QCOMPARE(code, 0);
    }
}

void ChecklistCommandTest::aSecondSignatureOnTheExport() {
    const QString id = answered();
    done({u"attach"_s, id, u"3"_s, u"--drill"_s, path(u"claim.json"_s)});
    done({u"sign"_s, id, u"--reviewer"_s, u"grace"_s});
    done({u"export"_s, id, u"--format"_s, u"json"_s, u"--output"_s, path(u"out.json"_s)});
    int code = -1;
    verified(code, {u"--second-signature"_s});
    QCOMPARE(code, 4);
    done({u"sign"_s, path(u"out.json"_s), u"--reviewer"_s, u"edsger"_s});
    verified(code, {u"--second-signature"_s});
    QCOMPARE(code, 0);
}

void ChecklistCommandTest::workersOfTwoServersAreEvidence() {
    const double now = static_cast<double>(QDateTime::currentMSecsSinceEpoch()) / 1000;
    m_staging.writeProcess("h:1:aa", now, 0, 1);
    m_production.writeProcess("h:1:bb", now, 0, 5);
    m_production.writeProcess("h:2:cc", now, 0, 5);
    const QString id =
        begun({u"--connection"_s, m_production.redis().url(), u"--staging"_s, m_staging.redis().url()});
    done({u"answer"_s, id, u"3"_s, u"yes"_s});
    const QString untested = done({u"attach"_s, id, u"3"_s, u"--parity"_s});
    QVERIFY2(untested.contains(u"default: staging runs 1, production 10 (2 × 5): concurrency is untested."_s),
             qPrintable(untested));
    auto document = QJsonDocument::fromJson(done({u"show"_s, id, u"--json"_s}).toUtf8()).object();
    QCOMPARE(document[u"workers"_s].toInt(), 10);
    QCOMPARE(document[u"questions"_s][2][u"standing"_s].toString(), u"unproven"_s);
    m_staging.writeProcess("h:1:aa", now, 0, 5);
    m_staging.writeProcess("h:3:dd", now, 0, 5);
    QVERIFY(done({u"attach"_s, id, u"3"_s, u"--parity"_s}).contains(u"as many at once"_s));
    document = QJsonDocument::fromJson(done({u"show"_s, id, u"--json"_s}).toUtf8()).object();
    QCOMPARE(document[u"questions"_s][2][u"standing"_s].toString(), u"proven"_s);
    const QString live = done({u"attach"_s, id, u"1"_s, u"--live"_s, u"--window"_s, u"300ms"_s});
    QVERIFY2(live.contains(u"production: "_s) && live.contains(u"; staging: "_s), qPrintable(live));
    QVERIFY2(!live.contains(u"0 per million"_s), qPrintable(live));  // nothing was claimed: no rate
    // Production grew since: what was measured before counts no more.
    m_production.writeProcess("h:4:ee", now, 0, 5);
    done({u"attach"_s, id, u"1"_s, u"--live"_s, u"--window"_s, u"300ms"_s});
    const QString shown = done({u"show"_s, id});
    QVERIFY2(shown.contains(u"production ran 10 at once then, and 15 now"_s), qPrintable(shown));
}

void ChecklistCommandTest::whatCannotBeReachedIsNotAttached() {
    const QString id =
        begun({u"--connection"_s, u"unix:///no/such.sock"_s, u"--staging"_s, m_staging.redis().url()});
    for (const auto& flag : {u"--live"_s, u"--parity"_s}) {
        const auto result = run({u"attach"_s, id, u"3"_s, flag});
        QCOMPARE(result.code, 3);
        QVERIFY2(result.err.contains(u"/no/such.sock"_s), qPrintable(result.err));
    }
    const auto document = QJsonDocument::fromJson(done({u"show"_s, id, u"--json"_s}).toUtf8()).object();
    QCOMPARE(document[u"answers"_s][u"concurrent-load"_s][u"evidence"_s].toArray().size(), 0);
    const QString secret = done({u"new"_s, u"--title"_s, u"x"_s, u"--job"_s, u"x"_s, u"--connection"_s,
                                 u"redis://:hunter2@127.0.0.1:1/0"_s});
    QVERIFY(!done({u"show"_s, secret, u"--json"_s}).contains(u"hunter2"_s));
    QVERIFY(run({u"attach"_s, secret, u"1"_s, u"--live"_s}).err.contains(u"keeps no password"_s));
}

void ChecklistCommandTest::badInput_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("says");
    const auto row = [](const char* name, const QStringList& arguments, const QString& says) {
        QTest::newRow(name) << arguments << says;
    };
    row("no title", {u"new"_s, u"--job"_s, u"x"_s}, u"--title"_s);
    row("no job", {u"new"_s, u"--title"_s, u"x"_s}, u"--job"_s);
    row("no URL", {u"new"_s, u"--title"_s, u"x"_s, u"--job"_s, u"x"_s, u"--connection"_s, u"mysql://x"_s},
        u"postgresql://"_s);
    row("no time", {u"new"_s, u"--title"_s, u"x"_s, u"--job"_s, u"x"_s, u"--deploy-until"_s, u"soon"_s},
        u"is no time"_s);
    row("no reason", {u"answer"_s, u"ID"_s, u"1"_s, u"no"_s}, u"one sentence that says why"_s);
    row("no such question", {u"answer"_s, u"ID"_s, u"5"_s, u"no"_s}, u"5"_s);
    row("no such answer", {u"answer"_s, u"ID"_s, u"1"_s, u"maybe"_s}, u"maybe"_s);
    row("no words", {u"answer"_s, u"ID"_s, u"silent-failure"_s}, u"answered in words"_s);
    row("no such checklist", {u"show"_s, u"c-00000000"_s}, u"checklist list"_s);
    row("no id", {u"answer"_s, u"../../x"_s, u"1"_s, u"yes"_s}, u"no checklist"_s);
    row("nothing to attach", {u"attach"_s, u"ID"_s, u"3"_s}, u"Give one of"_s);
    row("two to attach", {u"attach"_s, u"ID"_s, u"3"_s, u"--live"_s, u"--parity"_s}, u"Give one of"_s);
    row("no such file", {u"attach"_s, u"ID"_s, u"3"_s, u"--drill"_s, u"/no/such.json"_s}, u"/no/such.json"_s);
    row("a folder", {u"attach"_s, u"ID"_s, u"3"_s, u"--junit"_s, u"/"_s}, u"it is a folder"_s);
    row("no connection", {u"attach"_s, u"ID"_s, u"3"_s, u"--live"_s}, u"--connection"_s);
    row("no reviewer", {u"sign"_s, u"ID"_s, u"--reviewer"_s, u" "_s}, u"reviewer's name"_s);
    row("own risk", {u"sign"_s, u"ID"_s, u"--reviewer"_s, u"ada"_s, u"--accept-risk"_s, u"x"_s},
        u"author cannot accept"_s);
    row("nothing to verify", {u"verify"_s, u"/no/such.json"_s}, u"/no/such.json"_s);
}

void ChecklistCommandTest::badInput() {
    QFETCH(QStringList, arguments);
    QFETCH(QString, says);
    if (const auto at = arguments.indexOf(u"ID"_s); at >= 0) arguments[at] = begun();
    const auto result = run(arguments);
    QCOMPARE(result.code, 2);
    QVERIFY2(result.err.contains(says), qPrintable(result.err));
    QVERIFY(result.out.isEmpty());
}

QTEST_GUILESS_MAIN(ChecklistCommandTest)
#include "tst_checklist_command.moc"
