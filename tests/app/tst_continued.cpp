// Somebody records, and a window opens, and a check runs: what they say at their first poll is what the
// recorder says. On a real table under real traffic.
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <atomic>
#include <pqxx/pqxx>
#include <thread>

#include "app/live/live_connection.h"
#include "backends/history/history_thread.h"
#include "backends/postgres/claims/log.h"
#include "backends/postgres/postgres_backend.h"
#include "tests/postgres/postgres_fixture.h"
#include "tests/support/program_run.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto kTable =
    "CREATE TABLE jobs (id bigserial PRIMARY KEY, claimed_by text, claimed_at timestamptz, lease_until "
    "timestamptz, attempts int NOT NULL DEFAULT 0, finished_at timestamptz);"
    "CREATE INDEX ON jobs (id) WHERE finished_at IS NULL;";

constexpr auto kMapping = R"(
name = "jobs"
table = "public.jobs"
[columns]
id = "id"
owner = "claimed_by"
claimed_at = "claimed_at"
lease_until = "lease_until"
attempts = "attempts"
finished_at = "finished_at"
)";

// Some 200 jobs a second come, 40 leave, one in ten is claimed by two at once.
class Traffic {
public:
    explicit Traffic(const QString& url) : m_thread([this, url = url.toStdString()] { live(url); }) {}
    ~Traffic() {
        m_over = true;
        m_thread.join();
    }
    Traffic(const Traffic&) = delete;
    Traffic& operator=(const Traffic&) = delete;

private:
    void live(const std::string& url) {
        pqxx::connection connection(url);
        pqxx::nontransaction work(connection);
        for (int step = 0; !m_over; ++step) {
            work.exec("INSERT INTO jobs (claimed_by) SELECT NULL FROM generate_series(1, 10)");
            for (int job = 0; job < 2; ++job) run(work, (step + job) % 10 == 0);
            std::this_thread::sleep_for(50ms);
        }
    }

    static void run(pqxx::nontransaction& work, bool twice) {
        const std::string id = work.exec("SELECT min(id) FROM jobs WHERE claimed_by IS NULL")[0][0].c_str();
        const auto claim = [&](const char* by) {
            work.exec("UPDATE jobs SET claimed_by = '" + std::string(by) +
                      "', claimed_at = clock_timestamp(), lease_until = clock_timestamp() + interval '1 "
                      "minute', attempts = attempts + 1 WHERE id = " +
                      id);
        };
        claim("ann");
        if (twice) claim("bob");
        work.exec("UPDATE jobs SET finished_at = clock_timestamp() WHERE id = " + id);
    }

    std::atomic_bool m_over = false;
    std::thread m_thread;
};

// What the window and the recorder do with a connection: both write the history, and the second one only
// reads it.
class Watcher : public QObject {
public:
    Watcher(const ConnectionSettings& settings, const QString& history)
        : m_history({.path = history, .flush_every = 200ms}),
          m_live(settings, makePostgresBackend(settings),
                 {.interval = 250ms, .cost_factor = 0, .longest = 1'000ms}) {
        connect(&m_history, &HistoryThread::pastAnswered, this,
                [this](quint64, const QString&, const RecordedPast& past) { m_live.remember(past); });
        connect(&m_live, &LiveConnection::polled, this, [this](const ReadingPtr& reading) {
            m_history.record(reading);
            m_readings.push_back(reading);
        });
        m_history.askPast(settings.name);
        m_live.pollOncePastIsKnown();
    }
    [[nodiscard]] const std::vector<ReadingPtr>& readings() const { return m_readings; }

private:
    HistoryThread m_history;
    LiveConnection m_live;
    std::vector<ReadingPtr> m_readings;
};

}  // namespace

class ContinuedTest : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() {
        const QString trouble = m_postgres.start();
        QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
        m_postgres.freshDatabase(u"app"_s);
        m_postgres.sql(kTable);
        QFile file(mapping());
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(kMapping);
        file.close();
        const auto installed = installClaimLog(settings(), u"mapped:jobs"_s);
        VERIFY_OK(installed);
        m_traffic = std::make_unique<Traffic>(m_postgres.server().url(m_postgres.database()));
        m_recorder = std::make_unique<Watcher>(settings(), history());
        QTRY_VERIFY_WITH_TIMEOUT(!recorded().empty() && incident(*recorded().back()), 60'000);
        const ServerTime at = recorded().back()->observed_at;
        QTRY_VERIFY_WITH_TIMEOUT(isWritten(at), 20'000);
    }

    void whoeverBeginsSaysWhatTheRecorderSays() {
        const ReadingPtr before = recorded().back();
        const Watcher window(settings(), history());
        QTRY_VERIFY_WITH_TIMEOUT(window.readings().size() >= 8, 30'000);
        // Traffic of a busy machine halts at times, for whoever watches: what the recorder says is the
        // measure.
        const auto lost = [&](const ReadingPtr& reading) {
            return std::any_of(recorded().begin(), recorded().end(), [&](const ReadingPtr& then) {
                return then->observed_at >= before->observed_at && nearly(*then, *reading) &&
                       !incident(*then);
            });
        };
        QVERIFY2(!lost(window.readings().front()), "the recorder itself lost sight of the incident");
        for (const ReadingPtr& reading : window.readings()) {
            if (lost(reading)) break;
            QVERIFY2(incident(*reading), qPrintable(told(*reading)));
            compare(jobs(*reading), jobs(*nearest(*reading)));
            QVERIFY(jobs(*reading).duplicates.duplicates.valueOr(0) >=
                    jobs(*before).duplicates.duplicates.valueOr(0));
            if (QTest::currentTestFailed()) return;
        }
        QVERIFY(window.readings().front()->findings.front().since <= before->findings.front().since);
    }

    void aShortCheckSaysWhatTheRecorderSays() {
        const auto run = check(m_folder.path());
        QVERIFY2(run.code == 2, qPrintable(run.out + run.err));
        QVERIFY2(run.out.contains(u"never drain"_s) || run.out.contains(u"duplicate"_s), qPrintable(run.out));
        QTemporaryDir elsewhere;  // without that history it cannot know yet
        const auto alone = check(elsewhere.path());
        QVERIFY2(!alone.out.contains(u"never drain"_s), qPrintable(alone.out));
    }

    void cleanupTestCase() {
        m_recorder.reset();
        m_traffic.reset();
    }

private:
    QString mapping() const { return m_folder.filePath(u"jobs.toml"_s); }
    ConnectionSettings settings() const {
        ConnectionSettings settings = m_postgres.settings();
        settings.mappingFiles = {mapping()};
        settings.environment = Environment::development;
        return settings;
    }
    QString history() const { return m_folder.filePath(u"spillway/history.sqlite"_s); }
    const std::vector<ReadingPtr>& recorded() const { return m_recorder->readings(); }
    bool isWritten(ServerTime at) const {
        const SystemClock clock;
        const auto store = HistoryStore::open({.path = history(), .only_read = true}, clock);
        const auto past = store ? store.value()->past(settings().name) : Outcome<RecordedPast>(Failure{});
        return past && !past->polls->empty() && past->polls->back().at >= at - 1ms;
    }
    ProgramRun check(const QString& state) const {
        auto environment = environmentWith(u"XDG_STATE_HOME"_s, state);
        environment.insert(u"XDG_CONFIG_HOME"_s, state);
        return runSpillwayctl({u"check"_s, settings().url, u"--mapping"_s, mapping(), u"--window"_s,
                               u"300ms"_s, u"--interval"_s, u"100ms"_s},
                              environment);
    }
    static const QueueHealth& jobs(const Reading& reading) { return reading.systems.front().queues.front(); }
    static bool has(const Reading& reading, const QString& rule) {
        return std::any_of(reading.findings.begin(), reading.findings.end(), [&](const Finding& finding) {
            return finding.id.startsWith(rule) && finding.severity == Severity::critical;
        });
    }
    static bool incident(const Reading& reading) {
        return has(reading, u"never_drains:"_s) && has(reading, u"duplicate_claims:"_s) &&
               jobs(reading).flow.polls >= 12;
    }
    static bool nearly(const Reading& one, const Reading& other) {
        return std::abs(secondsBetween(one.observed_at, other.observed_at)) < 3;
    }
    ReadingPtr nearest(const Reading& reading) const {
        return *std::min_element(recorded().begin(), recorded().end(),
                                 [&](const ReadingPtr& a, const ReadingPtr& b) {
                                     return std::abs(secondsBetween(a->observed_at, reading.observed_at)) <
                                            std::abs(secondsBetween(b->observed_at, reading.observed_at));
                                 });
    }
    static QString told(const Reading& reading) {
        QStringList lines{u"%1 polls"_s.arg(jobs(reading).flow.polls)};
        for (const Finding& finding : reading.findings)
            lines << severityName(finding.severity) + u": "_s + finding.sentence;
        return lines.join(u'\n');
    }
    // Traffic of a busy machine is not even; half of a figure is a jump, and twice as much.
    static void compare(const QueueHealth& now, const QueueHealth& then) {
        const auto near = [](const auto& a, const auto& b) {
            return a.known() && b.known() && *a.value > 0.5 * *b.value && *a.value < 2 * *b.value;
        };
        QVERIFY2(near(now.flow.arrival, then.flow.arrival),
                 qPrintable(QString::number(*now.flow.arrival.value)));
        QVERIFY2(near(now.flow.drain, then.flow.drain), qPrintable(QString::number(*now.flow.drain.value)));
        QVERIFY2(near(now.flow.growth, then.flow.growth),
                 qPrintable(QString::number(*now.flow.growth.value)));
        QVERIFY(near(now.recent_duplicates.rate_ppm, then.recent_duplicates.rate_ppm));
        QVERIFY(near(now.retry.executions, then.retry.executions));
    }

    PostgresFixture m_postgres;
    QTemporaryDir m_folder;
    std::unique_ptr<Traffic> m_traffic;
    std::unique_ptr<Watcher> m_recorder;
};

QTEST_GUILESS_MAIN(ContinuedTest)
#include "tst_continued.moc"
