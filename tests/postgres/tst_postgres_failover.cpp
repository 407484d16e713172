// Several hosts in one connection string, as libpq has them: the primary among them is read, and when another
// has become it, that one is followed to and said.
#include <QtTest>
#include <pqxx/pqxx>

#include "backends/polling/poller.h"
#include "tests/postgres/postgres_fixture.h"
#include "tests/postgres/systems/table_fixtures.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestPostgresFailover : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void theReplicaIsFoundWhereItIsWanted();
    void aFailoverIsFollowedAndSaid();

private:
    // Of both hosts, the replica's first.
    [[nodiscard]] ConnectionSettings bothHosts(const QString& wanted) const;
    [[nodiscard]] QString place(const PrivatePostgres& server) const {
        return server.socketDirectory() + u":5432"_s;
    }

    PostgresFixture m_primary;
    std::unique_ptr<PrivatePostgres> m_replica;
};

void TestPostgresFailover::initTestCase() {
    const auto trouble = m_primary.start();
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
    m_primary.freshDatabase(u"app"_s);
    m_primary.sql(riverTables(7));
    m_primary.sql("INSERT INTO river_job (kind) SELECT 'mail' FROM generate_series(1, 5)");
    auto replica = m_primary.server().replica();
    VERIFY_OK(replica);
    m_replica = std::move(replica).value();
}

ConnectionSettings TestPostgresFailover::bothHosts(const QString& wanted) const {
    auto settings = connectionFromUrl(u"host='%1,%2' user=postgres dbname=app target_session_attrs=%3"_s.arg(
        m_replica->socketDirectory(), const_cast<PostgresFixture&>(m_primary).server().socketDirectory(),
        wanted));
    return settings ? *settings : ConnectionSettings{};
}

void TestPostgresFailover::theReplicaIsFoundWhereItIsWanted() {
    for (const QString& wanted : {u"standby"_s, u"prefer-standby"_s}) {
        Poller poller(bothHosts(wanted), createBackend(bothHosts(wanted)));
        const auto reading = poller.pollOnce();
        VERIFY_OK(reading);
        QCOMPARE((*reading)->server.role, ServerRole::replica);
        QCOMPARE((*reading)->server.address, place(*m_replica));
    }
}

void TestPostgresFailover::aFailoverIsFollowedAndSaid() {
    Poller poller(bothHosts(u"read-write"_s), createBackend(bothHosts(u"read-write"_s)));
    const auto before = poller.pollOnce();
    VERIFY_OK(before);
    QCOMPARE((*before)->server.address, place(m_primary.server()));
    QCOMPARE((*before)->server.role, ServerRole::primary);
    const auto moved = [](const ReadingPtr& reading) -> std::optional<Finding> {
        for (const auto& finding : reading->findings)
            if (finding.id.startsWith(u"moved:"_s)) return finding;
        return std::nullopt;
    };
    QVERIFY(!moved(*before));

    m_primary.server().process().stop();
    {
        pqxx::connection connection(m_replica->url(u"app"_s).toStdString());
        pqxx::nontransaction(connection).exec("SELECT pg_promote(true, 60)");
    }
    ReadingPtr after;
    const auto polled = [&] {
        const auto reading = poller.pollOnce();
        if (reading) after = *reading;
        return reading.ok();
    };
    QTRY_VERIFY_WITH_TIMEOUT(polled(), 20'000);
    QCOMPARE(after->server.address, place(*m_replica));
    QCOMPARE(after->server.role, ServerRole::primary);
    const auto finding = moved(after);
    QVERIFY(finding);
    QVERIFY2(finding->sentence.contains(place(*m_replica)) &&
                 finding->sentence.contains(place(m_primary.server())),
             qPrintable(finding->sentence));
    QVERIFY(polled());
    QVERIFY(moved(after));  // it stays for a while
}

QTEST_GUILESS_MAIN(TestPostgresFailover)
#include "tst_postgres_failover.moc"
