// A user's own jobs table, read through a mapping file.
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include "tests/postgres/postgres_fixture.h"

using namespace spillway;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

// The table of the classic incident.
constexpr auto classicTable = R"(
CREATE TABLE jobs (
    id bigserial PRIMARY KEY, payload jsonb NOT NULL DEFAULT '{}', claimed boolean NOT NULL DEFAULT false, claimed_by text,
    claimed_at timestamptz, attempts int NOT NULL DEFAULT 0, max_attempts int NOT NULL DEFAULT 5,
    run_at timestamptz NOT NULL DEFAULT now(), finished_at timestamptz, failed_at timestamptz, last_error text))";

constexpr auto classicMapping = R"(
name = "jobs"
table = "public.jobs"
[columns]
id = "id"
claimed = "claimed"
owner = "claimed_by"
claimed_at = "claimed_at"
attempts = "attempts"
max_attempts = "max_attempts"
run_at = "run_at"
finished_at = "finished_at"
failed_at = "failed_at"
last_error = "last_error"
)";

}  // namespace

class TestMappedTable : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void init();
    void classicTableIsCounted();
    void arrivalsAndDrainAreSeenBetweenPolls();
    void statusColumnWithQueues();
    void epochTimes();
    void largeTableWithoutIndexIsNotScanned();
    void largeTableWithIndexesIsProbed();
    void misfitsNameTheKey_data();
    void misfitsNameTheKey();
    void aTableThatIsNotThere();
    void filesOfTheUserAreFound();
    void hostileQueueNames();

private:
    QString write(const QByteArray& mapping, const QString& name = u"mapping.toml"_s);
    std::unique_ptr<QueueBackend> mapped(const QByteArray& mapping);
    PostgresFixture m_fixture;
    QTemporaryDir m_files;
};

void TestMappedTable::initTestCase() {
    const auto trouble = m_fixture.start();
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
}

void TestMappedTable::init() {
    qputenv("XDG_CONFIG_HOME", m_files.path().toUtf8());
    m_fixture.freshDatabase(u"app"_s);
}

QString TestMappedTable::write(const QByteArray& mapping, const QString& name) {
    QFile file(m_files.filePath(name));
    if (file.open(QIODevice::WriteOnly)) file.write(mapping);
    return file.fileName();
}

std::unique_ptr<QueueBackend> TestMappedTable::mapped(const QByteArray& mapping) {
    auto settings = m_fixture.settings();
    settings.mappingFiles = {write(mapping)};
    return makePostgresBackend(settings);
}

void TestMappedTable::classicTableIsCounted() {
    m_fixture.sql(classicTable);
    m_fixture.sql(
        "INSERT INTO jobs (run_at) SELECT now() - interval '10 minutes' FROM generate_series(1, 12)");
    m_fixture.sql("INSERT INTO jobs (run_at) SELECT now() + interval '1 hour' FROM generate_series(1, 4)");
    m_fixture.sql(
        "INSERT INTO jobs (run_at, attempts) SELECT now() + interval '1 hour', 2 FROM generate_series(1, 3)");
    m_fixture.sql(
        "INSERT INTO jobs (claimed, claimed_by, claimed_at) SELECT true, 'w1', now() FROM generate_series(1, "
        "2)");
    m_fixture.sql(
        "INSERT INTO jobs (claimed, finished_at) SELECT true, now() - interval '1 hour' FROM "
        "generate_series(1, 9)");
    m_fixture.sql(
        "INSERT INTO jobs (claimed, failed_at, attempts) SELECT true, now() - interval '3 days', 5 FROM "
        "generate_series(1, 5)");
    const auto backend = mapped(classicMapping);
    VERIFY_OK(backend->open());
    const auto systems = backend->detect();
    VERIFY_OK(systems);
    QCOMPARE(systems->size(), size_t(1));
    QCOMPARE(systems->front().identity.system, u"mapped:jobs"_s);
    QCOMPARE(systems->front().identity.name_space, u"public.jobs"_s);
    const auto reading = backend->read();
    VERIFY_OK(reading);
    const auto* queue = queueNamed(*reading, u"jobs"_s);
    QVERIFY(queue);
    QCOMPARE(queue->ready, Count::exact(12));
    QCOMPARE(queue->scheduled, Count::exact(4));
    QCOMPARE(queue->retrying, Count::exact(3));
    QCOMPARE(queue->running, Count::exact(2));
    QCOMPARE(queue->dead, Count::exact(5));
    QVERIFY(queue->oldest_ready_at.known());
    const double age = secondsBetween(*queue->oldest_ready_at.value, reading->observed_at);
    QVERIFY2(age > 599 && age < 660, qPrintable(QString::number(age)));
    const double deadAge = secondsBetween(*queue->oldest_dead_at.value, reading->observed_at);
    QVERIFY2(deadAge > 3 * 86400 - 1 && deadAge < 3 * 86400 + 60, qPrintable(QString::number(deadAge)));
    QVERIFY(!queue->paused.has_value());
    QVERIFY(!reading->systems.front().workers.live.known());
}

void TestMappedTable::arrivalsAndDrainAreSeenBetweenPolls() {
    m_fixture.sql(classicTable);
    m_fixture.sql("INSERT INTO jobs (payload) SELECT '{}' FROM generate_series(1, 10)");
    const auto backend = mapped(classicMapping);
    VERIFY_OK(backend->open());
    VERIFY_OK(backend->detect());
    const auto first = backend->read();
    VERIFY_OK(first);
    m_fixture.sql("INSERT INTO jobs (payload) SELECT '{}' FROM generate_series(1, 25)");
    m_fixture.sql("UPDATE jobs SET claimed = true, finished_at = clock_timestamp() WHERE id <= 6");
    m_fixture.sql("UPDATE jobs SET claimed = true, failed_at = clock_timestamp() WHERE id BETWEEN 7 AND 8");
    const auto* before = queueNamed(*first, u"jobs"_s);
    const auto moved = [&](const Count FlowTotals::*total) {
        const auto reading = backend->read();
        const auto* now = reading ? queueNamed(*reading, u"jobs"_s) : nullptr;
        return now ? *(now->flow.*total).value - *(before->flow.*total).value : -1;
    };
    QTRY_COMPARE_WITH_TIMEOUT(moved(&FlowTotals::completed), 6, 5000);
    QTRY_COMPARE_WITH_TIMEOUT(moved(&FlowTotals::died), 2, 5000);
    QCOMPARE(moved(&FlowTotals::enqueued), 25);
    QCOMPARE(before->flow.enqueued.provenance, Provenance::estimated);
    QCOMPARE(before->flow.completed.provenance, Provenance::exact);
    QVERIFY(!before->flow.executed.known());
}

void TestMappedTable::statusColumnWithQueues() {
    m_fixture.sql(
        "CREATE SCHEMA \"Work\"; CREATE TYPE \"Work\".st AS ENUM ('new', 'busy', 'again', 'ok', 'bad');"
        "CREATE TABLE \"Work\".\"Tasks\" (\"Id\" uuid PRIMARY KEY DEFAULT gen_random_uuid(), kind "
        "varchar(40) NOT NULL, st "
        "\"Work\".st NOT NULL DEFAULT 'new', \"createdAt\" timestamp NOT NULL DEFAULT (now() AT TIME ZONE "
        "'UTC'), next timestamp, done_at timestamp)");
    m_fixture.sql("INSERT INTO \"Work\".\"Tasks\" (kind) SELECT 'mail' FROM generate_series(1, 7)");
    m_fixture.sql(
        "INSERT INTO \"Work\".\"Tasks\" (kind, st) SELECT 'mail', 'busy' FROM generate_series(1, 2)");
    m_fixture.sql(
        "INSERT INTO \"Work\".\"Tasks\" (kind, st, next) SELECT 'bill', 'again', (now() + interval '1 hour') "
        "AT TIME ZONE 'UTC' "
        "FROM generate_series(1, 3)");
    m_fixture.sql(
        "INSERT INTO \"Work\".\"Tasks\" (kind, st) SELECT 'bill', 'bad' FROM generate_series(1, 4)");
    const auto backend = mapped(R"(
name = "tasks"
table = "Work.Tasks"
[columns]
id = "Id"
queue = "kind"
status = "st"
enqueued_at = "createdAt"
run_at = "next"
finished_at = "done_at"
[status]
ready = "new"
retrying = ["again"]
running = ["busy"]
done = ["ok"]
dead = ["bad"]
)");
    VERIFY_OK(backend->open());
    VERIFY_OK(backend->detect());
    const auto reading = backend->read();
    VERIFY_OK(reading);
    const auto* mail = queueNamed(*reading, u"mail"_s);
    const auto* bill = queueNamed(*reading, u"bill"_s);
    QVERIFY(mail && bill);
    QCOMPARE(mail->ready, Count::exact(7));
    QCOMPARE(mail->running, Count::exact(2));
    QCOMPARE(mail->dead, Count::exact(0));
    QCOMPARE(bill->retrying, Count::exact(3));
    QCOMPARE(bill->dead, Count::exact(4));
    const double age = secondsBetween(*mail->oldest_ready_at.value, reading->observed_at);
    QVERIFY2(age >= 0 && age < 60, qPrintable(QString::number(age)));
    QVERIFY(!mail->oldest_dead_at.known());
    QVERIFY(mail->oldest_dead_at.method.contains(u"failed_at"_s));
}

void TestMappedTable::epochTimes() {
    m_fixture.sql(
        "CREATE TABLE q (id int PRIMARY KEY, locked_at bigint, run_ms bigint NOT NULL, done_s double "
        "precision)");
    m_fixture.sql(
        "INSERT INTO q SELECT g, NULL, extract(epoch FROM now() - interval '90 s') * 1000, NULL FROM "
        "generate_series(1, 3) g");
    const auto backend = mapped(R"(
name = "q"
table = "q"
[columns]
id = "id"
claimed_at = "locked_at"
run_at = "run_ms"
finished_at = "done_s"
[times]
default = "epoch_ms"
finished_at = "epoch_s"
)");
    VERIFY_OK(backend->open());
    VERIFY_OK(backend->detect());
    const auto reading = backend->read();
    VERIFY_OK(reading);
    const auto* queue = queueNamed(*reading, u"q"_s);
    QVERIFY(queue);
    QCOMPARE(queue->ready, Count::exact(3));
    const double age = secondsBetween(*queue->oldest_ready_at.value, reading->observed_at);
    QVERIFY2(age > 89 && age < 150, qPrintable(QString::number(age)));
}

void TestMappedTable::largeTableWithoutIndexIsNotScanned() {
    m_fixture.sql(classicTable);
    m_fixture.sql(
        "INSERT INTO jobs (claimed, finished_at, payload) SELECT true, now(), jsonb_build_object('x', "
        "repeat('y', 60)) FROM "
        "generate_series(1, 150000)");
    m_fixture.sql("VACUUM ANALYZE jobs");
    const auto backend = mapped(classicMapping);
    VERIFY_OK(backend->open());
    const auto systems = backend->detect();
    VERIFY_OK(systems);
    const auto& capabilities = systems->front().capabilities;
    QVERIFY(!capabilities.observable(u"ready"_s));
    QVERIFY2(capabilities.why(u"ready"_s).contains(u"CREATE INDEX CONCURRENTLY ON public.jobs"_s),
             qPrintable(capabilities.why(u"ready"_s)));
    const auto reading = backend->read();
    VERIFY_OK(reading);
    const auto* queue = queueNamed(*reading, u"jobs"_s);
    QVERIFY(queue);
    QVERIFY(!queue->ready.known());
    QVERIFY(!queue->dead.known());
    QVERIFY(queue->flow.enqueued.known());  // the sequence needs no index
}

void TestMappedTable::largeTableWithIndexesIsProbed() {
    m_fixture.sql(classicTable);
    m_fixture.sql(
        "INSERT INTO jobs (claimed, finished_at, payload) SELECT true, now() - interval '1 day', "
        "jsonb_build_object('x', repeat('y', "
        "60)) FROM generate_series(1, 150000)");
    m_fixture.sql(
        "INSERT INTO jobs (run_at) SELECT now() - interval '1 minute' FROM generate_series(1, 30000)");
    m_fixture.sql(
        "INSERT INTO jobs (claimed, failed_at) SELECT true, now() - interval '2 hours' FROM "
        "generate_series(1, 40)");
    m_fixture.sql(
        "CREATE INDEX ON jobs (run_at) WHERE NOT claimed AND finished_at IS NULL AND failed_at IS NULL;"
        "CREATE INDEX ON jobs (failed_at) WHERE finished_at IS NULL AND failed_at IS NOT NULL;"
        "CREATE INDEX ON jobs (claimed_at) WHERE claimed AND finished_at IS NULL AND failed_at IS NULL;"
        "CREATE INDEX ON jobs (finished_at) WHERE finished_at IS NOT NULL;");
    m_fixture.sql("VACUUM ANALYZE jobs");
    const auto backend = mapped(classicMapping);
    VERIFY_OK(backend->open());
    const auto systems = backend->detect();
    VERIFY_OK(systems);
    for (const auto& signal :
         {u"ready"_s, u"running"_s, u"dead"_s, u"oldest_age_s"_s, u"dead_oldest_age_s"_s, u"drain_rate"_s})
        QVERIFY2(systems->front().capabilities.observable(signal),
                 qPrintable(signal + u": "_s + systems->front().capabilities.why(signal)));
    const auto reading = backend->read();
    VERIFY_OK(reading);
    const auto* queue = queueNamed(*reading, u"jobs"_s);
    QVERIFY(queue);
    // 30 000 is above the cap; the planner, which takes the conditions for independent, says less.
    QCOMPARE(queue->ready.provenance, Provenance::lower_bound);
    QCOMPARE(*queue->ready.value, 10'000);
    QCOMPARE(queue->dead, Count::exact(40));
    QCOMPARE(queue->running, Count::exact(0));
    QVERIFY(queue->oldest_ready_at.known() && queue->oldest_dead_at.known());
}

void TestMappedTable::misfitsNameTheKey_data() {
    QTest::addColumn<QByteArray>("mapping");
    QTest::addColumn<QString>("says");
    QTest::newRow("column that is not there")
        << QByteArray("name = \"j\"\ntable = \"jobs\"\n[columns]\nclaimed = \"taken\"\n")
        << u"columns.claimed names taken"_s;
    QTest::newRow("wrong type")
        << QByteArray("name = \"j\"\ntable = \"jobs\"\n[columns]\nclaimed = \"claimed_by\"\n")
        << u"of type text"_s;
    QTest::newRow("time that is a number")
        << QByteArray(
               "name = \"j\"\ntable = \"jobs\"\n[columns]\nclaimed = \"claimed\"\nrun_at = \"attempts\"\n")
        << u"columns.run_at"_s;
    QTest::newRow("unknown key") << QByteArray(
                                        "name = \"j\"\ntable = \"jobs\"\n[columns]\nclaimd = \"claimed\"\n")
                                 << u"columns.claimd"_s;
    QTest::newRow("no state") << QByteArray("name = \"j\"\ntable = \"jobs\"\n[columns]\nid = \"id\"\n")
                              << u"which jobs are running"_s;
    QTest::newRow("no toml") << QByteArray("name = \n") << u"line 1"_s;
    QTest::newRow("not UTF-8") << QByteArray("name = \"j\"\ntable = \"\xc3(\xff\"\n") << u"line 2"_s;
    QTest::newRow("NUL in a status") << QByteArray(
                                            "name = \"j\"\ntable = \"jobs\"\n[columns]\nid = \"id\"\nstatus "
                                            "= \"status\"\n[status]\nready = "
                                            "[\"new\\u0000') OR (true\"]\n")
                                     << u"character NUL"_s;
    QTest::newRow("no table") << QByteArray("name = \"j\"\n") << u"table is missing"_s;
}

void TestMappedTable::misfitsNameTheKey() {
    QFETCH(QByteArray, mapping);
    QFETCH(QString, says);
    m_fixture.sql(classicTable);
    const auto backend = mapped(mapping);
    VERIFY_OK(backend->open());
    const auto systems = backend->detect();
    QVERIFY(!systems.ok());
    QCOMPARE(systems.failure().kind, FailureKind::usage);
    QVERIFY2(systems.failure().sentence().contains(says), qPrintable(systems.failure().sentence()));
    QVERIFY(systems.failure().what.contains(u"mapping.toml"_s));
    QVERIFY(!systems.failure().nextStep.isEmpty());
}

void TestMappedTable::aTableThatIsNotThere() {
    const auto backend = mapped(classicMapping);
    VERIFY_OK(backend->open());
    const auto systems = backend->detect();
    QVERIFY(!systems.ok());
    QCOMPARE(systems.failure().kind, FailureKind::usage);
    QVERIFY(systems.failure().what.contains(u"public.jobs"_s));
}

void TestMappedTable::filesOfTheUserAreFound() {
    QVERIFY(QDir(m_files.path()).mkpath(u"spillway/systems"_s));
    write(classicMapping, u"spillway/systems/jobs.toml"_s);
    const auto found = [&] {
        const auto backend = m_fixture.backend();
        const auto opened = backend->open();
        const auto systems = backend->detect();
        return systems ? static_cast<int>(systems->size()) : -1;
    };
    QCOMPARE(found(), 0);  // no such table here: not detected, no failure
    m_fixture.sql(classicTable);
    QCOMPARE(found(), 1);
    QVERIFY(QFile::remove(m_files.filePath(u"spillway/systems/jobs.toml"_s)));
}

void TestMappedTable::hostileQueueNames() {
    m_fixture.sql(
        "CREATE TABLE q (id int PRIMARY KEY, name text NOT NULL, claimed boolean NOT NULL DEFAULT false)");
    const QStringList names{u"a b/c"_s, u"<b>x</b>"_s, u"two\nlines"_s, u"quote\"'\\"_s,
                            u"{cap}"_s, u"%1 %s"_s,    u"naïve 🚰"_s,    u","_s};
    int id = 0;
    for (const auto& name : names) {
        QString literal = name;
        literal.replace(u"'"_s, u"''"_s);
        m_fixture.sql(u"INSERT INTO q VALUES (%1, '"_s.arg(++id).toStdString() + literal.toStdString() +
                      "')");
    }
    const auto backend = mapped(
        "name = \"q\"\ntable = \"q\"\n[columns]\nid = \"id\"\nqueue = \"name\"\nclaimed = \"claimed\"\n");
    VERIFY_OK(backend->open());
    VERIFY_OK(backend->detect());
    const auto reading = backend->read();
    VERIFY_OK(reading);
    for (const auto& name : names) {
        const auto* queue = queueNamed(*reading, name);
        QVERIFY2(queue, qPrintable(name));
        QCOMPARE(queue->ready, Count::exact(1));
    }
}

QTEST_GUILESS_MAIN(TestMappedTable)
#include "tst_mapped_table.moc"
