// dead, leases, workers and retries inside this process on a fake server: filters in, documents and
// tables out, hostile names and payloads harmless.
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include "app/cli/command_line.h"
#include "app/cli/printers/retry_printer.h"
#include "app/cli/stop_signal.h"
#include "app/connections/redaction_file.h"
#include "backends/health/error_signature.h"
#include "tests/support/fake_backend.h"
#include "tests/support/reading_story.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

namespace {
const QString kUrl = u"postgresql://db/shop"_s;

DeadJob deadJob(int n, const QString& error = u"Timeout after 3 ms"_s) {
    return {.system = u"pgboss"_s,
            .id = QString::number(n),
            .queue = u"orders"_s,
            .kind = u"charge"_s,
            .died_at = at(-3600),
            .attempts = 3,
            .max_attempts = 5,
            .error = error,
            .payload_bytes = Count::exact(17),
            .version = {}};
}
}  // namespace

class SignalCommandsTest : public QObject {
    Q_OBJECT
private slots:
    void init();
    void deadHasTheFixedNames();
    void nothingDeadIsExplained();
    void deadTakesEveryFilter();
    void deadReadsPageByPage();
    void groupsOfAScanThatStoppedAreBounds();
    void groupsThatFailLeaveTheList();
    void payloadsOnlyWhenAsked();
    void redactionRulesHoldForTheCommandLine();
    void hostileDeadLettersAreHarmless();
    void leasesAndTheirEvidence();
    void aQueueFilterHoldsForLeases();
    void workersWithWhatIsNotKnown();
    void theRetryWave();
    void failuresHaveTheContractsCodes();
    void watchPrintsJsonLines();

private:
    int run(const QStringList& words);
    QJsonObject document() const { return QJsonDocument::fromJson(m_out.toUtf8()).object(); }
    SystemReading& system(std::size_t poll) { return m_server->readings.at(poll).value().systems.front(); }
    void inEveryReading(const std::function<void(SystemReading&)>& change) {
        for (auto& reading : m_server->readings) change(reading.value().systems.front());
    }

    std::shared_ptr<FakeServer> m_server;
    std::vector<DeadQuery> m_asked;
    QString m_connectionsFile;
    QString m_out;
    QString m_err;
};

void SignalCommandsTest::init() {
    m_server = fakeServerWithQueue(u"orders"_s, 100, 5, 5);
    m_asked.clear();
    m_server->deadPage = [this](const DeadQuery& query) -> Outcome<DeadPage> {
        m_asked.push_back(query);
        return DeadPage{at(0), {deadJob(1), deadJob(2)}, Count::lowerBound(10'000, u"capped"_s), {}};
    };
    m_server->deadGroups = [](const DeadGroupsQuery&) -> Outcome<DeadGroups> {
        return DeadGroups{at(0),
                          {{u"Timeout after <n> ms"_s, u"charge"_s, Count::exact(2), at(-7200), at(-3600),
                            u"Timeout after 3 ms"_s, u"1"_s}},
                          2,
                          true};
    };
}

int SignalCommandsTest::run(const QStringList& words) {
    m_out.clear();
    m_err.clear();
    QTextStream out(&m_out);
    QTextStream err(&m_err);
    StopSignal stop;
    CommandContext context{out, err, stop, m_connectionsFile, [this](const ConnectionSettings&) {
                               return std::make_unique<FakeBackend>(m_server);
                           }};
    const int code = runCommandLine(words, context);
    out.flush();
    err.flush();
    return code;
}

void SignalCommandsTest::deadHasTheFixedNames() {
    QCOMPARE(run({u"dead"_s, kUrl, u"--json"_s}), 0);
    QCOMPARE(m_out.count(u'\n'), 1);
    const auto job = document()[u"jobs"_s][0].toObject();
    for (const char* name :
         {"id", "queue", "kind", "died_at", "age_s", "attempts", "max_attempts", "error", "signature"})
        QVERIFY2(job.contains(QLatin1StringView(name)), name);
    QCOMPARE(job[u"age_s"_s].toDouble(), 3600.0);
    QCOMPARE(job[u"signature"_s].toString(), u"Timeout after <n> ms"_s);
    QVERIFY(!job.contains(u"payload"_s));
    QCOMPARE(
        document()[u"total"_s],
        (QJsonObject{{u"value"_s, 10'000}, {u"provenance"_s, u"lower_bound"_s}, {u"method"_s, u"capped"_s}}));
    const auto group = document()[u"groups"_s][0].toObject();
    for (const char* name : {"signature", "kind", "count", "first_seen", "last_seen", "sample"})
        QVERIFY2(group.contains(QLatin1StringView(name)), name);
    QCOMPARE(group[u"count"_s][u"value"_s].toInt(), 2);
    QCOMPARE(run({u"dead"_s, kUrl}), 0);
    QVERIFY2(m_out.contains(u"3/5"_s) && m_out.contains(u"2 shown of ≥ 10.0 k"_s), qPrintable(m_out));
}

void SignalCommandsTest::nothingDeadIsExplained() {
    m_server->deadPage = [](const DeadQuery&) -> Outcome<DeadPage> {
        return DeadPage{at(0), {}, Count::exact(0), {}};
    };
    QCOMPARE(run({u"dead"_s, kUrl, u"--queue"_s, u"orders"_s}), 0);
    QCOMPARE(m_err, QString());
    QCOMPARE(run({u"dead"_s, kUrl, u"--queue"_s, u"ordres"_s, u"--json"_s}), 5);
    QVERIFY2(m_err.contains(u"No queue is named ordres"_s), qPrintable(m_err));
    QCOMPARE(document()[u"total"_s][u"value"_s].toInt(-1), 0);
    QCOMPARE(run({u"dead"_s, kUrl, u"--error"_s, u"Timeout"_s}), 0);
    QVERIFY2(m_err.contains(u"--group"_s), qPrintable(m_err));
}

void SignalCommandsTest::deadTakesEveryFilter() {
    QCOMPARE(run({u"dead"_s, kUrl, u"--queue"_s, u"orders"_s, u"--queue"_s, u"mails"_s, u"--kind"_s,
                  u"charge"_s, u"--error"_s, u"Timeout after 77 ms"_s, u"--older-than"_s, u"7d"_s,
                  u"--newer-than"_s, u"90d"_s, u"--job"_s, u"1"_s, u"--limit"_s, u"5"_s, u"--newest"_s}),
             0);
    const DeadQuery& query = m_asked.front();
    QCOMPARE(query.filter.queues, (QStringList{u"orders"_s, u"mails"_s}));
    QCOMPARE(query.filter.kind, u"charge"_s);
    QCOMPARE(query.filter.error_signature, u"Timeout after <n> ms"_s);  // of an error like it
    QCOMPARE(query.filter.older_than_s, 7.0 * 86'400);
    QCOMPARE(query.filter.newer_than_s, 90.0 * 86'400);
    QCOMPARE(query.filter.ids, QStringList{u"1"_s});
    QCOMPARE(query.limit, 5);
    QVERIFY(query.newest_first);
    QCOMPARE(run({u"dead"_s, kUrl, u"--error"_s, u"Timeout after <n> ms"_s}), 0);
    QCOMPARE(m_asked.back().filter.error_signature, u"Timeout after <n> ms"_s);
    QVERIFY(!m_asked.back().filter.older_than_s);
}

void SignalCommandsTest::deadReadsPageByPage() {
    m_server->deadPage = [this](const DeadQuery& query) -> Outcome<DeadPage> {
        m_asked.push_back(query);
        DeadPage page{at(0), {}, Count::exact(query.after.isEmpty() ? 5'000 : 1), {}};
        const int from = query.after.toInt();
        for (int n = from; n < from + query.limit; ++n) page.jobs.push_back(deadJob(n));
        page.next = QString::number(from + query.limit);
        return page;
    };
    QCOMPARE(run({u"dead"_s, kUrl, u"--json"_s, u"--limit"_s, u"2500"_s}), 0);
    QCOMPARE(m_asked.size(), 3U);
    QCOMPARE(m_asked.back().limit, 500);
    const auto jobs = document()[u"jobs"_s].toArray();
    QCOMPARE(jobs.size(), 2500);
    QCOMPARE(jobs.last()[u"id"_s].toString(), u"2499"_s);
    QCOMPARE(document()[u"total"_s][u"value"_s].toInt(), 5'000);
    QVERIFY(document()[u"more"_s].toBool());
}

void SignalCommandsTest::groupsOfAScanThatStoppedAreBounds() {
    QCOMPARE(run({u"dead"_s, kUrl, u"--group"_s}), 0);
    QVERIFY2(m_out.contains(u"Timeout after <n> ms"_s) && m_out.contains(u"all 2 dead jobs"_s),
             qPrintable(m_out));
    m_server->deadGroups = [](const DeadGroupsQuery&) -> Outcome<DeadGroups> {
        return DeadGroups{
            at(0), {{.signature = u"boom"_s, .count = Count::lowerBound(5'000, u"scan"_s)}}, 5'000, false};
    };
    QCOMPARE(run({u"dead"_s, kUrl, u"--group"_s}), 0);
    QVERIFY2(m_out.contains(u"≥ 5.0 k"_s) && m_out.contains(u"the newest 5 000 of ≥ 10.0 k"_s),
             qPrintable(m_out));
}

void SignalCommandsTest::groupsThatFailLeaveTheList() {
    m_server->deadGroups = {};
    QCOMPARE(run({u"dead"_s, kUrl, u"--json"_s}), 5);
    QCOMPARE(document()[u"jobs"_s].toArray().size(), 2);
    QVERIFY2(m_err.contains(u"The fake server failed"_s), qPrintable(m_err));
}

void SignalCommandsTest::payloadsOnlyWhenAsked() {
    m_server->deadJob = [](const JobQuery& query) -> Outcome<JobDetail> {
        if (query.id == u"2"_s) return fakeFailure(FailureKind::changed);  // gone meanwhile
        JobDetail detail;
        detail.job = deadJob(1);
        detail.payload = R"({"card":"x","n":1})";
        return detail;
    };
    QCOMPARE(run({u"dead"_s, kUrl, u"--payload"_s, u"--json"_s}), 0);
    QCOMPARE(document()[u"jobs"_s][0][u"payload"_s][u"card"_s].toString(), u"x"_s);
    QVERIFY(!document()[u"jobs"_s][1].toObject().contains(u"payload"_s));
    QCOMPARE(run({u"dead"_s, kUrl, u"--payload"_s}), 0);
    QVERIFY2(m_out.contains(uR"({"card":"x","n":1})"_s), qPrintable(m_out));
}

void SignalCommandsTest::redactionRulesHoldForTheCommandLine() {
    const QTemporaryDir directory;
    m_connectionsFile = directory.filePath(u"connections.toml"_s);
    QVERIFY(saveRedactionRules(redactionFileBeside(m_connectionsFile), {u"card"_s}).ok());
    m_server->deadPage = [](const DeadQuery&) -> Outcome<DeadPage> {
        return DeadPage{at(0), {deadJob(1, u"refused: card=s3cret"_s)}, Count::exact(1), {}};
    };
    m_server->deadJob = [](const JobQuery&) -> Outcome<JobDetail> {
        JobDetail detail;
        detail.job = deadJob(1);
        detail.payload = R"({"card":"s3cret","n":1)";  // cut off
        detail.payload_cut = true;
        return detail;
    };
    for (const auto& more : {QStringList{u"--json"_s}, {}, {u"--group"_s}}) {
        QCOMPARE(run(QStringList{u"dead"_s, kUrl, u"--payload"_s} + more), 0);
        QVERIFY2(!m_out.contains(u"s3cret"_s), qPrintable(m_out));
    }
    QCOMPARE(run({u"dead"_s, kUrl, u"--payload"_s, u"--json"_s}), 0);
    const auto job = document()[u"jobs"_s][0];
    const QString masked = u"\"card\":\"(hidden by a rule)\",\"n\":1"_s;
    QVERIFY2(job[u"payload"_s].toString().contains(masked), qPrintable(m_out));
    // What a replay selects by is not touched.
    QCOMPARE(job[u"signature"_s].toString(), errorSignature(u"refused: card=s3cret"_s));
    m_connectionsFile.clear();
}

void SignalCommandsTest::hostileDeadLettersAreHarmless() {
    const QString hostile = u"a\x1b[31m<b>\n\u202eb"_s;
    DeadJob job = deadJob(1, hostile);
    job.id = job.queue = job.kind = hostile;
    m_server->deadPage = [job](const DeadQuery&) -> Outcome<DeadPage> {
        return DeadPage{at(0), {job}, Count::exact(1), {}};
    };
    m_server->deadGroups = [hostile](const DeadGroupsQuery&) -> Outcome<DeadGroups> {
        return DeadGroups{
            at(0), {{.signature = hostile, .kind = hostile, .count = Count::exact(1)}}, 1, true};
    };
    m_server->deadJob = [job](const JobQuery&) -> Outcome<JobDetail> {
        JobDetail detail;
        detail.job = job;
        detail.payload = QByteArray(10'000, '[') + "\x1b\xff";
        return detail;
    };
    for (const auto& more : {QStringList{}, {u"--payload"_s}, {u"--group"_s}}) {
        QCOMPARE(run(QStringList{u"dead"_s, kUrl} + more), 0);
        QVERIFY2(!m_out.contains(u'\x1b') && !m_out.contains(QChar(0x202e)), qPrintable(m_out));
        for (const QString& line : m_out.split(u'\n')) QVERIFY(line.size() < 2'200);
    }
    QCOMPARE(run({u"dead"_s, kUrl, u"--payload"_s, u"--json"_s}), 0);
    QCOMPARE(m_out.count(u'\n'), 1);
    const auto back = document()[u"jobs"_s][0];
    QCOMPARE(back[u"id"_s].toString(), hostile);
    QVERIFY(back[u"payload"_s].toString().endsWith(u"[\\x1b\\xff"_s));
}

void SignalCommandsTest::leasesAndTheirEvidence() {
    inEveryReading([](SystemReading& s) {
        s.leases.total = Count::exact(2);
        s.leases.leases = {{.id = u"7"_s,
                            .queue = u"orders"_s,
                            .owner = u"worker-1"_s,
                            .claimed_at = at(-600),
                            .expires_at = at(-60),
                            .stuck = true,
                            .evidence = {u"lease ended"_s, u"owner has no heartbeat"_s},
                            .fencing = u"none"_s},
                           {.id = u"8"_s, .queue = u"orders"_s, .claimed_at = at(-5)}};
    });
    QCOMPARE(run({u"leases"_s, kUrl, u"--json"_s}), 0);
    const auto leases = document()[u"leases"_s].toArray();
    QCOMPARE(leases.size(), 2);
    for (const char* name : {"id", "queue", "kind", "owner", "claimed_at", "age_s", "expires_at", "stuck",
                             "evidence", "fencing"})
        QVERIFY2(leases[0].toObject().contains(QLatin1StringView(name)), name);
    QVERIFY(leases[0][u"age_s"_s].toDouble() >= 600);
    QCOMPARE(leases[0][u"evidence"_s][1].toString(), u"owner has no heartbeat"_s);
    QVERIFY(leases[1][u"expires_at"_s].isNull());
    QCOMPARE(document()[u"total"_s][u"value"_s].toInt(), 2);
    QCOMPARE(run({u"leases"_s, kUrl, u"--stuck"_s, u"--json"_s}), 0);
    QCOMPARE(document()[u"leases"_s].toArray().size(), 1);
    QCOMPARE(run({u"leases"_s, kUrl, u"--stuck"_s}), 0);
    QVERIFY2(m_out.contains(u"lease ended; owner has no heartbeat"_s) && m_out.contains(u" ago"_s) &&
                 !m_out.contains(u"\n8 "_s),
             qPrintable(m_out));
}

void SignalCommandsTest::aQueueFilterHoldsForLeases() {
    inEveryReading([](SystemReading& s) {
        s.leases.total = Count::exact(900);
        s.leases.leases = {{.id = u"7"_s, .queue = u"orders"_s}, {.id = u"8"_s, .queue = u"mails"_s}};
    });
    QCOMPARE(run({u"leases"_s, kUrl, u"--queue"_s, u"orders"_s, u"--json"_s}), 0);
    QCOMPARE(document()[u"leases"_s].toArray().size(), 1);
    QCOMPARE(document()[u"total"_s][u"value"_s].toInt(), 1);
    QCOMPARE(document()[u"total"_s][u"provenance"_s].toString(), u"lower_bound"_s);
    QCOMPARE(run({u"leases"_s, kUrl, u"--queue"_s, u"ordres"_s}), 5);
}

void SignalCommandsTest::workersWithWhatIsNotKnown() {
    QCOMPARE(run({u"workers"_s, kUrl}), 0);
    QVERIFY2(m_out.contains(u"not recorded here"_s), qPrintable(m_out));
    inEveryReading([](SystemReading& s) {
        s.workers.live = Count::exact(1);
        s.workers.list = {{.id = u"w\x1bq"_s,
                           .host = u"box"_s,
                           .pid = 4711,
                           .queues = {u"orders"_s},
                           .concurrency = Count::exact(10),
                           .busy = Count::notObservable(u"not recorded"_s),
                           .heartbeat_age_s = Seconds::exact(2.5),
                           .alive = true}};
    });
    QCOMPARE(run({u"workers"_s, kUrl, u"--json"_s}), 0);
    const auto worker = document()[u"workers"_s][0].toObject();
    for (const char* name :
         {"id", "host", "pid", "queues", "concurrency", "busy", "heartbeat_age_s", "alive"})
        QVERIFY2(worker.contains(QLatin1StringView(name)), name);
    QCOMPARE(worker[u"pid"_s].toInt(), 4711);
    QCOMPARE(worker[u"busy"_s][u"why"_s].toString(), u"not recorded"_s);
    QCOMPARE(run({u"workers"_s, kUrl}), 0);
    QVERIFY2(m_out.contains(u"w\\x1bq"_s) && m_out.contains(u"4711"_s), qPrintable(m_out));
}

void SignalCommandsTest::theRetryWave() {
    Reading reading;
    reading.observed_at = at(0);
    SystemHealth system;
    system.identity = {u"sidekiq"_s, u"Sidekiq"_s, u"7"_s, {}};
    QueueHealth queue;
    queue.reading.queue = u"mails"_s;
    queue.reading.retrying = Count::exact(4'200);
    queue.reading.retry_due = RetryDues::exact({{at(600), 4'100}, {at(1'200), 100}, {at(7'200), 5}});
    queue.flow.drain = Rate::exact(1'000.0 / 60);
    queue.wave = retryWave(*queue.reading.retry_due.value, at(0), queue.flow.drain);
    system.queues.push_back(queue);
    reading.systems.push_back(system);
    const auto json = retriesJson(reading)[u"queues"_s][0];
    QCOMPARE(json[u"minutes"_s].toArray().size(), 60);
    QCOMPARE(json[u"minutes"_s][10][u"jobs"_s].toInt(), 4'100);
    QCOMPARE(json[u"wave"_s][u"peak"_s][u"at"_s].toString(), u"2026-01-01T00:10:00.000Z"_s);
    QCOMPARE(json[u"wave"_s][u"later"_s].toInt(), 5);
    QCOMPARE(json[u"due_within_1h"_s][u"value"_s].toInt(), 4'200);
    const QString text = retriesText(reading, {});
    QVERIFY2(text.contains(u"4 100 retries land at 00:10, 4.1×"_s), qPrintable(text));
    QVERIFY2(text.contains(u"5 are due after this hour"_s), qPrintable(text));
    reading.systems[0].queues[0].reading.retry_due = RetryDues::notObservable(u"kept in memory only"_s);
    QVERIFY(retriesText(reading, {}).contains(u"kept in memory only"_s));
    QVERIFY(retriesJson(reading)[u"queues"_s][0][u"wave"_s].isNull());
}

void SignalCommandsTest::failuresHaveTheContractsCodes() {
    for (const auto& command : {u"dead"_s, u"leases"_s, u"workers"_s, u"retries"_s}) {
        init();
        m_server->openFailure = fakeFailure(FailureKind::authentication);
        QCOMPARE(run({command, kUrl, u"--json"_s}), 3);
        QCOMPARE(m_out, QString());
        init();
        m_server->systems.clear();
        QCOMPARE(run({command, kUrl}), 6);
    }
}

void SignalCommandsTest::watchPrintsJsonLines() {
    m_server = fakeServerWithQueue(u"orders"_s, 100, 5, 5, 3);
    m_server->readings.push_back(fakeFailure(FailureKind::usage));  // ends the watch
    QCOMPARE(run({u"leases"_s, kUrl, u"--json"_s, u"--watch"_s, u"--interval"_s, u"10ms"_s}), 2);
    const QStringList lines = m_out.trimmed().split(u'\n');
    QCOMPARE(lines.size(), 3);
    for (const auto& line : lines) QVERIFY(QJsonDocument::fromJson(line.toUtf8())[u"leases"_s].isArray());
}

QTEST_GUILESS_MAIN(SignalCommandsTest)
#include "tst_signal_commands.moc"
