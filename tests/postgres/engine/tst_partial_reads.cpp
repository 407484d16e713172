// What cannot be read costs no more than itself: one value one signal, one broken installation that one.
#include <QtTest>

#include "backends/health/blindness.h"
#include "backends/polling/poller.h"
#include "tests/postgres/postgres_fixture.h"
#include "tests/postgres/systems/real_pgboss.h"

using namespace spillway;
using namespace Qt::StringLiterals;

namespace {

// The least that is taken for pg-boss, with five jobs that wait; the schema is %1.
constexpr auto leastPgBoss = R"(
CREATE SCHEMA %1;
CREATE TABLE %1.version (version int PRIMARY KEY);
INSERT INTO %1.version VALUES (24);
CREATE TABLE %1.queue (name text PRIMARY KEY);
CREATE TABLE %1.job (id uuid DEFAULT gen_random_uuid(), name text NOT NULL, state text NOT NULL DEFAULT 'created',
    start_after timestamptz NOT NULL DEFAULT now(), created_on timestamptz NOT NULL DEFAULT now(), completed_on timestamptz);
INSERT INTO %1.queue VALUES ('orders');
INSERT INTO %1.job (name) SELECT 'orders' FROM generate_series(1, 5);
)";

std::string pgBossIn(const QString& schema) {
    return QString::fromUtf8(leastPgBoss).replace(u"%1"_s, schema).toStdString();
}

const SystemHealth* systemIn(const Reading& reading, const QString& schema) {
    for (const auto& system : reading.systems)
        if (system.identity.name_space == schema) return &system;
    return nullptr;
}

}  // namespace

class TestPartialReads : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void init();
    void oneBadValueCostsOneSignal_data();
    void oneBadValueCostsOneSignal();
    void aBrokenInstallationBesideAHealthyOne_data();
    void aBrokenInstallationBesideAHealthyOne();
    void aBrokenInstallationAlone();

private:
    PostgresFixture m_fixture;
    int m_database = 0;
};

void TestPartialReads::initTestCase() {
    const auto trouble = m_fixture.start();
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
}

void TestPartialReads::init() {
    m_fixture.freshDatabase(u"part%1"_s.arg(++m_database));
}

void TestPartialReads::oneBadValueCostsOneSignal_data() {
    QTest::addColumn<QString>("state");
    QTest::addColumn<QString>("column");
    QTest::addColumn<QString>("value");
    for (const auto& value : {u"infinity"_s, u"-infinity"_s, u"294276-12-31 23:59:59+00"_s}) {
        QTest::addRow("died %s", qPrintable(value)) << u"failed"_s << u"completed_on"_s << value;
        QTest::addRow("started %s", qPrintable(value)) << u"active"_s << u"started_on"_s << value;
        QTest::addRow("retry due %s", qPrintable(value)) << u"retry"_s << u"start_after"_s << value;
    }
}

void TestPartialReads::oneBadValueCostsOneSignal() {
    const auto missing = RealPgBoss::missing();
    SKIP_UNLESS(missing.isEmpty(), qPrintable(missing));
    QFETCH(QString, state);
    QFETCH(QString, column);
    QFETCH(QString, value);
    {  // gone before the bad value comes: its maintenance would mend it, by deleting or retrying the job
        RealPgBoss boss(m_fixture.server(), u"pgboss12"_s, u"pgboss"_s, m_fixture.database());
        boss.call(u"createQueue"_s, {u"orders"_s});
        boss.call(u"send"_s, {u"orders"_s, QJsonObject{}});
        boss.call(u"send"_s, {u"orders"_s, QJsonObject{}});
        QVERIFY2(boss.error().isEmpty(), qPrintable(boss.error()));
    }
    m_fixture.sql(
        u"UPDATE pgboss.job SET state = '%1', %2 = '%3' WHERE id = (SELECT id FROM pgboss.job WHERE "
        "name = 'orders' LIMIT 1)"_s.arg(state, column, value)
            .toStdString());
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    for (int poll = 0; poll < 2; ++poll) {
        const auto reading = backend->read();
        VERIFY_OK(reading);
        const auto* queue = queueNamed(*reading, u"orders"_s);
        QVERIFY(queue);
        const bool due = state == u"retry"_s && value == u"-infinity"_s;
        QCOMPARE(queue->ready, Count::exact(due ? 2 : 1));
        QCOMPARE(queue->dead, Count::exact(state == u"failed"_s ? 1 : 0));
        QCOMPARE(queue->running, Count::exact(state == u"active"_s ? 1 : 0));
        int gaps = 0;
        for (const auto& capability : reading->systems.front().capabilities.list())
            if (capability.why.contains(u"cannot be reckoned with"_s)) ++gaps;
        QVERIFY2(gaps <= 4, qPrintable(QString::number(gaps)));
    }
    m_fixture.sql("DELETE FROM pgboss.job WHERE state <> 'created'");
    VERIFY_OK(backend->detect());
    const auto mended = backend->read();
    VERIFY_OK(mended);
    for (const auto& capability : mended->systems.front().capabilities.list())
        QVERIFY2(!capability.why.contains(u"cannot be reckoned with"_s), qPrintable(capability.signal));
}

void TestPartialReads::aBrokenInstallationBesideAHealthyOne_data() {
    QTest::addColumn<QString>("queues");
    QTest::newRow("broken") << u"SELECT (1 / 0)::text AS name"_s;
    QTest::newRow("slow") << u"SELECT pg_sleep(3)::text AS name"_s;
}

void TestPartialReads::aBrokenInstallationBesideAHealthyOne() {
    QFETCH(QString, queues);
    m_fixture.sql(pgBossIn(u"pgboss"_s));
    m_fixture.sql(pgBossIn(u"another"_s));  // its name comes first
    m_fixture.sql(u"DROP TABLE another.queue; CREATE VIEW another.queue AS %1"_s.arg(queues).toStdString());
    const auto settings = m_fixture.settings();
    Poller poller(settings, makePostgresBackend(settings));
    for (int poll = 0; poll < 4; ++poll) {
        const auto outcome = poller.pollOnce();
        VERIFY_OK(outcome);
        const Reading& reading = **outcome;
        const auto* healthy = systemIn(reading, u"pgboss"_s);
        QVERIFY(healthy);
        QCOMPARE(healthy->queues.size(), size_t(1));
        QCOMPARE(healthy->queues.front().reading.ready, Count::exact(5));
        const auto* broken = systemIn(reading, u"another"_s);
        QVERIFY(broken);
        QVERIFY(broken->queues.empty());
        QVERIFY(blindnessOf(reading).has_value());  // nobody may say that all is well
        if (poll == 0) continue;
        const auto told = std::find_if(reading.findings.begin(), reading.findings.end(),
                                       [](const Finding& f) { return f.id.startsWith(u"unread:"_s); });
        QVERIFY(told != reading.findings.end());
        QVERIFY2(told->sentence.startsWith(u"pg-boss in schema another"_s), qPrintable(told->sentence));
    }
}

void TestPartialReads::aBrokenInstallationAlone() {
    m_fixture.sql(pgBossIn(u"another"_s));
    m_fixture.sql("DROP TABLE another.queue; CREATE VIEW another.queue AS SELECT (1 / 0)::text AS name");
    const auto backend = m_fixture.ready();
    QVERIFY(backend);
    const auto reading = backend->read();
    QVERIFY(!reading.ok());
    QCOMPARE(reading.failure().kind, FailureKind::protocol);
    QVERIFY2(reading.failure().what.contains(u"22012"_s), qPrintable(reading.failure().what));
}

QTEST_GUILESS_MAIN(TestPartialReads)
#include "tst_partial_reads.moc"
