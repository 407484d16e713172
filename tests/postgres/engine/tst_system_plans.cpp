// A million jobs of each system: every question that is polled must go through the indexes that it names, and
// touch no more pages than a poll may cost.
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QtTest>

#include "backends/postgres/engine/question_plan.h"
#include "backends/postgres/engine/question_sql.h"
#include "tests/postgres/postgres_fixture.h"
#include "tests/postgres/systems/table_fixtures.h"

using namespace spillway;
using namespace Qt::StringLiterals;

namespace {

// Pages of 8 KiB that one question may touch, with the caps of five queues. Nearly all come from memory; a
// thousand cost about a millisecond.
constexpr qint64 mostPages = 6'000;
constexpr qint64 mostPagesOfPoll = 8'000;  // of all questions that are asked in every poll

struct Scans {
    QSet<QString> indexes;  // on the jobs table
    QStringList sequential;
    qint64 pages = 0;
};

void collect(const QJsonObject& node, const QString& jobs, Scans& scans) {
    const QString type = node["Node Type"_L1].toString();
    if (node["Relation Name"_L1].toString() == jobs) {
        if (type == "Seq Scan"_L1) scans.sequential << type;
        if (const auto index = node["Index Name"_L1].toString(); !index.isEmpty()) scans.indexes << index;
    }
    if (type == "Bitmap Index Scan"_L1) scans.sequential << type;
    for (const auto child : node["Plans"_L1].toArray()) collect(child.toObject(), jobs, scans);
}

Scans explained(ReadTransaction& transaction, const Statement& statement, const QString& jobs) {
    const auto rows =
        transaction.query("EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) " + statement.sql,
                          statement.parameters, u"a plan"_s);
    const auto top = QJsonDocument::fromJson(rows.at(0).bytes("QUERY PLAN").value_or(QByteArray())).array();
    const auto plan = top.at(0).toObject()["Plan"_L1].toObject();
    Scans scans;
    scans.pages = plan["Shared Hit Blocks"_L1].toInteger() + plan["Shared Read Blocks"_L1].toInteger();
    collect(plan, jobs, scans);
    return scans;
}

// The indexes whose leading columns a question names.
QSet<QString> named(const Question& question, const CatalogTable& table) {
    QSet<QString> names;
    for (const auto& leading : question.indexes)
        for (const auto& [name, index] : table.indexes.front())
            if (index.columns.size() >= leading.size() &&
                std::equal(leading.begin(), leading.end(), index.columns.begin()))
                names << name;
    return names;
}

// Fills a table without its indexes, and makes them afterwards: several times faster.
std::string filled(const std::string& table, const std::string& fill) {
    const std::string drop = R"(
DO $$
DECLARE d record;
BEGIN
    CREATE TEMP TABLE kept AS SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS def
        FROM pg_index i WHERE i.indrelid = '@'::regclass AND NOT i.indisprimary;
    FOR d IN SELECT * FROM kept LOOP EXECUTE 'DROP INDEX ' || d.name; END LOOP;
END $$;
ALTER TABLE @ SET UNLOGGED;)";
    const std::string restore = R"(;
DO $$
DECLARE d record;
BEGIN
    FOR d IN SELECT * FROM kept LOOP EXECUTE d.def; END LOOP;
END $$;)";
    std::string sql = drop;
    for (size_t at = sql.find('@'); at != std::string::npos; at = sql.find('@')) sql.replace(at, 1, table);
    return sql + fill + restore;
}

// Of ten jobs four wait, two are done, the others fail, retry, wait for their time, and a few run.
constexpr auto riverJobs = R"(
INSERT INTO river_leader VALUES (now(), now() + interval '1 day', 'host', 'default');
INSERT INTO river_job (kind, queue, state, priority, attempt, created_at, scheduled_at, attempted_at, attempted_by, finalized_at)
SELECT 'mail', 'q' || g % 5, s.state, 1 + g % 4, g % 3, t, t, t, '{host_1}', CASE WHEN s.state IN ('completed', 'discarded') THEN t END
FROM (SELECT g, now() - interval '2 days' + g * interval '170 ms' AS t FROM generate_series(1, 1000000) g) x
CROSS JOIN LATERAL (SELECT CASE WHEN (g / 7) % 10 < 2 THEN 'completed' WHEN (g / 7) % 10 = 2 THEN 'discarded'
    WHEN (g / 7) % 10 = 3 THEN 'retryable' WHEN (g / 7) % 10 = 4 THEN 'scheduled' WHEN g % 170 = 0 THEN 'running'
    ELSE 'available' END::river_job_state AS state) s)";

constexpr auto obanJobs = R"(
INSERT INTO oban_jobs (worker, queue, state, priority, attempt, inserted_at, scheduled_at, attempted_at, attempted_by, completed_at,
                       discarded_at)
SELECT 'Mail', 'q' || g % 5, s.state, g % 4, g % 3, t, t, t, '{web,01}', CASE WHEN s.state = 'completed' THEN t END,
       CASE WHEN s.state = 'discarded' THEN t END
FROM (SELECT g, timezone('UTC', now()) - interval '2 days' + g * interval '170 ms' AS t FROM generate_series(1, 1000000) g) x
CROSS JOIN LATERAL (SELECT CASE WHEN (g / 7) % 10 < 2 THEN 'completed' WHEN (g / 7) % 10 = 2 THEN 'discarded'
    WHEN (g / 7) % 10 = 3 THEN 'retryable' WHEN (g / 7) % 10 = 4 THEN 'scheduled' WHEN g % 170 = 0 THEN 'executing'
    ELSE 'available' END::oban_job_state AS state) s)";

// As migrations 16 to 20 of Graphile Worker leave them; the library itself is at work in tst_graphile.
constexpr auto graphileJobs = R"(
CREATE SCHEMA graphile_worker;
SET search_path = graphile_worker;
CREATE TABLE migrations (id int PRIMARY KEY, ts timestamptz DEFAULT now(), breaking boolean);
INSERT INTO migrations VALUES (20);
CREATE TABLE _private_tasks (id int PRIMARY KEY, identifier text UNIQUE);
CREATE TABLE _private_job_queues (id int PRIMARY KEY, queue_name text UNIQUE, locked_at timestamptz, locked_by text);
CREATE TABLE _private_known_crontabs (identifier text PRIMARY KEY, known_since timestamptz, last_execution timestamptz);
CREATE UNLOGGED TABLE _private_jobs (
    id bigint PRIMARY KEY, job_queue_id int, task_id int NOT NULL, payload json DEFAULT '{}', priority smallint DEFAULT 0,
    run_at timestamptz, attempts smallint DEFAULT 0, max_attempts smallint DEFAULT 25, last_error text,
    created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now(), key text UNIQUE, locked_at timestamptz,
    locked_by text, revision int DEFAULT 0, flags jsonb,
    is_available boolean GENERATED ALWAYS AS (locked_at IS NULL AND attempts < max_attempts) STORED NOT NULL);
CREATE VIEW jobs AS
SELECT j.id, q.queue_name, t.identifier AS task_identifier, j.priority, j.run_at, j.attempts, j.max_attempts, j.last_error,
       j.created_at, j.updated_at, j.key, j.locked_at, j.locked_by, j.revision, j.flags
FROM _private_jobs j JOIN _private_tasks t ON t.id = j.task_id LEFT JOIN _private_job_queues q ON q.id = j.job_queue_id;
INSERT INTO _private_tasks SELECT g, 'q' || g - 1 FROM generate_series(1, 5) g;
INSERT INTO _private_jobs (id, task_id, run_at, created_at, attempts)
SELECT g, 1 + g % 5, t, t, CASE WHEN g % 10 = 0 THEN 25 ELSE 0 END
FROM (SELECT g, now() - interval '2 days' + g * interval '170 ms' AS t FROM generate_series(1, 1000000) g) x;
CREATE INDEX jobs_main_index ON _private_jobs (priority, run_at) INCLUDE (id, task_id, job_queue_id) WHERE is_available = true;
CREATE INDEX jobs_no_queue_index ON _private_jobs (priority, run_at) INCLUDE (id, task_id)
    WHERE is_available = true AND job_queue_id IS NULL;
RESET search_path)";

bool onRequestOnly(const QString& question) {
    return question == "dead"_L1 || question == "dead_job"_L1 || question.startsWith("replay_"_L1) ||
           question.startsWith("release_"_L1) || question.startsWith("undo_"_L1) ||
           question.startsWith("acting_"_L1);
}

}  // namespace

class TestSystemPlans : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void polledQuestionsUseTheirIndexes_data();
    void polledQuestionsUseTheirIndexes();

private:
    void check(ReadTransaction& transaction, const SystemDefinition& definition,
               const SchemaCatalog& catalog);
    PostgresFixture m_fixture;
};

void TestSystemPlans::initTestCase() {
    const auto trouble = m_fixture.start();
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
    // Whatever else looks at a table keeps VACUUM from marking its pages as all-visible.
    m_fixture.sql("ALTER SYSTEM SET autovacuum = off");
    m_fixture.sql("SELECT pg_reload_conf()");
}

void TestSystemPlans::polledQuestionsUseTheirIndexes_data() {
    QTest::addColumn<QString>("system");
    QTest::addColumn<QString>("schema");
    QTest::addColumn<QString>("million");
    QTest::newRow("river") << u"river"_s << u"public"_s
                           << QString::fromStdString(riverTables(7) + filled("river_job", riverJobs));
    QTest::newRow("oban") << u"oban"_s << u"public"_s
                          << QString::fromStdString(obanTables(14, true) + filled("oban_jobs", obanJobs));
    QTest::newRow("graphile_worker") << u"graphile_worker"_s << u"graphile_worker"_s
                                     << QString::fromUtf8(graphileJobs);
}

void TestSystemPlans::check(ReadTransaction& transaction, const SystemDefinition& definition,
                            const SchemaCatalog& catalog) {
    const auto* jobs = catalog.table(definition.jobs);
    QVERIFY(jobs);
    QVERIFY2(jobs->rows > 900'000, qPrintable(QString::number(jobs->rows)));
    PollValues values;
    values.schema = catalog.schema;
    values.schemaQuoted = catalog.quoted;
    values.jobs = jobs->quoted;
    for (int i = 0; i < 5; ++i) values.queues[jobs->quoted].push_back("q" + std::to_string(i));
    values.cap = 4'000;  // as the engine begins with five queues
    values.heapCap = 400;
    values.retryCap = 1'600;
    values.flowCap = 8'000;
    values.now = transaction.moment().now;
    values.until = values.now - std::chrono::seconds{1};
    values.since = values.now - std::chrono::seconds{6};
    const auto plan = planQuestions(definition, catalog);
    qint64 pages = 0, asked = 0;
    for (const auto& question : plan.questions) {
        if (onRequestOnly(question.name)) continue;
        QVERIFY2(!question.scan, qPrintable(question.file));
        transaction.useIndexesOnly(true);
        const auto scans =
            explained(transaction, statementFor({&question}, values), jobs->quoted.section(u'.', -1));
        qInfo().noquote() << question.file << scans.pages << "pages" << scans.indexes.values().join(u", "_s);
        QVERIFY2(scans.sequential.isEmpty(), qPrintable(question.file + scans.sequential.join(u',')));
        QVERIFY2(named(question, *jobs).contains(scans.indexes),
                 qPrintable(question.file + u" uses "_s + scans.indexes.values().join(u", "_s)));
        QVERIFY2(scans.pages <= mostPages, qPrintable(u"%1: %2"_s.arg(question.file).arg(scans.pages)));
        if (question.every_s == 0) pages += scans.pages;
        ++asked;
    }
    QVERIFY2(asked >= 4, qPrintable(QString::number(asked)));
    QVERIFY2(pages <= mostPagesOfPoll, qPrintable(QString::number(pages)));
}

void TestSystemPlans::polledQuestionsUseTheirIndexes() {
    QFETCH(QString, system);
    QFETCH(QString, schema);
    QFETCH(QString, million);
    m_fixture.freshDatabase(u"app"_s);
    m_fixture.sql(million.toStdString());
    m_fixture.sql("VACUUM ANALYZE");
    const auto definition = loadSystemDefinition(u":/systems/"_s + system);
    VERIFY_OK(definition);
    PostgresConnection connection(m_fixture.settings());
    connection.open();
    ReadTransaction transaction(connection, {std::chrono::seconds{20}, std::chrono::seconds{60}});
    QCOMPARE(schemasWith(transaction, *definition), QStringList{schema});
    check(transaction, *definition, readCatalog(transaction, schema, *definition));
}

QTEST_GUILESS_MAIN(TestSystemPlans)
#include "tst_system_plans.moc"
