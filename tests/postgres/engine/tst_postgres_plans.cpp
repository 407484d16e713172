// On a table of a million rows every polled question is led by an index, and touches few pages.
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QtTest>

#include "backends/postgres/engine/detection.h"
#include "tests/postgres/postgres_fixture.h"
#include "tests/postgres/systems/real_pgboss.h"

using namespace spillway;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr int rowsOfTheTable = 1'000'000;
// Of 8 kB. A full scan would be some 20 000; the largest bounded read is 1 000 rows on pages of their own
// in each of a few places.
constexpr qint64 mostPages = 6'000;

struct Plan {
    QStringList indexes;  // used on the jobs table
    QStringList scans;    // sequential ones, on any table but small ones beside it
    qint64 pages = 0;     // hit and read
};

void collect(const QJsonObject& node, const QStringList& jobTables, Plan& plan) {
    if (jobTables.contains(node["Relation Name"_L1].toString())) {
        if (node.contains("Index Name"_L1)) plan.indexes << node["Index Name"_L1].toString();
        if (node["Node Type"_L1].toString().contains(u"Seq Scan"_s))
            plan.scans << node["Relation Name"_L1].toString();
    }
    for (const auto child : node["Plans"_L1].toArray()) collect(child.toObject(), jobTables, plan);
}

Plan planOf(ReadTransaction& transaction, const Question& question, const PollValues& values,
            const CatalogTable& jobs, const QString& jobTable) {
    const auto statement = statementFor({&question}, values);
    transaction.useIndexesOnly(!question.scan);
    const QString explain =
        u"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) "_s + QString::fromStdString(statement.sql);
    const auto rows = transaction.query(explain.toStdString(), statement.parameters, question.name);
    const auto document = QJsonDocument::fromJson(rows.at(0).bytes("QUERY PLAN").value_or(QByteArray()));
    const auto top = document[0]["Plan"_L1].toObject();
    QStringList tables{jobTable};
    for (const auto& [name, quoted] : jobs.partitions) tables << name;
    Plan plan;
    collect(top, tables, plan);
    plan.pages = top["Shared Hit Blocks"_L1].toInteger() + top["Shared Read Blocks"_L1].toInteger();
    return plan;
}

// Whether an index has one of these leading columns.
bool leads(const QString& index, const CatalogTable& jobs, const std::vector<IndexColumns>& wanted) {
    for (const auto& leaf : jobs.indexes)
        if (const auto it = leaf.find(index); it != leaf.end())
            for (const auto& columns : wanted)
                if (std::equal(columns.begin(), columns.end(), it->second.columns.begin(),
                               it->second.columns.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                                columns.size(), it->second.columns.size()))))
                    return true;
    return false;
}

}  // namespace

class TestPostgresPlans : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void pgboss();
    void mappedTable();

private:
    void check(const std::vector<PostgresSystem>& systems, const SchemaCatalog& catalog,
               const QString& jobTable, ReadTransaction& transaction);
    PostgresFixture m_fixture;
    QTemporaryDir m_files;
};

void TestPostgresPlans::initTestCase() {
    const auto trouble = m_fixture.start(
        {.tcp = false,
         .settings = {u"shared_buffers=512MB"_s, u"max_wal_size=4GB"_s, u"autovacuum=off"_s, u"fsync=off"_s},
         .hba = {}});
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
    qputenv("XDG_CONFIG_HOME", m_files.path().toUtf8());
}

bool isPolled(const QString& question) {
    static const QStringList acting{u"replay_"_s, u"release_"_s, u"undo_"_s, u"acting_"_s};
    return question != u"dead"_s && question != u"dead_job"_s &&
           std::none_of(acting.begin(), acting.end(),
                        [&](const QString& head) { return question.startsWith(head); });
}

// Every polled question of the one system that was found.
void TestPostgresPlans::check(const std::vector<PostgresSystem>& systems, const SchemaCatalog& catalog,
                              const QString& jobTable, ReadTransaction& transaction) {
    QCOMPARE(systems.size(), size_t(1));
    auto system = systems.front();
    const auto& jobs = *catalog.table(jobTable);
    const auto queues = system.queues(transaction);
    QVERIFY(!queues.empty());
    auto values = system.values();
    values.since = values.now - 2s;
    values.until = values.now - 1s;
    values.cap = 2'000;
    values.heapCap = 200;
    int checked = 0;
    for (const auto& question : system.plan().questions) {
        if (!isPolled(question.name)) continue;
        const auto plan = planOf(transaction, question, values, jobs, jobTable);
        const QByteArray which =
            (question.name + u" ("_s + question.file.section(u'/', -1) + u"), answers "_s +
             question.answers.join(u' ') + u": "_s + plan.indexes.join(u' '))
                .toUtf8();
        QVERIFY2(plan.scans.isEmpty(), which.constData());
        QVERIFY2(plan.pages <= mostPages,
                 (which + ' ' + QByteArray::number(plan.pages) + " pages").constData());
        if (!question.indexes.empty())
            for (const auto& index : plan.indexes)
                QVERIFY2(leads(index, jobs, question.indexes), which.constData());
        if (!question.indexes.empty()) QVERIFY2(!plan.indexes.isEmpty(), which.constData());
        ++checked;
    }
    QVERIFY(checked >= 10);
}

void TestPostgresPlans::pgboss() {
    const auto missing = RealPgBoss::missing();
    SKIP_UNLESS(missing.isEmpty(), qPrintable(missing));
    m_fixture.freshDatabase(u"app"_s);
    { const RealPgBoss boss(m_fixture.server(), u"pgboss12"_s, u"pgboss"_s, u"app"_s); }
    m_fixture.sql(
        "SELECT pgboss.create_queue('q' || g, '{\"policy\":\"standard\"}') FROM generate_series(0, 9) g");
    // As a bulk load: the indexes are built afterwards, as pg-boss had made them.
    m_fixture.sql(
        "CREATE TABLE public.made AS SELECT indexdef, indexname FROM pg_indexes WHERE schemaname = 'pgboss' "
        "AND tablename "
        "= 'job_common' AND indexname LIKE 'job_common_i%'; DO $$ DECLARE r record; BEGIN FOR r IN SELECT * "
        "FROM "
        "public.made LOOP EXECUTE 'DROP INDEX pgboss.' || r.indexname; END LOOP; END $$");
    m_fixture.sql(
        "SET session_replication_role = replica; INSERT INTO pgboss.job (name, state, data, created_on, "
        "start_after, "
        "started_on, completed_on, retry_count) SELECT 'q' || g % 10, s.state::pgboss.job_state, NULL, s.at, "
        "s.at, CASE "
        "WHEN s.state IN ('completed', 'failed', 'active') THEN s.at END, CASE WHEN s.state IN ('completed', "
        "'failed') "
        "THEN s.at + interval '1 minute' END, g % 3 FROM (SELECT g, CASE WHEN g % 100 < 30 THEN 'created' "
        "WHEN g % 100 < "
        "33 THEN 'retry' WHEN g % 1000 = 999 THEN 'active' WHEN g % 100 < 60 THEN 'failed' ELSE 'completed' "
        "END AS state, "
        "now() - (g % 500000) * interval '1 s' AS at FROM generate_series(1, " +
        std::to_string(rowsOfTheTable) + ") g) s");
    m_fixture.sql(
        "DO $$ DECLARE r record; BEGIN FOR r IN SELECT * FROM public.made LOOP EXECUTE r.indexdef; END LOOP; "
        "END $$");
    m_fixture.sql("VACUUM ANALYZE pgboss.job_common");
    PostgresConnection connection(m_fixture.settings());
    connection.open();
    ReadTransaction transaction(connection, {20s, 60s});
    auto definition = loadSystemDefinition(u":/systems/pgboss"_s);
    VERIFY_OK(definition);
    const auto systems = detectSystems(transaction, {*definition}, m_fixture.settings());
    check(systems, readCatalog(transaction, u"pgboss"_s, *definition), u"job"_s, transaction);
    transaction.commit();
}

void TestPostgresPlans::mappedTable() {
    m_fixture.freshDatabase(u"app"_s);
    m_fixture.sql(
        "CREATE TABLE jobs (id bigint, claimed boolean NOT NULL, claimed_by text, claimed_at timestamptz, "
        "attempts int NOT "
        "NULL, max_attempts int NOT NULL, run_at timestamptz NOT NULL, finished_at timestamptz, failed_at "
        "timestamptz, "
        "last_error text)");
    m_fixture.sql(
        "INSERT INTO jobs SELECT g, g % 100 >= 40, 'w', now() - interval '1 minute', g % 4, 5, now() - (g % "
        "5000 - 1000) * "
        "interval '1 s', CASE WHEN g % 100 >= 60 THEN now() - g * interval '1 s' END, CASE WHEN g % 100 "
        "BETWEEN 41 AND 59 "
        "THEN now() - (g % 900000) * interval '1 s' END, 'no' FROM generate_series(1, " +
        std::to_string(rowsOfTheTable) + ") g");
    m_fixture.sql(
        "ALTER TABLE jobs ADD PRIMARY KEY (id);"
        "CREATE INDEX ON jobs (run_at) WHERE NOT claimed AND finished_at IS NULL AND failed_at IS NULL;"
        "CREATE INDEX ON jobs (failed_at) WHERE finished_at IS NULL AND failed_at IS NOT NULL;"
        "CREATE INDEX ON jobs (claimed_at) WHERE claimed AND finished_at IS NULL AND failed_at IS NULL;"
        "CREATE INDEX ON jobs (finished_at) WHERE finished_at IS NOT NULL");
    m_fixture.sql("VACUUM ANALYZE jobs");
    QFile file(m_files.filePath(u"mapping.toml"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(
        "name = \"jobs\"\ntable = \"public.jobs\"\n[columns]\nid = \"id\"\nclaimed = \"claimed\"\nowner = "
        "\"claimed_by\"\nclaimed_at = \"claimed_at\"\nattempts = \"attempts\"\nmax_attempts = "
        "\"max_attempts\"\nrun_at = "
        "\"run_at\"\nfinished_at = \"finished_at\"\nfailed_at = \"failed_at\"\nlast_error = "
        "\"last_error\"\n");
    file.close();
    auto settings = m_fixture.settings();
    settings.mappingFiles = {file.fileName()};
    PostgresConnection connection(settings);
    connection.open();
    ReadTransaction transaction(connection, {20s, 60s});
    const auto systems = detectMappedTables(transaction, settings);
    VERIFY_OK(systems);
    const auto mapping = readTableMapping(file.fileName());
    VERIFY_OK(mapping);
    const auto catalog = mappedCatalog(transaction, *mapping);
    VERIFY_OK(catalog);
    check(*systems, *catalog, u"jobs"_s, transaction);
    const auto capabilities = systems->front().detected().capabilities;
    for (const auto* signal :
         {"ready", "running", "dead", "dead_ages", "retry_due", "run_time_s", "leases", "dead_jobs"})
        QVERIFY2(capabilities.observable(QString::fromLatin1(signal)), signal);
    transaction.commit();
}

QTEST_GUILESS_MAIN(TestPostgresPlans)
#include "tst_postgres_plans.moc"
