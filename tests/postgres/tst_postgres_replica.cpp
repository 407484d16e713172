// A real streaming replica: it is read like a primary, and says how far behind it is.
#include <QtTest>
#include <pqxx/pqxx>

#include "tests/postgres/postgres_fixture.h"
#include "tests/postgres/systems/table_fixtures.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestPostgresReplica : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void aReplicaIsReadLikeItsPrimary();
    void whatIsNotReplicatedIsAGap();
    void itSaysHowFarBehindItIs();
    void itSaysSoWithoutItsPrimary();

private:
    [[nodiscard]] Seconds lag();
    void onReplica(const std::string& sql);
    PostgresFixture m_primary;
    std::unique_ptr<PrivatePostgres> m_replica;
    std::unique_ptr<QueueBackend> m_backend;
};

void TestPostgresReplica::initTestCase() {
    const auto trouble = m_primary.start();
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
    m_primary.freshDatabase(u"app"_s);
    m_primary.sql(riverTables(7));
    m_primary.sql("INSERT INTO river_job (kind) SELECT 'mail' FROM generate_series(1, 5)");
    auto replica = m_primary.server().replica();
    VERIFY_OK(replica);
    m_replica = std::move(replica).value();
    m_backend = makePostgresBackend(*connectionFromUrl(m_replica->url(u"app"_s)));
}

void TestPostgresReplica::onReplica(const std::string& sql) {
    pqxx::connection connection(m_replica->url(u"app"_s).toStdString());
    pqxx::nontransaction(connection).exec(sql);
}

// A replica is opened anew where it was lost; nothing known meanwhile.
Seconds TestPostgresReplica::lag() {
    const auto reading = m_backend->read();
    if (!reading) qWarning().noquote() << reading.failure().sentence();
    return reading ? reading->server.replica_lag_s : Seconds::notObservable(reading.failure().sentence());
}

void TestPostgresReplica::aReplicaIsReadLikeItsPrimary() {
    const auto opened = m_backend->open();
    VERIFY_OK(opened);
    QCOMPARE(opened->role, ServerRole::replica);
    const auto systems = m_backend->detect();
    VERIFY_OK(systems);
    QCOMPARE(systems->size(), size_t(1));
    QCOMPARE(queueOf(*m_backend, u"default"_s).ready, Count::exact(5));
    QTRY_COMPARE_WITH_TIMEOUT(lag().value, std::optional(0.0), 20'000);  // idle, but not behind
}

// River elects its leader in an unlogged table, which a replica cannot read.
void TestPostgresReplica::whatIsNotReplicatedIsAGap() {
    const auto systems = m_backend->detect();
    VERIFY_OK(systems);
    const auto why = systems->front().capabilities.why(u"no_leader"_s);
    QVERIFY2(why.contains(u"river_leader is an unlogged table"_s), qPrintable(why));
}

void TestPostgresReplica::itSaysHowFarBehindItIs() {
    m_primary.sql("INSERT INTO river_job (kind) VALUES ('mail')");
    QTRY_COMPARE_WITH_TIMEOUT(queueOf(*m_backend, u"default"_s).ready, Count::exact(6), 20'000);
    onReplica("SELECT pg_wal_replay_pause()");
    m_primary.sql("INSERT INTO river_job (kind) VALUES ('mail')");
    QTRY_VERIFY_WITH_TIMEOUT(lag().valueOr(0) > 0, 20'000);
    const double before = *lag().value;
    QTRY_VERIFY_WITH_TIMEOUT(lag().valueOr(0) > before + 0.5, 20'000);  // it grows
    QCOMPARE(lag().provenance, Provenance::estimated);
    QCOMPARE(queueOf(*m_backend, u"default"_s).ready, Count::exact(6));  // the old truth
    onReplica("SELECT pg_wal_replay_resume()");
    QTRY_COMPARE_WITH_TIMEOUT(lag().value, std::optional(0.0), 20'000);
    QCOMPARE(queueOf(*m_backend, u"default"_s).ready, Count::exact(7));
}

void TestPostgresReplica::itSaysSoWithoutItsPrimary() {
    m_primary.server().process().stop();
    QTRY_VERIFY_WITH_TIMEOUT(lag().method.contains(u"nothing is received"_s), 20'000);
    QVERIFY(lag().valueOr(0) > 0);
}

QTEST_GUILESS_MAIN(TestPostgresReplica)
#include "tst_postgres_replica.moc"
