// Replay and release on a user's own jobs table, by SQL made from its mapping.
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include "tests/acting/table_acting.h"

using namespace spillway;
using namespace Qt::StringLiterals;
using test::TableActing;

namespace {

constexpr auto table = R"(
CREATE TABLE jobs (
    id bigserial PRIMARY KEY, kind text NOT NULL DEFAULT 'mail', claimed boolean NOT NULL DEFAULT false, claimed_by text,
    claimed_at timestamptz, lease_until timestamptz, attempts int NOT NULL DEFAULT 0, max_attempts int NOT NULL DEFAULT 5,
    run_at timestamptz NOT NULL DEFAULT now() - interval '1 day', finished_at timestamptz, failed_at timestamptz, last_error text))";

constexpr auto mapping = R"(
name = "jobs"
table = "public.jobs"
[columns]
id = "id"
queue = "kind"
claimed = "claimed"
owner = "claimed_by"
claimed_at = "claimed_at"
lease_until = "lease_until"
attempts = "attempts"
max_attempts = "max_attempts"
run_at = "run_at"
finished_at = "finished_at"
failed_at = "failed_at"
last_error = "last_error"
)";

constexpr auto deadJobs =
    "INSERT INTO jobs (claimed, claimed_by, claimed_at, attempts, failed_at, last_error) SELECT true, 'w1', "
    "now() - interval '1 "
    "hour', 5, now() - interval '1 hour' + g * interval '1 second', 'card ' || g || ' refused' FROM "
    "generate_series(1, 5) g";

}  // namespace

class TestActingMapped : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void init();
    void deadJobsAreFreeAgain();
    void howTheyEnd();
    void undone();
    void expiredLeasesAreFreeAgain();
    void aStatusColumnWithItsOwnTypes();
    void whatIsMissingIsSaid_data();
    void whatIsMissingIsSaid();
    void theClaimLogIsNoForeignCode();

private:
    [[nodiscard]] ConnectionSettings with(const QByteArray& text);

    PostgresFixture m_fixture;
    QTemporaryDir m_files;
};

void TestActingMapped::initTestCase() {
    const auto trouble = m_fixture.start();
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
}

void TestActingMapped::init() {
    m_fixture.freshDatabase(u"app"_s);
}

ConnectionSettings TestActingMapped::with(const QByteArray& text) {
    QFile file(m_files.filePath(u"jobs.toml"_s));
    if (!file.open(QIODevice::WriteOnly)) qFatal("no mapping file");
    file.write(text);
    file.close();
    auto settings = m_fixture.settings();
    settings.mappingFiles = {file.fileName()};
    return settings;
}

void TestActingMapped::deadJobsAreFreeAgain() {
    m_fixture.sql(std::string(table) + ";" + deadJobs);
    TableActing acting(with(mapping));
    VERIFY_ACTING(acting);
    QVERIFY(acting.capabilities().observable(u"replay"_s) && acting.capabilities().observable(u"release"_s));
    const auto planned = acting.plan(ActionKind::replay, u"mail"_s);
    VERIFY_OK(planned);
    QCOMPARE(planned->plan.jobs.size(), size_t(5));
    QCOMPARE(planned->plan.jobs[0].signature, u"card <n> refused"_s);
    QCOMPARE(acting.readBack(planned->plan), QString());
    m_fixture.sql("UPDATE jobs SET last_error = 'other' WHERE id = 2; DELETE FROM jobs WHERE id = 3");
    QCOMPARE(acting.apply(planned->plan), u"moved changed gone moved moved"_s);
    QCOMPARE(acting.readBack(planned->plan), u"moved changed gone moved moved"_s);
    QCOMPARE(acting.apply(planned->plan), u"changed changed gone changed changed"_s);
    QCOMPARE(
        m_fixture.sql(
            "SELECT string_agg(DISTINCT concat_ws(' ', claimed, claimed_by, claimed_at, attempts, failed_at, "
            "run_at > now() - interval '1 minute'), ',') FROM jobs WHERE id <> 2"),
        "f 4 t");
    QCOMPARE(m_fixture.sql("SELECT concat_ws(' ', claimed, attempts) FROM jobs WHERE id = 2"), "t 5");
    const auto facts = acting.backend().facts(planned->plan);
    VERIFY_OK(facts);
    QCOMPARE(facts->ready, 3);
}

void TestActingMapped::howTheyEnd() {
    m_fixture.sql(std::string(table) + ";" + deadJobs);
    TableActing acting(with(mapping));
    const auto planned = acting.plan(ActionKind::replay, u"mail"_s);
    VERIFY_OK(planned);
    QCOMPARE(acting.apply(planned->plan), u"moved moved moved moved moved"_s);
    m_fixture.sql(
        "UPDATE jobs SET claimed = true, claimed_at = now() WHERE id = 2;"
        "UPDATE jobs SET claimed = true, finished_at = now() WHERE id = 3;"
        "UPDATE jobs SET claimed = true, attempts = 5, failed_at = now() WHERE id = 4;"
        "UPDATE jobs SET attempts = 5 WHERE id = 5");
    const JobEnd expected[] = {JobEnd::waiting, JobEnd::running, JobEnd::completed, JobEnd::died,
                               JobEnd::retrying};
    const auto endings = acting.endings(planned->plan);
    QCOMPARE(endings.size(), size_t(5));
    for (size_t i = 0; i < endings.size(); ++i)
        QVERIFY2(endings[i].end == expected[i], qPrintable(endings[i].id));
    QCOMPARE(endings[3].signature, u"card <n> refused"_s);
    QCOMPARE(acting.readBack(planned->plan), u"moved moved moved moved moved"_s);
}

void TestActingMapped::undone() {
    m_fixture.sql(std::string(table) + ";" + deadJobs + ";CREATE TABLE before AS SELECT * FROM jobs");
    TableActing acting(with(mapping));
    VERIFY_ACTING(acting);
    const auto replay = acting.plan(ActionKind::replay, u"mail"_s);
    VERIFY_OK(replay);
    QCOMPARE(acting.apply(replay->plan), u"moved moved moved moved moved"_s);
    m_fixture.sql(
        "UPDATE jobs SET claimed = true, claimed_at = now() WHERE id = 2;"
        "UPDATE jobs SET attempts = 5 WHERE id = 3");  // it failed once more, and waits for a retry
    const auto undo = acting.undo(replay->plan);
    VERIFY_OK(undo);
    QCOMPARE(undo->plan.jobs.size(), size_t(3));
    m_fixture.sql("UPDATE jobs SET claimed = true, claimed_at = now() WHERE id = 4");
    QCOMPARE(acting.apply(undo->plan), u"moved changed moved"_s);
    QCOMPARE(acting.readBack(undo->plan), u"moved changed moved"_s);
    QCOMPARE(m_fixture.sql("SELECT string_agg(concat_ws(' ', j.id, j.claimed, j.attempts, j.failed_at = "
                           "b.failed_at), ', ' ORDER BY id) FROM jobs j JOIN before b USING (id)"),
             "1 f 5 t, 2 t 4, 3 f 5, 4 t 4, 5 f 5 t");
    m_fixture.sql("DROP TABLE before");
}

void TestActingMapped::expiredLeasesAreFreeAgain() {
    m_fixture.sql(
        std::string(table) +
        ";INSERT INTO jobs (claimed, claimed_by, claimed_at, attempts, lease_until) SELECT true, 'w1', now() "
        "- interval "
        "'1 hour', 1, now() + CASE WHEN g = 4 THEN interval '1 hour' ELSE - interval '1 minute' END FROM "
        "generate_series(1, 4) g");
    TableActing acting(with(mapping));
    const auto planned = acting.plan(ActionKind::release, u"mail"_s);
    VERIFY_OK(planned);
    QCOMPARE(planned->plan.jobs.size(), size_t(3));
    QCOMPARE(planned->plan.jobs[0].remaining_attempts, std::optional(4));
    // One worker renews, one finishes.
    m_fixture.sql(
        "UPDATE jobs SET lease_until = now() + interval '1 minute' WHERE id = 1;"
        "UPDATE jobs SET finished_at = now() WHERE id = 2");
    QCOMPARE(acting.apply(planned->plan), u"changed changed moved"_s);
    QCOMPARE(acting.readBack(planned->plan), u"changed changed moved"_s);
    QCOMPARE(m_fixture.sql("SELECT concat_ws(' ', claimed, claimed_by, claimed_at, lease_until, attempts) "
                           "FROM jobs WHERE id = 3"),
             "f 1");
    const auto named = acting.plan(ActionKind::release, u"mail"_s, {u"4"_s});
    VERIFY_OK(named);
    const auto facts = acting.backend().facts(named->plan);
    VERIFY_OK(facts);
    QCOMPARE(facts->weak_leases, 1);
}

void TestActingMapped::aStatusColumnWithItsOwnTypes() {
    m_fixture.sql(
        "CREATE SCHEMA work; CREATE TYPE work.state AS ENUM ('new', 'busy', 'ok', 'failed');"
        "CREATE TABLE work.tasks (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), state work.state NOT NULL "
        "DEFAULT 'new', "
        "not_before bigint NOT NULL DEFAULT 0, done_at timestamp, started timestamp, tries int NOT NULL "
        "DEFAULT 3);"
        "INSERT INTO work.tasks (state, done_at) VALUES ('failed', '2026-01-01'), ('failed', '2026-01-01'), "
        "('ok', '2026-01-01')");
    TableActing acting(with(R"(
name = "tasks"
table = "work.tasks"
[columns]
id = "id"
status = "state"
run_at = "not_before"
finished_at = "done_at"
claimed_at = "started"
attempts = "tries"
[status]
ready = ["new"]
running = ["busy"]
done = ["ok"]
dead = ["failed"]
[times]
run_at = "epoch_ms"
)"));
    VERIFY_ACTING(acting);
    const auto planned = acting.plan(ActionKind::replay, u"tasks"_s);
    VERIFY_OK(planned);
    QCOMPARE(planned->plan.jobs.size(), size_t(2));
    QCOMPARE(acting.apply(planned->plan), u"moved moved"_s);
    QCOMPARE(acting.readBack(planned->plan), u"moved moved"_s);
    QCOMPARE(m_fixture.sql(
                 "SELECT string_agg(DISTINCT concat_ws(' ', state, tries, done_at, to_timestamp(not_before / "
                 "1000.0) "
                 "BETWEEN now() - interval '1 minute' AND now()), ',') FROM work.tasks WHERE state <> 'ok'"),
             "new 0 t");
}

void TestActingMapped::whatIsMissingIsSaid_data() {
    QTest::addColumn<QByteArray>("columns");
    QTest::addColumn<QString>("alter");
    QTest::addColumn<QString>("replay");
    QTest::addColumn<QString>("release");
    const QByteArray claim = "claimed = \"claimed\"\n";
    QTest::newRow("no dead rule, no claim time") << QByteArray("id = \"id\"\n") + claim << QString()
                                                 << u"columns.failed_at"_s << u"columns.claimed_at"_s;
    QTest::newRow("no id") << claim + QByteArray("failed_at = \"failed_at\"\n") << QString()
                           << u"columns.id"_s << u"columns.id"_s;
    QTest::newRow("no index on the id")
        << QByteArray("id = \"id\"\n") + claim + "failed_at = \"failed_at\"\nclaimed_at = \"claimed_at\"\n"
        << u"ALTER TABLE jobs DROP CONSTRAINT jobs_pkey"_s << u"no index"_s << u"no index"_s;
    QTest::newRow("what cannot be emptied")
        << QByteArray("id = \"id\"\n") + claim +
               "owner = \"claimed_by\"\nfailed_at = \"failed_at\"\nclaimed_at = \"claimed_at\"\n"
        << u"ALTER TABLE jobs ALTER claimed_by SET DEFAULT '', ALTER claimed_by SET NOT NULL"_s
        << u"claimed_by would have to be emptied"_s << u"claimed_by would have to be emptied"_s;
}

void TestActingMapped::whatIsMissingIsSaid() {
    QFETCH(QByteArray, columns);
    QFETCH(QString, alter);
    QFETCH(QString, replay);
    QFETCH(QString, release);
    m_fixture.sql(table);
    m_fixture.sql("INSERT INTO jobs (claimed_by) VALUES ('x')");
    if (!alter.isEmpty()) m_fixture.sql(alter.toStdString());
    TableActing acting(with("name = \"jobs\"\ntable = \"public.jobs\"\n[columns]\n" + columns));
    VERIFY_ACTING(acting);
    QVERIFY(!acting.capabilities().observable(u"replay"_s) &&
            !acting.capabilities().observable(u"release"_s));
    QVERIFY2(acting.capabilities().why(u"replay"_s).contains(replay),
             qPrintable(acting.capabilities().why(u"replay"_s)));
    QVERIFY2(acting.capabilities().why(u"release"_s).contains(release),
             qPrintable(acting.capabilities().why(u"release"_s)));
    const auto planned = acting.plan(ActionKind::replay, u"jobs"_s);
    QVERIFY(!planned.ok());
    QVERIFY2(planned.failure().sentence().contains(replay), qPrintable(planned.failure().sentence()));
}

// Its trigger fires when a job is changed, but it is Spillway's own.
void TestActingMapped::theClaimLogIsNoForeignCode() {
    m_fixture.sql(std::string(table) + ";" + deadJobs);
    m_fixture.sql(
        "CREATE TABLE jobs_claim_log (position bigserial PRIMARY KEY, event text, job text, queue text, "
        "owner text, at timestamptz, "
        "attempts bigint, before text, first_owner text, first_claimed_at timestamptz);"
        "CREATE FUNCTION jobs_claim_log() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
        "CREATE TRIGGER jobs_claim_log AFTER UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION jobs_claim_log()");
    {
        TableActing acting(with(mapping));
        VERIFY_ACTING(acting);
        const auto planned = acting.plan(ActionKind::replay, u"mail"_s);
        VERIFY_OK(planned);
        QCOMPARE(planned->refusals, QStringList());
        // Its body is pinned.
        m_fixture.sql(
            "CREATE OR REPLACE FUNCTION jobs_claim_log() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN "
            "NEW; END'");
        QVERIFY(acting.apply(planned->plan).contains(u"not those of the plan"_s));
    }
    m_fixture.sql("ALTER TRIGGER jobs_claim_log ON jobs RENAME TO audit");
    TableActing acting(with(mapping));
    const auto planned = acting.plan(ActionKind::replay, u"mail"_s);
    VERIFY_OK(planned);
    QCOMPARE(planned->refusals.size(), 1);
}

QTEST_GUILESS_MAIN(TestActingMapped)
#include "tst_acting_mapped.moc"
