// A user's own jobs table: retries, leases, dead letters and silent faults.
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>
#include <algorithm>

#include "tests/postgres/postgres_fixture.h"

using namespace spillway;
using namespace Qt::StringLiterals;

namespace {

constexpr auto table = R"(
CREATE TABLE jobs (
    id bigserial PRIMARY KEY, kind text NOT NULL DEFAULT 'mail', payload jsonb NOT NULL DEFAULT '{"a": 1}',
    claimed boolean NOT NULL DEFAULT false, claimed_by text, claimed_at timestamptz, lease_until timestamptz,
    attempts int NOT NULL DEFAULT 0, max_attempts int NOT NULL DEFAULT 5, run_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz, failed_at timestamptz, last_error text))";

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
payload = "payload"
)";

// The same questions for a small table, which is read whole, and for a large one with indexes.
constexpr auto ballast =
    "INSERT INTO jobs (kind, claimed, claimed_at, finished_at, attempts, payload) SELECT 'old', true, now() "
    "- interval "
    "'2 days', now() - interval '2 days', 1, jsonb_build_object('x', repeat('y', 60)) FROM "
    "generate_series(1, 150000);"
    "CREATE INDEX ON jobs (kind, run_at) WHERE NOT claimed AND finished_at IS NULL AND failed_at IS NULL;"
    "CREATE INDEX ON jobs (kind, failed_at) WHERE finished_at IS NULL AND failed_at IS NOT NULL;"
    "CREATE INDEX ON jobs (kind, claimed_at) WHERE claimed AND finished_at IS NULL AND failed_at IS NULL;"
    "CREATE INDEX ON jobs (kind, finished_at) WHERE finished_at IS NOT NULL;"
    "CREATE INDEX ON jobs (kind)";

}  // namespace

class TestMappedSignals : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void init();
    void everySignal_data();
    void everySignal();
    void whatIsNotMappedIsSaid();
    void idsOfEveryType_data();
    void idsOfEveryType();

private:
    std::unique_ptr<QueueBackend> mapped(const QByteArray& text);
    PostgresFixture m_fixture;
    QTemporaryDir m_files;
};

void TestMappedSignals::initTestCase() {
    const auto trouble = m_fixture.start();
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
    qputenv("XDG_CONFIG_HOME", m_files.path().toUtf8());
}

void TestMappedSignals::init() {
    m_fixture.freshDatabase(u"app"_s);
}

std::unique_ptr<QueueBackend> TestMappedSignals::mapped(const QByteArray& text) {
    QFile file(m_files.filePath(u"mapping.toml"_s));
    if (file.open(QIODevice::WriteOnly)) file.write(text);
    file.close();
    auto settings = m_fixture.settings();
    settings.mappingFiles = {file.fileName()};
    auto backend = makePostgresBackend(settings);
    const auto opened = backend->open();
    const auto systems = opened ? backend->detect() : Outcome<std::vector<DetectedSystem>>(opened.failure());
    if (systems) return backend;
    qWarning().noquote() << systems.failure().sentence();
    return nullptr;
}

void TestMappedSignals::everySignal_data() {
    QTest::addColumn<bool>("large");
    QTest::newRow("small") << false;
    QTest::newRow("large") << true;
}

void TestMappedSignals::everySignal() {
    QFETCH(bool, large);
    m_fixture.sql(table);
    m_fixture.sql(
        "INSERT INTO jobs (attempts, run_at) SELECT 1, now() + interval '10 minutes' FROM generate_series(1, "
        "4);"
        "INSERT INTO jobs (attempts, run_at, max_attempts) SELECT 0, now() + interval '10 minutes', 9 FROM "
        "generate_series(1, 2);"
        "INSERT INTO jobs (attempts) SELECT 5 FROM generate_series(1, 3);"  // waits, but nobody takes it
        "INSERT INTO jobs (claimed, claimed_by, claimed_at, lease_until, attempts) VALUES (true, 'w1', now() "
        "- "
        "interval '1 hour', now() - interval '30 minutes', 2), (true, 'w2', now() - interval '1 minute', "
        "now() + "
        "interval '1 minute', 1);"
        "INSERT INTO jobs (claimed, claimed_at, finished_at, attempts) SELECT true, now() - interval '20 s', "
        "now() - "
        "interval '10 s', 1 FROM generate_series(1, 6);"
        "INSERT INTO jobs (claimed, claimed_at, finished_at, attempts) VALUES (true, now() - interval '90 "
        "s', now(), 3);"
        "INSERT INTO jobs (failed_at, attempts, last_error) SELECT now() - interval '1 day' * g, 5, 'card ' "
        "|| g || ' "
        "refused' FROM generate_series(1, 10) g;"
        "INSERT INTO jobs (failed_at, attempts) SELECT now() - interval '40 days', 5 FROM generate_series(1, "
        "2)");
    if (large) m_fixture.sql(ballast);
    m_fixture.sql("VACUUM ANALYZE jobs");
    const auto backend = mapped(mapping);
    QVERIFY(backend);
    const auto reading = backend->read();
    VERIFY_OK(reading);
    const auto& system = reading->systems.front();
    for (const auto* signal : {"dead_ages", "retry_due", "run_time_s", "potential_amplification", "leases",
                               "dead_jobs", "poison_pill", "never_claimed"})
        QVERIFY2(system.capabilities.observable(QString::fromLatin1(signal)),
                 qPrintable(QString::fromLatin1(signal) + u": "_s +
                            system.capabilities.why(QString::fromLatin1(signal))));
    const auto* mail = queueNamed(*reading, u"mail"_s);
    QVERIFY(mail);
    const auto& dues = mail->retry_due;
    QCOMPARE(dues, RetryDues::exact({{dues.value->front().minute, 4}}));
    QCOMPARE(*mail->run_time_s.value, 10.0);
    QVERIFY(*mail->max_attempts_mean.value >= 5 && *mail->max_attempts_mean.value <= 6);
    QCOMPARE(mail->dead, Count::exact(12));
    std::vector<qint64> buckets;
    for (const auto& bucket : mail->dead_ages.buckets) buckets.push_back(*bucket.value);
    QCOMPARE(buckets, (std::vector<qint64>{0, 0, 6, 4, 2, 0}));  // the one of today is 24 h old already
    const double p50 = secondsBetween(*mail->dead_ages.p50_died_at.value, reading->observed_at) / 86400;
    QVERIFY2(p50 > 6.9 && p50 < 7.1, qPrintable(QString::number(p50)));
    QCOMPARE(system.leases.total, Count::exact(2));
    QCOMPARE(system.leases.leases.size(), size_t(2));
    const auto& stuck = system.leases.leases.front();
    QCOMPARE(stuck.owner, u"w1"_s);
    QCOMPARE(stuck.evidence, QStringList{u"expired 30 min ago by the table's own lease_until"_s});
    QCOMPARE(stuck.attempt, std::optional(2));
    QVERIFY(!system.leases.leases.back().stuck);
    const auto condition = [&](ConditionKind kind) {
        const auto it = std::find_if(system.conditions.begin(), system.conditions.end(),
                                     [&](const Condition& c) { return c.kind == kind; });
        return it == system.conditions.end() ? Count{} : it->count;
    };
    QCOMPARE(condition(ConditionKind::poison_pill), Count::exact(2));
    QCOMPARE(condition(ConditionKind::never_claimed), Count::exact(3));
    QVERIFY(!mail->claims.claims.known());
    QVERIFY(mail->claims.claims.method.contains(u"claim log"_s));

    const auto page =
        backend->deadPage({.filter = {.queues = {u"mail"_s}}, .limit = 5, .newest_first = true});
    VERIFY_OK(page);
    QCOMPARE(page->total, Count::exact(12));
    QCOMPARE(page->jobs.size(), size_t(5));
    QCOMPARE(page->jobs.front().error, u"card 1 refused"_s);
    QCOMPARE(page->jobs.front().attempts, std::optional(5));
    const auto groups = backend->deadGroups({});
    VERIFY_OK(groups);
    QCOMPARE(groups->groups.size(), size_t(2));
    QCOMPARE(groups->groups.front().count, Count::exact(10));
    const auto detail = backend->deadJob({system.identity.key(), u"mail"_s, page->jobs.front().id});
    VERIFY_OK(detail);
    QCOMPARE(detail->payload, QByteArray(R"({"a": 1})"));
    QCOMPARE(detail->job, page->jobs.front());
    QVERIFY(!backend->deadJob({system.identity.key(), u"bill"_s, page->jobs.front().id}).ok());
}

void TestMappedSignals::whatIsNotMappedIsSaid() {
    m_fixture.sql("CREATE TABLE jobs (id int PRIMARY KEY, claimed boolean NOT NULL DEFAULT false)");
    const auto backend = mapped("name = \"j\"\ntable = \"jobs\"\n[columns]\nclaimed = \"claimed\"\n");
    QVERIFY(backend);
    const auto reading = backend->read();
    VERIFY_OK(reading);
    const auto* queue = queueNamed(*reading, u"j"_s);
    QVERIFY(queue->dead_ages.p50_died_at.method.contains(u"columns.failed_at"_s));
    QVERIFY(queue->retry_due.method.contains(u"columns.run_at"_s));
    QVERIFY(queue->run_time_s.method.contains(u"columns.finished_at"_s));
    QVERIFY(queue->max_attempts_mean.method.contains(u"columns.max_attempts"_s));
    QVERIFY(reading->systems.front().leases.gap.contains(u"columns.id"_s));
    const auto page = backend->deadPage({});
    VERIFY_OK(page);
    QVERIFY(!page->total.known());
    QVERIFY(page->total.method.contains(u"columns.id"_s));
}

void TestMappedSignals::idsOfEveryType_data() {
    QTest::addColumn<QString>("type");
    QTest::addColumn<QString>("id");
    QTest::newRow("integer") << u"integer"_s << u"7"_s;
    QTest::newRow("bigint") << u"bigint"_s << u"9007199254740993"_s;
    QTest::newRow("uuid") << u"uuid"_s << u"6f1a0f0e-0000-4000-8000-00000000000a"_s;
    QTest::newRow("text") << u"text"_s << u"it's {id} %1"_s;
    QTest::newRow("numeric") << u"numeric"_s << u"12.5"_s;
}

void TestMappedSignals::idsOfEveryType() {
    QFETCH(QString, type);
    QFETCH(QString, id);
    QString literal = id;
    literal.replace(u"'"_s, u"''"_s);
    m_fixture.sql(
        u"CREATE TABLE jobs (id %1 PRIMARY KEY, claimed boolean NOT NULL DEFAULT false, failed_at "
        u"timestamptz); "
        "INSERT INTO jobs VALUES ('%2', false, now())"_s.arg(type, literal)
            .toStdString());
    const auto backend = mapped(
        "name = \"j\"\ntable = \"jobs\"\n[columns]\nid = \"id\"\nclaimed = \"claimed\"\nfailed_at = "
        "\"failed_at\"\n");
    QVERIFY(backend);
    const auto found =
        backend->deadPage({.filter = {.ids = {id, u"no such id"_s, u"99999999999999999999999"_s}}});
    VERIFY_OK(found);
    QCOMPARE(found->jobs.size(), size_t(1));
    QCOMPARE(found->jobs.front().id, id);
    VERIFY_OK(backend->deadJob({found->jobs.front().system, {}, id}));
}

QTEST_GUILESS_MAIN(TestMappedSignals)
#include "tst_mapped_signals.moc"
