// Schemas that look like a queue system and belong to a stranger: nothing of theirs may run with our rights.
#include <QtTest>

#include "tests/postgres/postgres_fixture.h"

using namespace spillway;
using namespace Qt::StringLiterals;

namespace {

// The least that is taken for pg-boss, in schema trap.
constexpr auto preparation = R"(
CREATE ROLE stranger LOGIN;
GRANT CREATE ON DATABASE app TO stranger;
SET ROLE stranger;
CREATE SCHEMA trap;
CREATE FUNCTION trap.call() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM pg_notify('called', current_user); PERFORM set_config('spillway.called', 'yes', false); RETURN 1; END $$;
CREATE TABLE trap.queue (name text);
CREATE TABLE trap.job (id uuid, name text, state text, start_after timestamptz, created_on timestamptz, completed_on timestamptz);
INSERT INTO trap.queue VALUES ('orders');
CREATE TABLE trap.version (version int);
INSERT INTO trap.version VALUES (46);
GRANT USAGE ON SCHEMA trap TO PUBLIC;
)";

}  // namespace

class TestLookAlikes : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void aStrangersCodeIsNotRun_data();
    void aStrangersCodeIsNotRun();
    void aViewPutInLaterIsNotRun_data();
    void aViewPutInLaterIsNotRun();

private:
    PostgresFixture m_fixture;
    int m_database = 0;
};

void TestLookAlikes::initTestCase() {
    const auto trouble = m_fixture.start();
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
}

void TestLookAlikes::aStrangersCodeIsNotRun_data() {
    QTest::addColumn<QByteArray>("trap");
    QTest::addColumn<bool>("read");
    QTest::newRow("plain tables") << QByteArray() << true;
    QTest::newRow("view")
        << QByteArray("DROP TABLE trap.version; CREATE VIEW trap.version AS SELECT trap.call() AS version;")
        << false;
    QTest::newRow("materialized view")
        << QByteArray(
               "DROP TABLE trap.version; CREATE MATERIALIZED VIEW trap.version AS SELECT 46 AS version;")
        << false;
    QTest::newRow("inheriting view's kin")
        << QByteArray(
               "RESET ROLE; CREATE EXTENSION file_fdw; CREATE SERVER f FOREIGN DATA WRAPPER file_fdw;"
               "CREATE FOREIGN TABLE trap.child () INHERITS (trap.version) SERVER f OPTIONS (filename "
               "'/dev/null');"
               "ALTER FOREIGN TABLE trap.child OWNER TO stranger; SET ROLE stranger;")
        << false;
    QTest::newRow("type with a cast")
        << QByteArray(
               "CREATE TYPE trap.t AS (x int); CREATE FUNCTION trap.to_text(trap.t) RETURNS text LANGUAGE "
               "sql AS $$ SELECT 'x' $$;"
               "CREATE CAST (trap.t AS text) WITH FUNCTION trap.to_text(trap.t) AS IMPLICIT;"
               "ALTER TABLE trap.job ADD trouble trap.t;")
        << false;
    QTest::newRow("enum with a cast")
        << QByteArray(
               "CREATE TYPE trap.e AS ENUM ('failed'); CREATE FUNCTION trap.to_text(trap.e) RETURNS text "
               "LANGUAGE sql AS $$ SELECT 'x' $$;"
               "CREATE CAST (trap.e AS text) WITH FUNCTION trap.to_text(trap.e) AS IMPLICIT;"
               "ALTER TABLE trap.job ADD trouble trap.e;")
        << false;
    QTest::newRow("enum")
        << QByteArray("CREATE TYPE trap.e AS ENUM ('failed'); ALTER TABLE trap.job ADD trouble trap.e;")
        << true;
    QTest::newRow("index that calls")
        << QByteArray("CREATE INDEX ON trap.version (version) WHERE trap.call() = 1;") << false;
    QTest::newRow("somebody else's table") << QByteArray(
                                                  "RESET ROLE; CREATE ROLE other%1; ALTER TABLE trap.version "
                                                  "OWNER TO other%1; SET ROLE stranger;")
                                           << false;
}

void TestLookAlikes::aStrangersCodeIsNotRun() {
    QFETCH(QByteArray, trap);
    QFETCH(bool, read);
    const int n = ++m_database;
    m_fixture.freshDatabase(u"trap%1"_s.arg(n));
    std::string prepared = preparation;
    prepared.replace(prepared.find("DATABASE app"), 12, "DATABASE trap" + std::to_string(n));
    prepared.replace(prepared.find("CREATE ROLE stranger LOGIN;"), 27,
                     n == 1 ? "CREATE ROLE stranger LOGIN;" : "");
    m_fixture.sql(prepared + trap.replace("%1", QByteArray::number(n)).toStdString() +
                  "RESET ROLE; GRANT SELECT ON ALL TABLES IN SCHEMA trap TO PUBLIC");
    m_fixture.sql(
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'watcher') THEN CREATE ROLE watcher "
        "LOGIN; END IF; END $$");
    const auto backend = m_fixture.backend(u"watcher"_s);
    VERIFY_OK(backend->open());
    if (!read)
        QTest::ignoreMessage(
            QtWarningMsg,
            QRegularExpression(u"Schema trap looks like pg-boss but is not read: .*--schema trap"_s));
    const auto found = backend->detect();
    QCOMPARE(found.ok(), read);
    if (read) return;
    QCOMPARE(found.failure().kind, FailureKind::no_system);
    QVERIFY2(found.failure().what.contains(u"--schema trap"_s), qPrintable(found.failure().sentence()));
    // Whoever names it has decided.
    auto settings = m_fixture.settings(u"watcher"_s);
    settings.onlyNamespace = u"trap"_s;
    const auto named = makePostgresBackend(settings);
    VERIFY_OK(named->open());
    const auto all = named->detect();
    if (all.ok()) QCOMPARE(all->size(), 1u);
}

void TestLookAlikes::aViewPutInLaterIsNotRun_data() {
    QTest::addColumn<QByteArray>("swap");
    QTest::newRow("under its name") << QByteArray(
        "ALTER TABLE trap.version RENAME TO aside; CREATE VIEW trap.version AS SELECT trap.call() AS "
        "version;");
    // Until PostgreSQL 15 the table itself can become one, and keeps its OID.
    if (std::stoi(m_fixture.sql("SHOW server_version_num")) < 160000)
        QTest::newRow("by a rule") << QByteArray(
            "DELETE FROM trap.version; CREATE RULE \"_RETURN\" AS ON SELECT TO trap.version DO INSTEAD "
            "SELECT "
            "trap.call() AS version;");
}

// Detection saw tables. The stranger's function would leave a lock with the session that runs it.
void TestLookAlikes::aViewPutInLaterIsNotRun() {
    QFETCH(QByteArray, swap);
    m_fixture.freshDatabase(u"later%1"_s.arg(++m_database));
    m_fixture.sql(
        "DO $$ DECLARE r text; BEGIN FOREACH r IN ARRAY ARRAY['stranger', 'watcher'] LOOP IF NOT EXISTS "
        "(SELECT FROM pg_roles WHERE rolname = r) THEN EXECUTE format('CREATE ROLE %I LOGIN', r); END IF; "
        "END "
        "LOOP; EXECUTE format('GRANT CREATE ON DATABASE %I TO stranger', current_database()); END $$");
    m_fixture.sql(
        "SET ROLE stranger; CREATE SCHEMA trap; CREATE FUNCTION trap.call() RETURNS int LANGUAGE sql AS $$ "
        "SELECT pg_advisory_lock(4711); SELECT 46 $$; CREATE TABLE trap.queue (name text); INSERT INTO "
        "trap.queue VALUES ('orders'); CREATE TABLE trap.job (id uuid, name text, state text, start_after "
        "timestamptz, created_on timestamptz, completed_on timestamptz); CREATE TABLE trap.version (version "
        "int); INSERT INTO trap.version VALUES (46); GRANT USAGE ON SCHEMA trap TO PUBLIC; GRANT SELECT ON "
        "ALL "
        "TABLES IN SCHEMA trap TO PUBLIC");
    const auto backend = m_fixture.ready(u"watcher"_s);
    QVERIFY(backend);
    VERIFY_OK(backend->read());
    m_fixture.sql("SET ROLE stranger; " + swap.toStdString() + "GRANT SELECT ON trap.version TO PUBLIC");
    const auto reading = backend->read();
    QVERIFY(!reading.ok());
    QCOMPARE(reading.failure().kind, FailureKind::changed);
    QVERIFY2(reading.failure().what.contains(u"trap.version"_s), qPrintable(reading.failure().sentence()));
    static_cast<void>(backend->deadPage({}));
    QTest::ignoreMessage(
        QtWarningMsg,
        QRegularExpression(u"Schema trap looks like pg-boss but is not read: .*--schema trap"_s));
    QCOMPARE(backend->detect().failure().kind, FailureKind::no_system);
    QCOMPARE(m_fixture.sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), std::string("0"));
}

QTEST_GUILESS_MAIN(TestLookAlikes)
#include "tst_look_alikes.moc"
