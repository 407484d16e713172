// What must hold when somebody else acts at the same time, or the server or this program fails in the middle:
// nothing half-moved, nobody twice, the journal can say what became of everything.
#include <QtTest>
#include <atomic>
#include <pqxx/pqxx>
#include <thread>

#include "tests/acting/kill_loop.h"
#include "tests/acting/table_acting.h"
#include "tests/postgres/systems/table_fixtures.h"

using namespace spillway;
using namespace Qt::StringLiterals;
using test::ActingProgram;
using test::documentOf;

namespace {

// Every change of a job's state, as the server saw it: what our hand did is read from here.
constexpr auto logged =
    "CREATE TABLE moves (job bigint, at timestamptz DEFAULT clock_timestamp());"
    "CREATE FUNCTION river_moves() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "IF OLD.state = 'discarded' AND NEW.state = 'available' THEN INSERT INTO public.moves (job) VALUES "
    "(NEW.id); END IF; "
    "RETURN NULL; END $$;"
    "CREATE TRIGGER river_moves AFTER UPDATE ON river_job FOR EACH ROW EXECUTE FUNCTION river_moves()";

// Two of them claim what waits and finish it, each in a session of its own, until the end.
class Workers {
public:
    explicit Workers(PostgresFixture& fixture) : m_fixture(fixture) {
        fixture.sql("CREATE TABLE runs (job bigint, worker int)");
        const auto url = fixture.server().url(fixture.database()).toStdString();
        for (const int worker : {1, 2}) m_threads.emplace_back([this, url, worker] { work(url, worker); });
    }
    ~Workers() {
        m_stop = true;
        for (auto& thread : m_threads) thread.join();
    }
    // How often jobs were run, and how many different ones: "80 80".
    [[nodiscard]] std::string runs() {
        return m_fixture.sql("SELECT count(*) || ' ' || count(DISTINCT job) FROM runs");
    }

private:
    void work(const std::string& url, int worker) {
        pqxx::connection connection(url);
        while (!m_stop) {
            pqxx::work claim(connection);
            const auto rows = claim.exec(
                "UPDATE river_job SET state = 'completed', attempt = attempt + 1, finalized_at = now() WHERE "
                "id IN (SELECT id FROM river_job WHERE state = 'available' LIMIT 5 FOR UPDATE SKIP LOCKED) "
                "RETURNING id");
            for (const auto& row : rows)
                claim.exec("INSERT INTO runs VALUES (" + std::string(row[0].c_str()) + ", " +
                           std::to_string(worker) + ")");
            claim.commit();
            if (rows.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    }
    PostgresFixture& m_fixture;
    std::atomic<bool> m_stop = false;
    std::vector<std::thread> m_threads;
};

}  // namespace

class TestActingRaces : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void init();
    void twoConsolesOnePlan();
    void twoPlansOneQueue();
    void workersRaceWithAReplay();
    void theCanaryDiesAndTheRestIsUntouched();
    void killedAtEveryStep();
    void pollingNeverWrites();
    void aFullDiskUnderTheJournal_data();
    void aFullDiskUnderTheJournal();

private:
    void dead(int n);
    [[nodiscard]] std::string count(const std::string& where) {
        return m_fixture.sql("SELECT count(*) FROM river_job WHERE " + where);
    }

    PostgresFixture m_fixture;
};

void TestActingRaces::initTestCase() {
    PrivatePostgres::Options options;
    options.settings = {u"log_statement=all"_s, u"log_line_prefix='%u|'"_s, u"logging_collector=on"_s};
    const auto trouble = m_fixture.start(options);
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
}

void TestActingRaces::init() {
    m_fixture.freshDatabase(u"app"_s);
    m_fixture.sql(riverTables(7));
}

void TestActingRaces::dead(int n) {
    m_fixture.sql(riverDeadJobs(n));
}

void TestActingRaces::twoConsolesOnePlan() {
    dead(12);
    m_fixture.sql(logged);
    const ActingProgram program(m_fixture.settings().url);
    const QStringList calm{u"--queue"_s, u"mail"_s, u"--canary"_s, u"0"_s, u"--accept-foreign-code"_s,
                           u"--rate"_s,  u"20"_s};
    const auto plan = program.plan(calm, u"staging"_s);
    QVERIFY(!plan.isEmpty());
    const auto words =
        program.words(u"replay"_s, {u"--apply"_s, plan, u"--reason"_s, u"a test"_s}, u"staging"_s);
    QProcess one, two;
    for (auto* process : {&one, &two}) {
        process->setProcessEnvironment(program.environment());
        process->start(test::spillwayctl(), words, QIODevice::ReadOnly);
    }
    const auto first = test::finish(one), second = test::finish(two);
    const QList<int> codes{first.code, second.code};
    QVERIFY2(codes.contains(0) && (codes.contains(2) || codes.contains(4)),
             qPrintable(u"%1 %2 %3%4"_s.arg(first.code).arg(second.code).arg(first.err, second.err)));
    QCOMPARE(m_fixture.sql("SELECT count(*) || ' ' || count(DISTINCT job) FROM moves"), "12 12");
}

// Two consoles with journals of their own: the server lets only one act on the queue.
void TestActingRaces::twoPlansOneQueue() {
    dead(3);
    test::TableActing one(m_fixture.settings()), two(m_fixture.settings());
    const auto first = one.plan(ActionKind::replay, u"mail"_s),
               second = two.plan(ActionKind::replay, u"mail"_s);
    VERIFY_OK(first);
    VERIFY_OK(second);
    const auto held = one.backend().lock(first->plan, u"a"_s);
    VERIFY_OK(held);
    QVERIFY(held->ours());
    const auto refused = two.backend().lock(second->plan, u"b"_s);
    VERIFY_OK(refused);
    QVERIFY2(refused->holder.contains(u"postgres"_s), qPrintable(refused->holder));
    // Without the lock nothing is changed, whatever the caller believes.
    const auto without = two.backend().apply(second->plan, 0, 3);
    QVERIFY(!without.ok());
    QCOMPARE(without.failure().kind, FailureKind::changed);
    QCOMPARE(one.apply(first->plan), u"moved moved moved"_s);
    one.backend().unlock();
    // The server lets go when it sees the session's end, a moment later.
    const auto free = [&] {
        const auto lock = two.backend().lock(second->plan, u"b"_s);
        return lock && lock->ours();
    };
    QTRY_VERIFY(free());
    QCOMPARE(two.apply(second->plan), u"changed changed changed"_s);
}

// Workers claim and finish what is put back while it is put back: each job is run exactly once.
void TestActingRaces::workersRaceWithAReplay() {
    dead(80);
    Workers workers(m_fixture);
    const ActingProgram program(m_fixture.settings().url);
    const auto run = program.apply(program.plan({u"--queue"_s, u"mail"_s, u"--rate"_s, u"500"_s}),
                                   {u"--override"_s, u"live_worker"_s});
    QVERIFY2(run.code == 0, qPrintable(run.err + run.out));
    QCOMPARE(documentOf(run)[u"canary"_s].toObject()[u"succeeded"_s].toInt(), 11);
    QTRY_COMPARE(workers.runs(), "80 80");
}

void TestActingRaces::theCanaryDiesAndTheRestIsUntouched() {
    dead(30);
    const ActingProgram program(m_fixture.settings().url);
    const auto plan = program.plan({u"--queue"_s, u"mail"_s});
    QVERIFY(!plan.isEmpty());
    // A worker that fails with the same error, as soon as there is something to fail.
    std::atomic<bool> stop = false;
    std::thread worker([&] {
        pqxx::connection connection(m_fixture.server().url(m_fixture.database()).toStdString());
        while (!stop) {
            pqxx::nontransaction work(connection);
            work.exec(
                "UPDATE river_job SET state = 'discarded', attempt = attempt + 1, finalized_at = now(), "
                "errors = errors || "
                "ARRAY['{\"error\": \"card 99 refused\"}'::jsonb] WHERE state = 'available'");
        }
    });
    const auto run = program.apply(plan, {u"--override"_s, u"live_worker"_s});
    stop = true;
    worker.join();
    QCOMPARE(run.code, 5);
    QVERIFY(documentOf(run)[u"halted"_s].toBool());
    QVERIFY2(documentOf(run)[u"halt_reason"_s].toString().contains(u"The same error came back"_s),
             qPrintable(run.out));
    QCOMPARE(count("attempt = 3"), "29");
    QCOMPARE(program.ctl({u"audit"_s, u"verify"_s}).code, 0);
}

void TestActingRaces::aFullDiskUnderTheJournal_data() {
    QTest::addColumn<int>("blocks");  // of 512 bytes, that a file may have
    QTest::newRow("from the beginning") << 0;
    QTest::newRow("after some batches") << 160;
}

// What cannot be written down is not done; what was under way is known again when there is room.
void TestActingRaces::aFullDiskUnderTheJournal() {
    QFETCH(int, blocks);
    dead(30);
    m_fixture.sql(logged);
    const ActingProgram program(m_fixture.settings().url);
    const auto plan = program.plan({u"--queue"_s, u"mail"_s, u"--canary"_s, u"0"_s,
                                    u"--accept-foreign-code"_s, u"--rate"_s, u"40"_s, u"--limit"_s, u"25"_s},
                                   u"staging"_s);
    QVERIFY(!plan.isEmpty());
    QProcess full;
    full.setProcessEnvironment(program.environment());
    const auto words =
        program.words(u"replay"_s, {u"--apply"_s, plan, u"--reason"_s, u"a test"_s}, u"staging"_s);
    full.start(u"/bin/sh"_s,
               QStringList{u"-c"_s, u"trap '' XFSZ; ulimit -f %1; exec \"$0\" \"$@\""_s.arg(blocks),
                           test::spillwayctl()} +
                   words,
               QIODevice::ReadOnly);
    const auto cut = test::finish(full);
    QVERIFY2(cut.code > 0, qPrintable(cut.out + cut.err));
    QVERIFY2(cut.err.contains(u"journal"_s) || cut.err.contains(u"written down"_s), qPrintable(cut.err));
    const int moved = std::stoi(m_fixture.sql("SELECT count(*) FROM moves"));
    QVERIFY2(blocks == 0 ? moved == 0 : moved > 0 && moved < 25, qPrintable(QString::number(moved)));
    test::KillLoop loop(program);
    QVERIFY(loop.carryOut(plan, 0));
    QCOMPARE(m_fixture.sql("SELECT count(*) || ' ' || count(DISTINCT job) FROM moves"), "25 25");
    QCOMPARE(count("state = 'discarded'"), "5");
    QCOMPARE(program.ctl({u"audit"_s, u"verify"_s}).code, 0);
}

// SIGKILL at moments that wander over the journal's steps, while workers run what was put back.
void TestActingRaces::killedAtEveryStep() {
    m_fixture.sql(logged);
    Workers workers(m_fixture);
    const ActingProgram program(m_fixture.settings().url);
    test::KillLoop loop(program);
    int rounds = 0;
    for (; loop.killed() < test::killsWanted(); ++rounds) {
        QVERIFY2(rounds < test::killsWanted(), qPrintable(QString::number(loop.killed())));
        m_fixture.sql("TRUNCATE river_job, moves, runs");
        dead(30);
        const auto plan =
            program.plan({u"--queue"_s, u"mail"_s, u"--canary"_s, u"0"_s, u"--accept-foreign-code"_s,
                          u"--rate"_s, u"40"_s, u"--limit"_s, u"25"_s},
                         u"staging"_s);
        QVERIFY(!plan.isEmpty());
        QVERIFY(loop.carryOut(plan, 8));
        QCOMPARE(
            QString::fromStdString(m_fixture.sql("SELECT count(*) || ' ' || count(DISTINCT job) FROM moves")),
            u"25 25"_s);
        QTRY_COMPARE(workers.runs(), "25 25");
        QCOMPARE(m_fixture.sql("SELECT (SELECT max(job) FROM moves) < (SELECT min(id) FROM river_job WHERE "
                               "state = 'discarded')"),
                 "t");
        QCOMPARE(count("state = 'discarded'"), "5");
    }
    QCOMPARE(program.ctl({u"audit"_s, u"verify"_s}).code, 0);
    qInfo("%d kills in %d actions", loop.killed(), rounds);
}

// The server's own log of a poller's session: read-only transactions with nothing but questions in them.
void TestActingRaces::pollingNeverWrites() {
    dead(5);
    m_fixture.sql("CREATE ROLE poller SUPERUSER LOGIN");
    const auto backend = m_fixture.ready(u"poller"_s);
    QVERIFY(backend);
    for (int i = 0; i < 3; ++i) VERIFY_OK(backend->read());
    VERIFY_OK(backend->deadPage({}));
    const auto log = QString::fromStdString(m_fixture.sql("SELECT pg_read_file(pg_current_logfile())"));
    int seen = 0;
    bool readOnly = false;
    static const QRegularExpression writing(
        u"\\b(INSERT INTO|UPDATE \\w|DELETE FROM|TRUNCATE|CREATE |ALTER |DROP |GRANT |NOTIFY|"
        "pg_notify|advisory_lock|FOR UPDATE|COPY )"_s);
    for (const auto& line : log.split(u'\n')) {
        if (!line.startsWith(u"poller|"_s)) continue;
        ++seen;
        readOnly = readOnly || line.contains(u"READ ONLY"_s);
        QVERIFY2(!writing.match(line).hasMatch(), qPrintable(line));
        QVERIFY2(!line.contains(u"READ WRITE"_s), qPrintable(line));
    }
    QVERIFY(seen > 10 && readOnly);
}

QTEST_GUILESS_MAIN(TestActingRaces)
#include "tst_acting_races.moc"
