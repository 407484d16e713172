// Claim drills on a real PostgreSQL: both references, claims of one's own that are wrong, and what stays
// behind.
#include <QtTest>

#include "backends/drill/claim_drill_run.h"
#include "tests/postgres/postgres_fixture.h"

using namespace spillway;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class PostgresClaimDrillTest : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void init() { m_fixture.freshDatabase(u"app"_s); }
    void refusedInProduction();
    void checkThenActShowsDuplicates();
    void atomicShowsNone();
    void theBoundEndsIt();
    void isolationTurnsDuplicatesIntoRefusals();
    void aDeadWorkersJobIsTakenOver();
    void stoppingKeepsWhatWasMeasured();
    void ownClaimInTwoSteps();
    void badClaims_data();
    void badClaims();

private:
    [[nodiscard]] ConnectionSettings settings() {
        auto settings = m_fixture.settings();
        settings.environment = Environment::development;
        return settings;
    }
    Outcome<ClaimDrillResult> drill(const ClaimDrillSettings& wanted) {
        const auto arena = makeClaimArena(settings(), wanted);
        return ClaimDrillRun(*arena, wanted).run();
    }
    QString schemas() {
        return QString::fromStdString(
            m_fixture.sql("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'spillway_drill%'"));
    }
    PostgresFixture m_fixture;
};

void PostgresClaimDrillTest::initTestCase() {
    const auto trouble = m_fixture.start();
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
}

void PostgresClaimDrillTest::refusedInProduction() {
    auto production = settings();
    production.environment = Environment::production;
    const auto arena = makeClaimArena(production, {});
    const auto result = ClaimDrillRun(*arena, {}).run();
    QVERIFY(!result.ok());
    QVERIFY(result.failure().what.contains(u"production"_s));
    QCOMPARE(schemas(), u"0"_s);
}

void PostgresClaimDrillTest::checkThenActShowsDuplicates() {
    const auto result = drill({.style = ClaimStyle::check_then_act, .jobs = 3000});
    VERIFY_OK(result);
    QVERIFY(!result->failure);
    QCOMPARE(result->recorded.jobs, 3000);
    QVERIFY(*result->recorded.rate.duplicates.value > 0);
    QCOMPARE(*result->recorded.rate.claims.value, 3000 + *result->recorded.rate.duplicates.value);
    QVERIFY(result->recorded.first.front().first != result->recorded.first.front().second);
    QVERIFY(result->recorded.gaps->least >= 0);
    QCOMPARE(schemas(), u"0"_s);
}

void PostgresClaimDrillTest::atomicShowsNone() {
    const qint64 jobs = qEnvironmentVariableIsSet("SPILLWAY_LONG_TESTS") ? 300'000 : 20'000;
    const auto result = drill({.style = ClaimStyle::atomic, .jobs = jobs});
    VERIFY_OK(result);
    QCOMPARE(*result->recorded.rate.claims.value, jobs);
    QCOMPARE(*result->recorded.rate.duplicates.value, 0);
    QVERIFY(*result->recorded.rate.upper95_ppm.value <= 3.0e6 / static_cast<double>(jobs));
    QCOMPARE(result->end, DrillEnd::jobs);
    QCOMPARE(schemas(), u"0"_s);
}

void PostgresClaimDrillTest::theBoundEndsIt() {
    const auto result = drill({.style = ClaimStyle::atomic, .until_ppm = 1000});
    VERIFY_OK(result);
    QCOMPARE(result->end, DrillEnd::bound);
    QVERIFY(*result->recorded.rate.upper95_ppm.value <= 1000);
}

void PostgresClaimDrillTest::isolationTurnsDuplicatesIntoRefusals() {
    const auto result = drill(
        {.style = ClaimStyle::check_then_act, .jobs = 1000, .isolation = ClaimIsolation::repeatable_read});
    VERIFY_OK(result);
    QCOMPARE(*result->recorded.rate.duplicates.value, 0);
    QVERIFY(result->aborted > 0);
}

void PostgresClaimDrillTest::aDeadWorkersJobIsTakenOver() {
    const auto result = drill({.jobs = 2000, .kill_workers = 3, .lease = 300ms});
    VERIFY_OK(result);
    QVERIFY(!result->failure);
    QCOMPARE(result->recorded.takeovers.abandoned, 3);
    QCOMPARE(result->recorded.takeovers.taken_over, 3);
    QVERIFY(result->recorded.takeovers.late->least >= 0);
    QCOMPARE(*result->recorded.rate.duplicates.value, 0);
}

void PostgresClaimDrillTest::stoppingKeepsWhatWasMeasured() {
    const ClaimDrillSettings wanted{.time = 1min};
    const auto arena = makeClaimArena(settings(), wanted);
    ClaimDrillRun run(*arena, wanted);
    const auto result = run.run([&](const ClaimDrillProgress& so) {
        if (so.claims > 100) run.stop();
    });
    VERIFY_OK(result);
    QCOMPARE(result->end, DrillEnd::stopped);
    QVERIFY(*result->recorded.rate.claims.value > 100);
    QCOMPARE(schemas(), u"0"_s);
}

void PostgresClaimDrillTest::ownClaimInTwoSteps() {
    const auto result = drill(
        {.style = ClaimStyle::own,
         .script =
             u"SELECT id FROM jobs WHERE claimed_by IS NULL ORDER BY id LIMIT 1;\n-- then\nUPDATE jobs SET "
             "claimed_by = $1 WHERE id = $2 AND claimed_by IS NULL;"_s,
         .scriptFile = u"claim.sql"_s,
         .jobs = 1000});
    VERIFY_OK(result);
    QVERIFY(!result->failure);
    QCOMPARE(*result->recorded.rate.duplicates.value, 0);
    QVERIFY(result->lost_races > 0);
}

void PostgresClaimDrillTest::badClaims_data() {
    QTest::addColumn<QString>("sql");
    QTest::addColumn<QString>("says");
    QTest::newRow("fails") << u"SELECT id FROM nowhere"_s << u"nowhere"_s;
    QTest::newRow("claims nothing") << u"SELECT id FROM jobs WHERE false"_s << u"claimed nothing"_s;
    QTest::newRow("two rows") << u"SELECT id FROM jobs LIMIT 2"_s << u"returned 2 rows"_s;
    QTest::newRow("two columns") << u"SELECT id, 1 FROM jobs LIMIT 1"_s << u"returned 2 columns"_s;
    QTest::newRow("text") << u"SELECT 'one'"_s << u"returned \"one\""_s;
    QTest::newRow("no job") << u"UPDATE jobs SET claimed_by = $1 WHERE id = 1"_s << u"returns no job"_s;
    QTest::newRow("another's table") << u"UPDATE public.orders SET n = n + 1 RETURNING n"_s
                                     << u"touches public.orders"_s;
    QTest::newRow("through a function") << u"SELECT public.spoil()"_s << u"touches public.orders"_s;
    QTest::newRow("two statements") << u"SELECT 1; SELECT 2"_s << u"several statements"_s;
    QTest::newRow("leaves a transaction")
        << u"BEGIN\n-- then\nUPDATE jobs SET claimed_by = $1 WHERE id = $2"_s << u"transaction"_s;
    QTest::newRow("ends one") << u"COMMIT"_s << u"transaction"_s;
    QTest::newRow("takes too long") << u"SELECT id FROM jobs, pg_sleep(60) LIMIT 1"_s << u"longer than 5 s"_s;
    QTest::newRow("takes all")
        << u"SELECT id FROM jobs LIMIT 1\n-- then\nUPDATE jobs SET claimed_by = $1 WHERE $2 > 0"_s
        << u"rows where it should take one"_s;
    QTest::newRow("three steps") << u"SELECT 1\n-- then\nSELECT 2\n-- then\nSELECT 3"_s
                                 << u"more than two steps"_s;
}

void PostgresClaimDrillTest::badClaims() {
    QFETCH(QString, sql);
    QFETCH(QString, says);
    m_fixture.sql(
        "CREATE TABLE orders (n bigint); INSERT INTO orders VALUES (0); CREATE FUNCTION spoil() RETURNS "
        "bigint "
        "LANGUAGE plpgsql AS 'BEGIN UPDATE public.orders SET n = 99; RETURN 1; END'");
    const auto result = drill(
        {.style = ClaimStyle::own, .script = sql, .scriptFile = u"claim.sql"_s, .workers = 2, .jobs = 100});
    QVERIFY(!result.ok());
    const QString sentence = result.failure().sentence();
    QVERIFY2(sentence.contains(says), qPrintable(sentence));
    QCOMPARE(schemas(), u"0"_s);
    QCOMPARE(m_fixture.sql("SELECT n FROM orders"), std::string("0"));
    // The server takes a moment to notice that a connection was closed.
    QTRY_COMPARE(m_fixture.sql("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in%'"),
                 std::string("0"));
}

QTEST_GUILESS_MAIN(PostgresClaimDrillTest)
#include "tst_postgres_claim_drill.moc"
