// acknowledge, report, history findings and check --skip-acknowledged inside this process: what is said is
// kept, seen by the other commands, and never hides more than was meant.
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include "app/cli/command_line.h"
#include "app/cli/stop_signal.h"
#include "backends/history/history_store.h"
#include "tests/support/fake_backend.h"
#include "tests/support/reading_story.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class FindingCommandsTest : public QObject {
    Q_OBJECT
private slots:
    void init();
    void cleanup() { qunsetenv("XDG_STATE_HOME"); }
    void whatWasWrongIsListedFromWhenToWhen();
    void anAcknowledgementIsKeptAndTakenBack();
    void aQueueIsSnoozedUntilATime();
    void checkSkipsOnlyWhatIsAcknowledged();
    void statusSaysWhoKnows();
    void aReportIsWritten();
    void wrongUseIsSaid_data();
    void wrongUseIsSaid();
    void withoutAHistory();

private:
    int run(const QStringList& words);
    QJsonObject document() const { return QJsonDocument::fromJson(m_out.toUtf8()).object(); }
    QString growing() const { return u"never_drains:%1:orders"_s.arg(m_key); }

    std::optional<QTemporaryDir> m_folder;
    std::shared_ptr<FakeServer> m_server;
    QString m_key, m_out, m_err;
};

// orders grows since ten minutes and is still seen; mails had dead letters three hours ago.
void FindingCommandsTest::init() {
    m_folder.emplace();
    qputenv("XDG_STATE_HOME", QFile::encodeName(m_folder->path()));
    m_server = fakeServerWithQueue(u"orders"_s, 4'000, 50, 10, 2'000);
    m_key = m_server->systems.front().identity.key();
    // Its clock goes slower than the story's, so that many polls fall into a short window.
    for (size_t i = 0; i < m_server->readings.size(); ++i)
        m_server->readings[i].value().observed_at = at(0.25 * static_cast<double>(i));
    QFile saved(m_folder->filePath(u"connections.toml"_s));
    QVERIFY(saved.open(QIODevice::WriteOnly));
    saved.write("[prod]\nurl = \"postgresql://db/shop\"\n");
    saved.close();
    const SystemClock clock;
    auto store = HistoryStore::open({}, clock);
    QVERIFY2(store.ok(), qPrintable(store ? QString() : store.failure().sentence()));
    const ServerTime now = clock.wallNow();
    for (const auto ago : {180min, 175min, 10min, 0min}) {
        HistoryBatch batch{u"prod"_s, now - ago, 0, {{m_key, u"orders"_s, {{u"ready"_s, 100.0}}}}, {}};
        if (ago < 60min)
            batch.findings.push_back({{growing(), now - 10min, now - ago},
                                      u"prod"_s,
                                      m_key,
                                      u"orders"_s,
                                      Severity::critical,
                                      u"orders will never drain"_s,
                                      u"orders: growing."_s});
        else
            batch.findings.push_back({{u"dead_letters:x:mails"_s, now - 180min, now - ago},
                                      u"prod"_s,
                                      m_key,
                                      u"mails"_s,
                                      Severity::warning,
                                      u"mails: 3 dead letters"_s,
                                      {}});
        store.value()->record(batch);
    }
    QVERIFY(store.value()->flush().ok());
}

int FindingCommandsTest::run(const QStringList& words) {
    m_out.clear();
    m_err.clear();
    QTextStream out(&m_out);
    QTextStream err(&m_err);
    StopSignal stop;
    CommandContext context{
        out, err, stop, m_folder->filePath(u"connections.toml"_s),
        [this](const ConnectionSettings&) { return std::make_unique<FakeBackend>(m_server); }};
    const int code = runCommandLine(words, context);
    out.flush();
    err.flush();
    return code;
}

void FindingCommandsTest::whatWasWrongIsListedFromWhenToWhen() {
    QCOMPARE(run({u"history"_s, u"findings"_s, u"--json"_s}), 0);
    const QJsonArray all = document()[u"findings"_s].toArray();
    QCOMPARE(all.size(), 2);
    QCOMPARE(all[0][u"queue"_s].toString(), u"mails"_s);
    QCOMPARE(all[0][u"open"_s].toBool(), false);
    QCOMPARE(all[1][u"open"_s].toBool(), true);
    QCOMPARE(all[1][u"severity"_s].toString(), u"critical"_s);
    QCOMPARE(run({u"history"_s, u"findings"_s, u"--last"_s, u"1h"_s}), 0);
    QVERIFY2(m_out.contains(growing()) && m_out.contains(u"still open"_s) && !m_out.contains(u"mails"_s),
             qPrintable(m_out));
    QCOMPARE(run({u"history"_s, u"findings"_s, u"--connection"_s, u"@other"_s}), 0);
    QCOMPARE(m_out, u"No findings in that time.\n"_s);
}

void FindingCommandsTest::anAcknowledgementIsKeptAndTakenBack() {
    QCOMPARE(run({u"acknowledge"_s, u"@prod"_s, growing(), u"--note"_s, u"the fix rolls out"_s}), 0);
    QVERIFY2(m_out.contains(u"until it ends: the fix rolls out"_s), qPrintable(m_out));
    QCOMPARE(run({u"acknowledge"_s, u"--json"_s}), 0);
    const QJsonArray said = document()[u"acknowledgements"_s].toArray();
    QCOMPARE(said.size(), 1);
    QCOMPARE(said[0][u"finding"_s].toString(), growing());
    QVERIFY(said[0][u"until"_s].isNull() && !said[0][u"by"_s].toString().isEmpty());
    QCOMPARE(run({u"history"_s, u"findings"_s}), 0);
    QVERIFY2(m_out.contains(u"acknowledged by"_s), qPrintable(m_out));
    QCOMPARE(run({u"acknowledge"_s, u"@prod"_s, growing(), u"--take-back"_s}), 0);
    QCOMPARE(run({u"acknowledge"_s}), 0);
    QCOMPARE(m_out, u"Nothing is acknowledged.\n"_s);
}

void FindingCommandsTest::aQueueIsSnoozedUntilATime() {
    QCOMPARE(run({u"acknowledge"_s, u"@prod"_s, u"--queue"_s, u"orders"_s}), 2);
    QVERIFY2(m_err.contains(u"--for"_s), qPrintable(m_err));
    QCOMPARE(run({u"acknowledge"_s, u"@prod"_s, u"--queue"_s, u"orders"_s, u"--for"_s, u"2h"_s}), 0);
    QVERIFY2(m_out.startsWith(u"orders: snoozed by"_s), qPrintable(m_out));
}

void FindingCommandsTest::checkSkipsOnlyWhatIsAcknowledged() {
    const QStringList check{u"check"_s, u"@prod"_s, u"--window"_s, u"2s"_s, u"--interval"_s, u"100ms"_s};
    QCOMPARE(run(check + QStringList{u"--skip-acknowledged"_s}), 2);  // nobody has said anything
    QVERIFY2(!m_out.contains(u"acknowledged"_s), qPrintable(m_out));
    QCOMPARE(run({u"acknowledge"_s, u"@prod"_s, growing(), u"--for"_s, u"1h"_s}), 0);
    QCOMPARE(run(check), 2);  // it counts, unless asked otherwise
    const int code = run(check + QStringList{u"--skip-acknowledged"_s});
    QVERIFY2(code != 2, qPrintable(m_out));
    QVERIFY2(m_out.contains(u"(1 acknowledged)"_s) && !m_out.contains(u"never drain"_s), qPrintable(m_out));
}

void FindingCommandsTest::statusSaysWhoKnows() {
    QCOMPARE(run({u"acknowledge"_s, u"@prod"_s, growing(), u"--for"_s, u"1h"_s, u"--note"_s, u"on it"_s}), 0);
    const QStringList status{u"status"_s, u"@prod"_s, u"--window"_s, u"2s"_s, u"--interval"_s, u"100ms"_s};
    QCOMPARE(run(status), 0);
    QVERIFY2(m_out.contains(u"acknowledged by"_s) && m_out.contains(u": on it"_s), qPrintable(m_out));
    QCOMPARE(run(status + QStringList{u"--json"_s}), 0);
    bool found = false;
    for (const auto finding : document()[u"findings"_s].toArray())
        if (finding[u"id"_s].toString() == growing())
            found = finding[u"acknowledged"_s][u"note"_s].toString() == u"on it"_s;
    QVERIFY2(found, qPrintable(m_out));
}

void FindingCommandsTest::aReportIsWritten() {
    const QString page = m_folder->filePath(u"night.html"_s);
    QCOMPARE(run({u"report"_s, u"@prod"_s, u"--last"_s, u"4h"_s, u"--output"_s, page}), 0);
    QCOMPARE(m_out.trimmed(), page);
    QFile file(page);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray html = file.readAll();
    QVERIFY(html.contains("orders will never drain") && html.contains("mails: 3 dead letters"));
    QCOMPARE(run({u"report"_s, u"@prod"_s, u"--queue"_s, u"orders"_s}), 0);
    QVERIFY2(m_out.startsWith(u"# Incident report: orders on prod"_s) && !m_out.contains(u"mails"_s),
             qPrintable(m_out));
    QCOMPARE(run({u"report"_s, u"--output"_s, m_folder->filePath(u"night.docx"_s)}), 2);
}

void FindingCommandsTest::wrongUseIsSaid_data() {
    QTest::addColumn<QStringList>("words");
    QTest::addColumn<QString>("says");
    QTest::newRow("unheard of") << QStringList{u"@prod"_s, u"nothing:like:that"_s}
                                << u"was not found on prod"_s;
    QTest::newRow("nothing named") << QStringList{u"@prod"_s, u"--note"_s, u"x"_s}
                                   << u"Nothing to acknowledge"_s;
    QTest::newRow("no time") << QStringList{u"@prod"_s, growing(), u"--for"_s, u"soon"_s} << u"--for"_s;
}

void FindingCommandsTest::wrongUseIsSaid() {
    QFETCH(QStringList, words);
    QFETCH(QString, says);
    QCOMPARE(run(QStringList{u"acknowledge"_s} + words), 2);
    QVERIFY2(m_err.contains(says), qPrintable(m_err));
    QCOMPARE(run({u"acknowledge"_s}), 0);
    QCOMPARE(m_out, u"Nothing is acknowledged.\n"_s);
}

void FindingCommandsTest::withoutAHistory() {
    QTemporaryDir empty;
    qputenv("XDG_STATE_HOME", QFile::encodeName(empty.path()));
    for (const QStringList& words : {QStringList{u"acknowledge"_s}, QStringList{u"report"_s},
                                     QStringList{u"history"_s, u"findings"_s}}) {
        QCOMPARE(run(words), 1);
        QVERIFY2(m_err.contains(u"There is no history"_s), qPrintable(m_err));
    }
}

QTEST_GUILESS_MAIN(FindingCommandsTest)
#include "tst_finding_commands.moc"
