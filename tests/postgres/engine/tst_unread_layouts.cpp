// Queue systems that are known by their tables and not read: they are named, with what to do.
#include <QtTest>

#include "backends/postgres/engine/unread_layouts.h"
#include "tests/postgres/postgres_fixture.h"
#include "tests/postgres/systems/table_fixtures.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestUnreadLayouts : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void init();
    void eachIsNamed_data();
    void eachIsNamed();
    void pgBossNineTellsItsLayout();
    void aStrangersVersionIsNotAsked();
    void besideWhatIsRead();
    void aMappedTableIsRead();

private:
    PostgresFixture m_fixture;
};

void TestUnreadLayouts::initTestCase() {
    const auto trouble = m_fixture.start();
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
}

void TestUnreadLayouts::init() {
    m_fixture.freshDatabase(u"app"_s);
}

// The least that each is known by.
void TestUnreadLayouts::eachIsNamed_data() {
    QTest::addColumn<QString>("sql");
    QTest::addColumn<QString>("title");
    const auto layouts = unreadLayouts();
    VERIFY_OK(layouts);
    QVERIFY(layouts->size() >= 10);
    for (const auto& layout : *layouts) {
        QString sql;
        for (const auto& table : layout.marks.tables) {
            QStringList columns;
            for (const auto& column : layout.marks.columns)
                if (column.section(u'.', 0, 0) == table) columns << column.section(u'.', 1) + u" text"_s;
            sql += u"CREATE TABLE %1 (%2);"_s.arg(table, columns.join(u", "_s));
        }
        QTest::newRow(qPrintable(layout.marks.title)) << sql << layout.marks.title;
    }
}

void TestUnreadLayouts::eachIsNamed() {
    QFETCH(QString, sql);
    QFETCH(QString, title);
    m_fixture.sql("CREATE SCHEMA \"my jobs\"; SET search_path = \"my jobs\";" + sql.toStdString());
    const auto backend = m_fixture.backend();
    VERIFY_OK(backend->open());
    const auto found = backend->detect();
    QVERIFY(!found.ok());
    QCOMPARE(found.failure().kind, FailureKind::no_system);
    QCOMPARE(found.failure().what, title + u" is here, in schema my jobs, and Spillway does not read it."_s);
    QVERIFY(!found.failure().nextStep.isEmpty());
}

// The columns of pg-boss 9.0.3.
void TestUnreadLayouts::pgBossNineTellsItsLayout() {
    m_fixture.sql(
        "CREATE SCHEMA pgboss; CREATE TABLE pgboss.version (version int PRIMARY KEY, maintained_on "
        "timestamptz, "
        "cron_on timestamptz); INSERT INTO pgboss.version VALUES (20); CREATE TYPE pgboss.job_state AS ENUM "
        "('created', 'retry', 'active', 'completed', 'expired', 'cancelled', 'failed'); CREATE TABLE "
        "pgboss.job "
        "(id uuid PRIMARY KEY, name text NOT NULL, priority int, data jsonb, state pgboss.job_state, "
        "retrylimit "
        "int, retrycount int, retrydelay int, retrybackoff bool, startafter timestamptz, startedon "
        "timestamptz, "
        "singletonkey text, singletonon timestamp, expirein interval, createdon timestamptz, completedon "
        "timestamptz, keepuntil timestamptz, on_complete bool, output jsonb); INSERT INTO pgboss.job (id, "
        "name, "
        "state) SELECT gen_random_uuid(), 'orders', 'failed' FROM generate_series(1, 40)");
    const auto backend = m_fixture.backend();
    VERIFY_OK(backend->open());
    const auto found = backend->detect();
    QVERIFY(!found.ok());
    QVERIFY2(
        found.failure().what.contains(u"pg-boss before version 10 is here, in schema pgboss (layout 20)"_s),
        qPrintable(found.failure().sentence()));
    QVERIFY2(found.failure().nextStep.contains(u"pg-boss 10"_s), qPrintable(found.failure().nextStep));
}

void TestUnreadLayouts::aStrangersVersionIsNotAsked() {
    m_fixture.sql(
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'stranger') THEN CREATE ROLE "
        "stranger; "
        "CREATE ROLE watcher LOGIN; END IF; END $$; GRANT CREATE ON DATABASE app TO stranger; SET ROLE "
        "stranger; "
        "CREATE SCHEMA trap; GRANT USAGE ON SCHEMA trap TO PUBLIC; CREATE TYPE trap.t AS (x int); CREATE "
        "FUNCTION "
        "trap.to_text(trap.t) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'called'; END $$; CREATE CAST "
        "(trap.t AS text) WITH FUNCTION trap.to_text(trap.t) AS IMPLICIT; CREATE TABLE trap.version (version "
        "trap.t); INSERT INTO trap.version VALUES (ROW(1)); CREATE TABLE trap.job (startafter text, "
        "createdon "
        "text, keepuntil text, singletonkey text); GRANT SELECT ON ALL TABLES IN SCHEMA trap TO PUBLIC");
    const auto backend = m_fixture.backend(u"watcher"_s);
    VERIFY_OK(backend->open());
    const auto found = backend->detect();
    QVERIFY(!found.ok());
    QCOMPARE(found.failure().what,
             u"pg-boss before version 10 is here, in schema trap, and Spillway does not read it."_s);
}

void TestUnreadLayouts::besideWhatIsRead() {
    m_fixture.sql(riverTables(7));
    m_fixture.sql(
        "CREATE TABLE good_jobs (id uuid, active_job_id uuid, queue_name text, serialized_params jsonb, "
        "finished_at timestamp)");
    const auto backend = m_fixture.backend();
    VERIFY_OK(backend->open());
    const auto found = backend->detect();
    VERIFY_OK(found);
    QCOMPARE(found->size(), 2u);
    QVERIFY(found->front().unread.isEmpty());
    QCOMPARE(found->back().identity.title, u"GoodJob"_s);
    QVERIFY2(found->back().unread.contains(u"good_jobs in a mapping file"_s),
             qPrintable(found->back().unread));
    const auto reading = backend->read();
    VERIFY_OK(reading);
    QCOMPARE(reading->systems.size(), 2u);
    const auto& conditions = reading->systems.back().conditions;
    QCOMPARE(conditions.size(), 1u);
    QCOMPARE(conditions.front().kind, ConditionKind::unread);
    QCOMPARE(conditions.front().subject, u"GoodJob in schema public"_s);
    QCOMPARE(conditions.front().action,
             u"Describe good_jobs in a mapping file (--mapping FILE) to watch it."_s);
}

void TestUnreadLayouts::aMappedTableIsRead() {
    m_fixture.sql(
        "CREATE TABLE good_jobs (id uuid, active_job_id uuid, queue_name text, serialized_params jsonb, "
        "scheduled_at timestamp, performed_at timestamp, finished_at timestamp, created_at timestamp)");
    QTemporaryDir folder;
    QFile file(folder.filePath(u"good.toml"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(
        "name = \"good\"\ntable = \"good_jobs\"\n[columns]\nid = \"id\"\nqueue = \"queue_name\"\nenqueued_at "
        "= "
        "\"created_at\"\nclaimed_at = \"performed_at\"\nfinished_at = \"finished_at\"\n[times]\ndefault = "
        "\"timestamp_utc\"\n");
    file.close();
    auto settings = m_fixture.settings();
    settings.mappingFiles = {file.fileName()};
    const auto backend = makePostgresBackend(settings);
    VERIFY_OK(backend->open());
    const auto found = backend->detect();
    VERIFY_OK(found);
    QCOMPARE(found->size(), 1u);
    QVERIFY(found->front().unread.isEmpty());
}

QTEST_GUILESS_MAIN(TestUnreadLayouts)
#include "tst_unread_layouts.moc"
