// A role with exactly the rights that are printed sees everything, and acts; without any one of them it does
// not.
#include <QtTest>

#include "tests/acting/table_acting.h"
#include "tests/postgres/systems/real_graphile.h"
#include "tests/postgres/systems/real_pgboss.h"
#include "tests/postgres/systems/table_fixtures.h"
#include "tests/rights/rights_words.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

class TestRightsPostgres : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void theyAreEnoughAndNoneIsTooMuch_data();
    void theyAreEnoughAndNoneIsTooMuch();
    void oneLoginWatchesAndAnotherActs();
    void aNameIsQuotedOrRefused();

private:
    void makeJobs(const QString& library);
    void makeBossJobs(const QString& library);
    void makeGraphileJobs(const QString& library);
    [[nodiscard]] ServerRights rightsFor(const QString& role);
    void makeRole(const ServerRights& rights, const QStringList& statements);

    PostgresFixture m_fixture;
    QString m_queue;
};

void TestRightsPostgres::initTestCase() {
    for (const QString& missing : {RealPgBoss::missing(), RealGraphile::missing()})
        SKIP_UNLESS(missing.isEmpty(), qPrintable(missing));
    const auto trouble = m_fixture.start();
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
}

void TestRightsPostgres::makeBossJobs(const QString& library) {
    m_queue = u"orders"_s;
    RealPgBoss boss(m_fixture.server(), library, u"pgboss"_s, m_fixture.database());
    boss.call(u"createQueue"_s, {m_queue});
    for (int i = 0; i < 3; ++i)
        boss.call(u"send"_s, {m_queue, QJsonObject{{u"n"_s, i}}, QJsonObject{{u"retryLimit"_s, 0}}});
    boss.request({{u"step"_s, m_queue}, {u"batch"_s, 2}, {u"fails"_s, 1}});
    VERIFY_BOSS(boss);
}

void TestRightsPostgres::makeGraphileJobs(const QString& library) {
    m_queue = u"charge"_s;
    const std::string jobs = library == "graphile018"_L1 ? "_private_jobs" : "jobs";
    RealGraphile graphile(m_fixture.server(), library, m_fixture.database());
    for (int i = 0; i < 2; ++i) graphile.addJob(m_queue, {{u"n"_s, i}}, {{u"maxAttempts"_s, 1}});
    graphile.work({{m_queue, u"fail"_s}}, 2);
    QTRY_COMPARE_WITH_TIMEOUT(m_fixture.sql("SELECT count(*) FROM graphile_worker." + jobs +
                                            " WHERE attempts >= max_attempts AND locked_at IS NULL"),
                              "2", 20'000);
    VERIFY_WORKER(graphile);
}

void TestRightsPostgres::makeJobs(const QString& library) {
    if (library.startsWith("pgboss"_L1)) return makeBossJobs(library);
    if (library.startsWith("graphile"_L1)) return makeGraphileJobs(library);
    m_queue = u"mail"_s;
    if (library == "river"_L1)
        m_fixture.sql(
            riverTables(6) +
            "INSERT INTO river_job (kind, queue, state, attempt, max_attempts, attempted_at, args, "
            "finalized_at) VALUES ('charge', 'mail', 'discarded', 3, 3, now(), '{\"n\": 1}', now())");
    else
        m_fixture.sql(
            obanTables(12, library == "oban_pro"_L1) +
            "INSERT INTO oban_jobs (worker, queue, state, attempt, max_attempts, args, attempted_at, "
            "discarded_at) VALUES ('Charge', 'mail', 'discarded', 3, 3, '{\"n\": 1}', now(), now())");
}

ServerRights TestRightsPostgres::rightsFor(const QString& role) {
    const auto backend = m_fixture.ready();
    const auto rights = backend ? rightsOf(*backend, role) : Failure{};
    if (!rights) qWarning("%s", qPrintable(rights.failure().sentence()));
    return rights ? *rights : ServerRights{};
}

void TestRightsPostgres::makeRole(const ServerRights& rights, const QStringList& statements) {
    const std::string role = rights.role.toStdString();
    if (m_fixture.sql("SELECT 1 FROM pg_roles WHERE rolname = '" + role + "'") == "1")
        m_fixture.sql("DROP OWNED BY " + role + "; DROP ROLE " + role);
    for (const auto& statement : rights.login + statements) m_fixture.sql(statement.toStdString());
}

void TestRightsPostgres::theyAreEnoughAndNoneIsTooMuch_data() {
    QTest::addColumn<QString>("library");
    for (const auto* library :
         {"pgboss10", "pgboss12", "graphile013", "graphile015", "graphile018", "river", "oban", "oban_pro"})
        QTest::newRow(library) << QString::fromLatin1(library);
}

void TestRightsPostgres::theyAreEnoughAndNoneIsTooMuch() {
    QFETCH(QString, library);
    m_fixture.freshDatabase(u"rights_"_s + library);
    m_fixture.sql("REVOKE ALL ON SCHEMA public FROM PUBLIC; REVOKE ALL ON DATABASE rights_" +
                  library.toStdString() + " FROM PUBLIC");
    makeJobs(library);
    if (QTest::currentTestFailed()) return;
    const auto admin = m_fixture.backend();
    VERIFY_OK(admin->open());
    const auto all = admin->detect();
    VERIFY_OK(all);
    QCOMPARE(trouble(*admin), QString());
    const QString role = u"watcher_of_"_s + library;  // roles are the server's, not the database's
    const auto rights = rightsFor(role);
    QCOMPARE(rights.systems.size(), size_t(1));
    const auto& own = rights.systems.front();
    QVERIFY(!own.observe.isEmpty() && !own.act.isEmpty());

    // Enough to observe, and no more.
    const QStringList watching = own.observe + own.inspect;
    makeRole(rights, watching);
    const auto watcher = m_fixture.backend(role);
    VERIFY_OK(watcher->open());
    const auto seen = watcher->detect();
    VERIFY_OK(seen);
    QCOMPARE(observable(*seen), observable(*all));
    QCOMPARE(trouble(*watcher), QString());
    QVERIFY(!seen->front().capabilities.observable(u"replay"_s));
    QCOMPARE(m_fixture.sql("SELECT count(*) FROM information_schema.column_privileges WHERE grantee = '" +
                           role.toStdString() +
                           "' "
                           "AND privilege_type <> 'SELECT'"),
             "0");

    // Enough to act.
    for (const auto& statement : own.act) m_fixture.sql(statement.toStdString());
    TableActing acting(m_fixture.settings(role));
    VERIFY_ACTING(acting);
    for (const auto& action : {u"replay"_s, u"release"_s})
        QVERIFY2(acting.capabilities().observable(action), qPrintable(acting.capabilities().why(action)));
    const auto plan = acting.plan(ActionKind::replay, m_queue);
    VERIFY_OK(plan);
    QVERIFY(!plan->plan.jobs.empty());
    const QString done = acting.apply(plan->plan);
    QVERIFY2(!acting.rows().empty(), qPrintable(done));
    for (const auto& row : acting.rows()) QVERIFY2(row.outcome == RowOutcome::moved, qPrintable(row.why));
    QCOMPARE(acting.endings(plan->plan).size(), plan->plan.jobs.size());
    VERIFY_OK(acting.backend().facts(plan->plan));
    VERIFY_OK(acting.plan(ActionKind::release, m_queue));

    // None of it is for nothing.
    for (qsizetype i = 0; i < watching.size(); ++i) {
        QStringList others = watching;
        others.removeAt(i);
        makeRole(rights, others);
        const auto less = m_fixture.backend(role);
        VERIFY_OK(less->open());
        const auto found = less->detect();
        const bool missed = !found || observable(*found) != observable(*all) ||
                            found->front().identity.version.isEmpty() || !trouble(*less).isEmpty();
        QVERIFY2(missed, qPrintable(watching[i]));
    }
}

void TestRightsPostgres::oneLoginWatchesAndAnotherActs() {
    m_fixture.freshDatabase(u"two_logins"_s);
    m_fixture.sql("REVOKE ALL ON SCHEMA public FROM PUBLIC");
    makeJobs(u"river"_s);
    for (const QString& role : {u"looks"_s, u"mends"_s}) {
        const auto rights = rightsFor(role);
        QCOMPARE(rights.systems.size(), size_t(1));
        const auto& own = rights.systems.front();
        makeRole(rights, own.observe + own.inspect + (role == u"mends"_s ? own.act : decltype(own.act)()));
    }
    ConnectionSettings settings = m_fixture.settings(u"looks"_s);
    settings.actingUser = u"mends"_s;
    const auto watcher = m_fixture.ready(u"looks"_s);
    QVERIFY(watcher);
    QVERIFY(!TableActing(settings).capabilities().observable(u"replay"_s));
    TableActing acting(actingSettings(settings));
    VERIFY_ACTING(acting);
    QCOMPARE(m_fixture.sql("SELECT string_agg(DISTINCT usename, ' ' ORDER BY usename) FROM pg_stat_activity "
                           "WHERE usename IN ('looks', 'mends')"),
             "looks mends");
    const auto plan = acting.plan(ActionKind::replay, m_queue);
    VERIFY_OK(plan);
    QCOMPARE(plan->plan.jobs.size(), size_t(1));
    const QString done = acting.apply(plan->plan);
    QCOMPARE(acting.rows().size(), size_t(1));
    QVERIFY2(acting.rows().front().outcome == RowOutcome::moved, qPrintable(done));
    QCOMPARE(m_fixture.sql("SELECT state FROM river_job"), "available");
}

void TestRightsPostgres::aNameIsQuotedOrRefused() {
    m_fixture.freshDatabase(u"names"_s);
    m_fixture.sql(riverTables(6));
    const QString odd = u"o\"dd; DROP"_s;
    const auto rights = rightsFor(odd);
    QCOMPARE(rights.login.front(), u"CREATE ROLE \"o\"\"dd; DROP\" LOGIN;"_s);
    for (const auto& statement : rights.login + rights.systems.front().observe)
        m_fixture.sql(statement.toStdString());
    QCOMPARE(m_fixture.sql("SELECT count(*) FROM pg_roles WHERE rolname = 'o\"dd; DROP'"), "1");
    const auto backend = m_fixture.ready();
    for (const auto& wrong : {QString(), u"pg_monitor"_s, QString(64, u'x')}) {
        const auto refused = rightsOf(*backend, wrong);
        QVERIFY(!refused.ok());
        QVERIFY(refused.failure().nextStep.contains(u"--role"_s));
    }
}

QTEST_GUILESS_MAIN(TestRightsPostgres)
#include "tst_rights_postgres.moc"
