// `spillwayctl` inside this process on a fake server: words in, streams and exit code out.
#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include "app/cli/command_line.h"
#include "app/cli/printers/duration_text.h"
#include "app/cli/stop_signal.h"
#include "backends/history/history_store.h"
#include "tests/support/fake_backend.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

class CommandLineTest : public QObject {
    Q_OBJECT
private slots:
    void init();
    void usageErrors_data();
    void usageErrors();
    void everyCommandHasHelpWithAnExample_data();
    void everyCommandHasHelpWithAnExample();
    void versionIsPrinted();
    void durations_data();
    void durations();
    void statusPrintsOneDocument();
    void statusWatchPrintsJsonLines();
    void aWatchFollowsTheTerminal();
    void statusFailsByTheKindOfFailure_data();
    void statusFailsByTheKindOfFailure();
    void aLostConnectionEndsInPart();
    void noSystemIsSix();
    void detectPrintsSystems();
    void checkIsCritical();
    void checkAnswersUnknownForEveryFailure();
    void anUnknownQueueIsTold();
    void worseQueuesDoNotCrowdOutTheOneAskedFor();
    void theSettingsReachTheBackend();
    void aSavedConnectionIsFound();
    void savedConnectionsAreListedWithoutSecrets();
    void anUnknownMetricListsTheKnownOnes();
    void completionKnowsEveryWord_data();
    void completionKnowsEveryWord();
    void bashCompletes_data();
    void bashCompletes();

private:
    int run(const QStringList& words);
    QJsonObject document() const { return QJsonDocument::fromJson(m_out.toUtf8()).object(); }

    std::shared_ptr<FakeServer> m_server;
    ConnectionSettings m_settings;  // of the last createBackend
    std::function<int()> m_width;   // of the terminal
    std::optional<QTemporaryDir> m_directory;
    QString m_out;
    QString m_err;
};

namespace {
// The fake server's clock goes as fast as the polls, so that a window of 300 ms holds a dozen of them.
std::shared_ptr<FakeServer> quickServer(qint64 backlog, double arrivals, double drain, int polls = 12) {
    return fakeServerWithQueue(u"orders"_s, backlog, arrivals, drain, polls, 0.02);
}
const QStringList kQuick{u"--window"_s, u"300ms"_s, u"--interval"_s, u"20ms"_s};
}  // namespace

void CommandLineTest::init() {
    m_server = quickServer(40'000, 250, 50);
    QVERIFY(m_directory.emplace().isValid());
}

int CommandLineTest::run(const QStringList& words) {
    m_out.clear();
    m_err.clear();
    QTextStream out(&m_out);
    QTextStream err(&m_err);
    StopSignal stop;
    CommandContext context{out, err, stop, m_directory->filePath(u"connections.toml"_s),
                           [this](const ConnectionSettings& settings) {
                               m_settings = settings;
                               return std::make_unique<FakeBackend>(m_server);
                           }};
    context.widthNow = m_width;
    const int code = runCommandLine(words, context);
    out.flush();
    err.flush();
    return code;
}

void CommandLineTest::usageErrors_data() {
    QTest::addColumn<QStringList>("words");
    QTest::addColumn<QString>("told");
    const auto row = [](const char* name, const QStringList& words, const QString& told) {
        QTest::newRow(name) << words << told;
    };
    row("no command", {}, u"subcommand"_s);
    row("unknown command", {u"statu"_s},
        u"\"statu\" is no command; there are detect, systems, status, check, dead, leases, workers, retries"_s);
    row("dead limit", {u"dead"_s, u"redis://x"_s, u"--limit"_s, u"0"_s}, u"--limit"_s);
    row("dead age", {u"dead"_s, u"redis://x"_s, u"--older-than"_s, u"old"_s}, u"500ms, 10s"_s);
    row("rule on redis", {u"status"_s, u"redis://x"_s, u"--invariant"_s, u"a=SELECT 0"_s}, u"PostgreSQL"_s);
    row("no rule", {u"status"_s, u"postgresql://x"_s, u"--invariant"_s, u"SELECT 0"_s}, u"no rule"_s);
    row("no url", {u"status"_s}, u"URL is required"_s);
    row("wrong url", {u"status"_s, u"mysql://x"_s}, u"postgresql://"_s);
    row("wrong window", {u"status"_s, u"redis://x"_s, u"--window"_s, u"5"_s}, u"500ms, 10s, 5m, 2h or 7d"_s);
    row("zero window", {u"status"_s, u"redis://x"_s, u"--window"_s, u"0s"_s}, u"at least 100 ms"_s);
    row("negative interval", {u"status"_s, u"redis://x"_s, u"--interval=-1s"_s}, u"500ms, 10s"_s);
    row("unknown option", {u"status"_s, u"redis://x"_s, u"--windw"_s, u"5s"_s}, u"--windw"_s);
    row("wrong environment", {u"status"_s, u"redis://x"_s, u"--environment"_s, u"prod"_s}, u"production"_s);
    row("missing mapping", {u"status"_s, u"redis://x"_s, u"--mapping"_s, u"/no/such.toml"_s},
        u"/no/such.toml"_s);
    row("unknown name", {u"status"_s, u"@nope"_s}, u"@nope"_s);
    row("demo sideways", {u"demo"_s, u"sideways"_s}, u"sideways"_s);
    row("detect window", {u"detect"_s, u"redis://x"_s, u"--window"_s, u"5s"_s}, u"--window"_s);
}

void CommandLineTest::usageErrors() {
    QFETCH(QStringList, words);
    QFETCH(QString, told);
    QCOMPARE(run(words), 2);
    QCOMPARE(m_out, QString());
    QVERIFY2(m_err.startsWith(u"spillwayctl: "_s) && m_err.contains(told), qPrintable(m_err));
}

void CommandLineTest::everyCommandHasHelpWithAnExample_data() {
    QTest::addColumn<QStringList>("words");
    for (const char* command : {"",
                                "detect",
                                "status",
                                "check",
                                "dead",
                                "leases",
                                "workers",
                                "retries",
                                "record",
                                "history",
                                "history series",
                                "history export",
                                "history marks",
                                "history info",
                                "history findings",
                                "mark",
                                "acknowledge",
                                "report",
                                "claim-log",
                                "demo",
                                "demo up",
                                "demo down",
                                "drill",
                                "drill claim",
                                "drill invariant",
                                "parity",
                                "checklist",
                                "checklist new",
                                "checklist update",
                                "checklist answer",
                                "checklist attach",
                                "checklist sign",
                                "checklist list",
                                "checklist show",
                                "checklist export",
                                "checklist verify",
                                "connections",
                                "completion"}) {
        QStringList words = QString::fromLatin1(command).split(u' ', Qt::SkipEmptyParts);
        QTest::newRow(*command ? command : "top") << (words << u"--help"_s);
    }
}

void CommandLineTest::everyCommandHasHelpWithAnExample() {
    QFETCH(QStringList, words);
    QCOMPARE(run(words), 0);
    QVERIFY2(m_out.contains(u"Example"_s) && m_out.contains(u"  spillwayctl "_s), qPrintable(m_out));
    QCOMPARE(m_err, QString());
}

void CommandLineTest::versionIsPrinted() {
    QCOMPARE(run({u"--version"_s}), 0);
    QCOMPARE(m_out, u"spillwayctl " SPILLWAY_VERSION "\n"_s);
}

void CommandLineTest::durations_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<qint64>("ms");  // -1: none
    QTest::newRow("ms") << u"500ms"_s << qint64{500};
    QTest::newRow("s") << u"10s"_s << qint64{10'000};
    QTest::newRow("fraction") << u"1.5s"_s << qint64{1'500};
    QTest::newRow("m") << u"5m"_s << qint64{300'000};
    QTest::newRow("h") << u"2h"_s << qint64{7'200'000};
    QTest::newRow("d") << u"7d"_s << qint64{604'800'000};
    for (const char* wrong : {"", "10", "s", "-1s", "1 s", "1w", "ten", "1e3s", "99999d", "0x10s"})
        QTest::newRow(wrong) << QString::fromLatin1(wrong) << qint64{-1};
}

void CommandLineTest::durations() {
    QFETCH(QString, text);
    const auto parsed = durationFromText(text);
    QTEST(parsed ? static_cast<qint64>(parsed->count()) : qint64{-1}, "ms");
}

void CommandLineTest::statusPrintsOneDocument() {
    QCOMPARE(run(QStringList{u"status"_s, u"postgresql://db/shop"_s, u"--json"_s} + kQuick), 0);
    QVERIFY(!document().isEmpty());
    const auto queue = document()[u"systems"_s][0][u"queues"_s][0].toObject();
    QCOMPARE(queue[u"queue"_s].toString(), u"orders"_s);
    QCOMPARE(queue[u"drain_verdict"_s].toString(), u"never_drains"_s);
    const double growth = queue[u"growth"_s][u"value"_s].toDouble();
    QVERIFY2(growth > 100 && growth < 300,
             qPrintable(QString::number(growth)));  // few jobs in a short window
    QCOMPARE(document()[u"connection"_s][u"environment"_s].toString(), u"production"_s);
    const auto findings = document()[u"findings"_s].toArray();
    QVERIFY(std::any_of(findings.begin(), findings.end(), [](const QJsonValue& f) {
        return f[u"severity"_s] == u"critical"_s && f[u"queue"_s] == u"orders"_s;
    }));
    QCOMPARE(m_err, QString());
}

void CommandLineTest::statusWatchPrintsJsonLines() {
    m_server = quickServer(40'000, 250, 50, 5);
    m_server->readings.push_back(fakeFailure(FailureKind::usage));  // ends the watch
    QCOMPARE(
        run({u"status"_s, u"postgresql://db/shop"_s, u"--json"_s, u"--watch"_s, u"--interval"_s, u"10ms"_s}),
        2);
    const QStringList lines = m_out.trimmed().split(u'\n');
    QCOMPARE(lines.size(), 5);
    for (const auto& line : lines) QCOMPARE(QJsonDocument::fromJson(line.toUtf8())[u"schema"_s].toInt(), 1);
}

void CommandLineTest::aWatchFollowsTheTerminal() {
    const auto longestLine = [this](const QStringList& more) {
        m_server = quickServer(40'000, 250, 50, 5);
        m_server->readings.push_back(fakeFailure(FailureKind::usage));  // ends the watch
        run(QStringList{u"status"_s, u"postgresql://db/shop"_s, u"--watch"_s, u"--interval"_s, u"10ms"_s} +
            more);
        const QStringList lines = m_out.split(u'\n');
        return std::max_element(lines.begin(), lines.end(),
                                [](const QString& a, const QString& b) { return a.size() < b.size(); })
            ->size();
    };
    int asked = 0;
    m_width = [&asked] { return ++asked, 200; };
    const auto wide = longestLine({});
    QCOMPARE(asked, 5);  // before each print
    m_width = [] { return 60; };
    QVERIFY(longestLine({}) < wide);
    QVERIFY(longestLine({u"--wide"_s}) >= wide);
    m_width = nullptr;
}

void CommandLineTest::statusFailsByTheKindOfFailure_data() {
    QTest::addColumn<int>("kind");
    QTest::addColumn<int>("code");
    const auto row = [](FailureKind kind, int code) {
        QTest::newRow(qPrintable(failureKindName(kind))) << static_cast<int>(kind) << code;
    };
    row(FailureKind::unreachable, 3);
    row(FailureKind::timeout, 3);
    row(FailureKind::authentication, 3);
    row(FailureKind::tls, 3);
    row(FailureKind::starting, 3);
    row(FailureKind::overloaded, 3);
    row(FailureKind::protocol, 3);
    row(FailureKind::permission, 1);
    row(FailureKind::internal, 1);
}

void CommandLineTest::statusFailsByTheKindOfFailure() {
    QFETCH(int, kind);
    QFETCH(int, code);
    m_server->openFailure = fakeFailure(static_cast<FailureKind>(kind));
    for (const auto& command : {u"status"_s, u"detect"_s}) {
        QCOMPARE(run({command, u"redis://cache/0"_s, u"--json"_s}), code);
        QCOMPARE(m_out, QString());
        QVERIFY2(m_err.contains(u"The fake server failed"_s) && m_err.contains(u"Mend the test."_s),
                 qPrintable(m_err));
    }
}

void CommandLineTest::aLostConnectionEndsInPart() {
    m_server = quickServer(40'000, 250, 50, 3);
    m_server->readings.push_back(fakeFailure(FailureKind::timeout));
    QCOMPARE(run(QStringList{u"status"_s, u"redis://cache/0"_s, u"--json"_s} + kQuick), 5);
    QCOMPARE(document()[u"poll"_s][u"count"_s].toInt(), 3);
    QVERIFY2(m_err.contains(u" old."_s) && m_err.contains(u"The fake server failed"_s), qPrintable(m_err));
}

void CommandLineTest::noSystemIsSix() {
    m_server->systems.clear();
    QCOMPARE(run({u"detect"_s, u"redis://cache/0"_s}), 6);
    QVERIFY2(m_err.contains(u"no queue system"_s) && m_err.contains(u"--mapping"_s), qPrintable(m_err));
    QCOMPARE(run({u"status"_s, u"redis://cache/0"_s}), 6);
    QCOMPARE(m_out, QString());
}

void CommandLineTest::detectPrintsSystems() {
    QCOMPARE(run({u"detect"_s, u"postgresql://db/shop"_s, u"--json"_s}), 0);
    const auto system = document()[u"systems"_s][0].toObject();
    QCOMPARE(system[u"system"_s].toString(), u"pgboss"_s);
    QCOMPARE(system[u"capabilities"_s][u"ready"_s][u"observable"_s].toBool(), true);
    QCOMPARE(system[u"capabilities"_s][u"scheduled"_s][u"why"_s].toString(), u"not recorded here"_s);
    QCOMPARE(run({u"detect"_s, u"postgresql://db/shop"_s}), 0);
    QVERIFY2(m_out.contains(u"pg-boss 46"_s) && m_out.contains(u"not recorded here"_s), qPrintable(m_out));
}

void CommandLineTest::checkIsCritical() {
    QCOMPARE(run(QStringList{u"check"_s, u"redis://cache/0"_s} + kQuick), 2);
    QVERIFY2(m_out.startsWith(u"SPILLWAY CRITICAL - orders will never drain"_s), qPrintable(m_out));
    QVERIFY(m_out.contains(u" | 'orders_ready'="_s));
    QCOMPARE(m_out.count(u'\n'), 1);
    m_server = quickServer(5, 10, 10);
    QCOMPARE(run(QStringList{u"check"_s, u"redis://cache/0"_s} + kQuick), 0);
    QVERIFY2(m_out.startsWith(u"SPILLWAY OK - "_s), qPrintable(m_out));
}

void CommandLineTest::checkAnswersUnknownForEveryFailure() {
    QCOMPARE(run({u"check"_s}), 3);
    QVERIFY(m_out.startsWith(u"SPILLWAY UNKNOWN - "_s));
    QCOMPARE(run({u"check"_s, u"mysql://x"_s}), 3);
    m_server->openFailure = fakeFailure(FailureKind::authentication);
    QCOMPARE(run({u"check"_s, u"redis://cache/0"_s}), 3);
    QVERIFY2(m_out.startsWith(u"SPILLWAY UNKNOWN - The fake server failed"_s), qPrintable(m_out));
}

void CommandLineTest::anUnknownQueueIsTold() {
    QCOMPARE(run(QStringList{u"status"_s, u"redis://cache/0"_s, u"--queue"_s, u"ordres"_s} + kQuick), 5);
    QVERIFY2(m_err.contains(u"ordres"_s) && m_err.contains(u"There are: orders."_s), qPrintable(m_err));
    QCOMPARE(m_out, QString());
    QElapsedTimer timer;  // at once: not after the window
    timer.start();
    for (const QString& command : {u"status"_s, u"leases"_s})
        QCOMPARE(run({command, u"redis://cache/0"_s, u"--queue"_s, u"ordres"_s, u"--window"_s, u"10m"_s}), 5);
    QVERIFY2(timer.elapsed() < 60'000, qPrintable(QString::number(timer.elapsed())));
    QCOMPARE(run({u"status"_s, u"redis://cache/0"_s, u"--queue"_s, u"ordres"_s, u"--json"_s}), 5);
    QVERIFY(document()[u"systems"_s][0][u"queues"_s].toArray().isEmpty());
    QCOMPARE(run(QStringList{u"check"_s, u"redis://cache/0"_s, u"--queue"_s, u"ordres"_s} + kQuick), 3);
}

void CommandLineTest::worseQueuesDoNotCrowdOutTheOneAskedFor() {
    for (auto& reading : m_server->readings) {
        auto& queues = reading.value().systems.front().queues;
        const QueueReading orders = queues.front();
        for (int i = 0; i < 40; ++i) {
            QueueReading other = orders;
            other.queue = u"other-%1"_s.arg(i);
            other.ready = Count::exact(*orders.ready.value * 100);
            other.flow.enqueued = Count::exact(*orders.flow.enqueued.value * 100);
            queues.push_back(other);
        }
    }
    QCOMPARE(run(QStringList{u"check"_s, u"redis://cache/0"_s, u"--queue"_s, u"orders"_s} + kQuick), 2);
    QVERIFY2(m_out.contains(u"orders will never drain"_s) && !m_out.contains(u"other-"_s), qPrintable(m_out));
    QCOMPARE(
        run(QStringList{u"status"_s, u"redis://cache/0"_s, u"--queue"_s, u"orders"_s, u"--json"_s} + kQuick),
        0);
    QCOMPARE(document()[u"findings_not_shown"_s].toInt(), 0);
    for (const auto& finding : document()[u"findings"_s].toArray())
        QVERIFY2(!finding[u"queue"_s].toString().startsWith(u"other-"_s),
                 qPrintable(finding[u"id"_s].toString()));
}

void CommandLineTest::theSettingsReachTheBackend() {
    QFile mapping(m_directory->filePath(u"jobs.toml"_s));
    QVERIFY(mapping.open(QIODevice::WriteOnly));
    QCOMPARE(run({u"detect"_s, u"postgresql://me:pw@db/shop"_s, u"--system"_s, u"pgboss"_s, u"--schema"_s,
                  u"jobs"_s, u"--environment"_s, u"staging"_s, u"--mapping"_s, mapping.fileName()}),
             0);
    QCOMPARE(m_settings.onlySystem, u"pgboss"_s);
    QCOMPARE(m_settings.onlyNamespace, u"jobs"_s);
    QCOMPARE(m_settings.environment, Environment::staging);
    QVERIFY(m_settings.mappingFiles.contains(mapping.fileName()));
    QVERIFY(!m_out.contains(u"pw"_s));
}

void CommandLineTest::aSavedConnectionIsFound() {
    QFile file(m_directory->filePath(u"connections.toml"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("[prod]\nurl = \"redis://cache.internal/1\"\nenvironment = \"development\"\n");
    file.close();
    QCOMPARE(run({u"detect"_s, u"@prod"_s, u"--json"_s}), 0);
    QCOMPARE(m_settings.url, u"redis://cache.internal/1"_s);
    QCOMPARE(document()[u"connection"_s][u"name"_s].toString(), u"prod"_s);
    QCOMPARE(document()[u"connection"_s][u"environment"_s].toString(), u"development"_s);
}

void CommandLineTest::savedConnectionsAreListedWithoutSecrets() {
    QCOMPARE(run({u"connections"_s}), 0);
    QVERIFY2(m_out.contains(u"None is saved"_s), qPrintable(m_out));
    QFile file(m_directory->filePath(u"connections.toml"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(
        "[prod]\nurl = \"postgresql://me:hunter2@db.internal/shop\"\npassword_env = \"SHOP_PW\"\n"
        "[mails]\nurl = \"redis://cache.internal/1\"\nenvironment = \"staging\"\nsystem = \"bullmq\"\n");
    file.close();
    QCOMPARE(run({u"connections"_s}), 0);
    QVERIFY2(m_out.contains(u"@prod   production           SHOP_PW"_s) &&
                 m_out.contains(u"@mails  staging      bullmq"_s),
             qPrintable(m_out));
    QVERIFY(!m_out.contains(u"hunter2"_s));
    QCOMPARE(run({u"connections"_s, u"--names"_s}), 0);
    QCOMPARE(m_out, u"@prod\n@mails\n"_s);
    QCOMPARE(run({u"connections"_s, u"--json"_s}), 0);
    QVERIFY(!m_out.contains(u"hunter2"_s));
    const auto prod = document()[u"connections"_s][0].toObject();
    QCOMPARE(prod[u"name"_s].toString(), u"prod"_s);
    QCOMPARE(prod[u"url"_s].toString(), u"postgresql://me@db.internal/shop"_s);
    QCOMPARE(prod[u"environment"_s].toString(), u"production"_s);
    QCOMPARE(prod[u"password_env"_s].toString(), u"SHOP_PW"_s);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("[prod\n");
    file.close();
    QCOMPARE(run({u"connections"_s}), 2);
    QVERIFY2(m_err.contains(u"line 1"_s), qPrintable(m_err));
}

void CommandLineTest::anUnknownMetricListsTheKnownOnes() {
    const QString path = m_directory->filePath(u"history.sqlite"_s);
    const SystemClock clock;
    {
        auto store = HistoryStore::open({.path = path}, clock);
        QVERIFY(store.ok());
        HistoryBatch batch{.connection = u"shop"_s, .at = clock.wallNow()};
        batch.queues.push_back({u"pgboss"_s, u"orders"_s, {{u"ready"_s, 12}, {u"dead"_s, 0}}});
        (*store)->record(batch);
        QVERIFY((*store)->flush().ok());
    }
    QCOMPARE(run({u"history"_s, u"export"_s, u"--history"_s, path, u"--metric"_s, u"redy"_s}), 2);
    QCOMPARE(m_out, QString());
    QVERIFY2(m_err.contains(u"No metric is named redy. Recorded are: dead, ready."_s), qPrintable(m_err));
    QCOMPARE(run({u"history"_s, u"export"_s, u"--history"_s, path, u"--metric"_s, u"ready"_s}), 0);
    QVERIFY2(m_out.contains(u",orders,ready,12,"_s), qPrintable(m_out));
}

namespace {
// The words after a path of commands that its help lists: commands, and options that begin with "--".
QStringList wordsOfHelp(const QString& help) {
    static const QRegularExpression option(u"(?:^|[ ,])(--[a-z][a-z-]*)"_s);
    static const QRegularExpression command(u"^  ([a-z][a-z-]*) {2,}"_s);
    QStringList words;
    for (const QString& line : help.section(u"\nExample"_s, 0, 0).split(u'\n')) {
        if (const auto match = command.match(line); match.hasMatch()) words << match.captured(1);
        if (!line.startsWith(u"  -"_s)) continue;
        for (auto it = option.globalMatch(line.left(30)); it.hasNext();) words << it.next().captured(1);
    }
    return words;
}
}  // namespace

void CommandLineTest::completionKnowsEveryWord_data() {
    QTest::addColumn<QString>("shell");
    for (const char* shell : {"bash", "zsh", "fish"}) QTest::newRow(shell) << QString::fromLatin1(shell);
}

void CommandLineTest::completionKnowsEveryWord() {
    QFETCH(QString, shell);
    QCOMPARE(run({u"completion"_s, shell}), 0);
    const QString script = m_out;
    int words = 0;
    for (const QStringList& path : {QStringList{},
                                    {u"status"_s},
                                    {u"dead"_s},
                                    {u"replay"_s},
                                    {u"history"_s},
                                    {u"history"_s, u"export"_s},
                                    {u"checklist"_s, u"attach"_s}}) {
        QCOMPARE(run(path + QStringList{u"--help"_s}), 0);
        for (const QString& word : wordsOfHelp(m_out)) {
            const QString spelled =
                shell == u"fish"_s && word.startsWith(u"--"_s) ? u"-l "_s + word.mid(2) : word;
            QVERIFY2(script.contains(spelled), qPrintable(path.join(u' ') + u": "_s + word));
            ++words;
        }
    }
    QVERIFY2(words > 60, qPrintable(QString::number(words)));
}

void CommandLineTest::bashCompletes_data() {
    QTest::addColumn<QStringList>("typed");
    QTest::addColumn<QString>("offered");
    const auto row = [](const char* name, const QStringList& typed, const QString& offered) {
        QTest::newRow(name) << typed << offered;
    };
    row("command", {u"sta"_s}, u"status"_s);
    row("option", {u"dead"_s, u"--gr"_s}, u"--group"_s);
    row("choice", {u"status"_s, u"redis://x"_s, u"--environment"_s, u"s"_s}, u"staging"_s);
    row("below a command", {u"history"_s, u"e"_s}, u"export"_s);
    row("of that one", {u"history"_s, u"export"_s, u"--me"_s}, u"--metric"_s);
    row("after an option of the program", {u"--wide"_s, u"history"_s, u"s"_s}, u"series"_s);
    row("any value", {u"status"_s, u"--window"_s, u""_s}, {});
    row("saved connection", {u"status"_s, u"@p"_s}, u"@prod"_s);
    row("where @ is a word", {u"status"_s, u"@"_s, u"p"_s}, u"prod"_s);
}

void CommandLineTest::bashCompletes() {
    QFETCH(QStringList, typed);
    QCOMPARE(run({u"completion"_s, u"bash"_s}), 0);
    QFile script(m_directory->filePath(u"completion.bash"_s));
    QVERIFY(script.open(QIODevice::WriteOnly));
    script.write(m_out.toUtf8());
    script.close();
    QProcess bash;
    bash.start(u"bash"_s, QStringList{u"--norc"_s, u"-c"_s,
                                      u"spillwayctl() { printf '@prod\\n@mails\\n'; }\n"
                                      "source \"$0\"; COMP_WORDS=(spillwayctl \"$@\"); COMP_CWORD=$#\n"
                                      "_spillwayctl; printf '%s' \"${COMPREPLY[*]}\""_s,
                                      script.fileName()} +
                              typed);
    QVERIFY(bash.waitForFinished(30'000));
    QCOMPARE(QString::fromUtf8(bash.readAllStandardError()), QString());
    QTEST(QString::fromUtf8(bash.readAllStandardOutput()), "offered");
}

QTEST_GUILESS_MAIN(CommandLineTest)
#include "tst_command_line.moc"
