// Roles that may not see everything: what is hidden is said, with the right that is missing.
#include <QtTest>

#include "backends/health/blindness.h"
#include "backends/health/health_monitor.h"
#include "tests/postgres/postgres_fixture.h"
#include "tests/postgres/systems/real_pgboss.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestBlindRoles : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void aRoleSeesWhatItMay_data();
    void aRoleSeesWhatItMay();

private:
    PostgresFixture m_fixture;
};

void TestBlindRoles::initTestCase() {
    const auto missing = RealPgBoss::missing();
    SKIP_UNLESS(missing.isEmpty(), qPrintable(missing));
    const auto trouble = m_fixture.start();
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
    m_fixture.freshDatabase(u"app"_s);
    RealPgBoss boss(m_fixture.server(), u"pgboss12"_s, u"pgboss"_s, u"app"_s);
    boss.call(u"createQueue"_s, {u"orders"_s});
    boss.call(u"send"_s, {u"orders"_s, QJsonObject{}});
    QVERIFY2(boss.error().isEmpty(), qPrintable(boss.error()));
    m_fixture.sql(
        "CREATE ROLE nothing LOGIN; CREATE ROLE names LOGIN; CREATE ROLE all_of_it LOGIN;"
        "GRANT USAGE ON SCHEMA pgboss TO names, all_of_it;"
        "GRANT SELECT ON pgboss.queue TO names; GRANT SELECT ON ALL TABLES IN SCHEMA pgboss TO all_of_it");
}

void TestBlindRoles::aRoleSeesWhatItMay_data() {
    QTest::addColumn<bool>("blind");
    QTest::newRow("nothing") << true;
    QTest::newRow("names") << true;
    QTest::newRow("all_of_it") << false;
}

void TestBlindRoles::aRoleSeesWhatItMay() {
    QFETCH(bool, blind);
    const auto backend = m_fixture.ready(QString::fromLatin1(QTest::currentDataTag()));
    QVERIFY(backend);
    HealthMonitor monitor(u"c"_s, Environment::production, HealthSettings{});
    ReadingPtr report;
    for (int poll = 0; poll < 2; ++poll) {
        const auto reading = backend->read();
        VERIFY_OK(reading);
        report = monitor.add(*reading);
    }
    const auto found = blindnessOf(*report);
    QCOMPARE(found.has_value(), blind);
    const bool told = std::any_of(report->findings.begin(), report->findings.end(),
                                  [](const Finding& f) { return f.id.startsWith(kBlindRule); });
    QVERIFY2(told == blind, qPrintable(found ? blindnessText(*found) : QString()));
    // The library keeps queues of its own among them.
    for (const auto& queue : report->systems.front().queues) QCOMPARE(queue.reading.queue, u"orders"_s);
    if (!blind) return;
    QVERIFY(found->right);
    QVERIFY2(found->why.contains(u"GRANT "_s), qPrintable(found->why));
}

QTEST_GUILESS_MAIN(TestBlindRoles)
#include "tst_blind_roles.moc"
