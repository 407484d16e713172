// Invariants of the user's data, on a real server: judged, bounded, and never in the way of a poll.
#include <QtTest>

#include "tests/postgres/postgres_fixture.h"
#include "tests/postgres/systems/table_fixtures.h"

using namespace spillway;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class TestDriftWatch : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void init();
    void judged_data();
    void judged();
    void aDriftIsSeenWhenItHappens();
    void everyInvariantHasItsOwnCadence();
    void aSlowOneDoesNotStopThePoll();
    void writingIsRefusedByTheServer_data();
    void writingIsRefusedByTheServer();
    void tablesAreFoundAsTheUserFindsThem();
    void goesOnAfterItsSessionWasKilled();
    void interrupted();

private:
    std::unique_ptr<QueueBackend> watching(const std::vector<Invariant>& invariants);
    PostgresFixture m_fixture;
};

namespace {

std::vector<InvariantReading> checked(QueueBackend& backend) {
    const auto reading = backend.read();
    if (!reading) qWarning().noquote() << reading.failure().sentence();
    return reading ? reading->invariants : std::vector<InvariantReading>{};
}

InvariantReading firstOf(QueueBackend& backend) {
    const auto all = checked(backend);
    return all.empty() ? InvariantReading{} : all.front();
}

}  // namespace

void TestDriftWatch::initTestCase() {
    const auto trouble = m_fixture.start();
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
}

void TestDriftWatch::init() {
    m_fixture.freshDatabase(u"app"_s);
    m_fixture.sql(riverTables(7));
    m_fixture.sql(
        "CREATE TABLE orders (id int, paid boolean); INSERT INTO orders VALUES (1, true), (2, false)");
}

std::unique_ptr<QueueBackend> TestDriftWatch::watching(const std::vector<Invariant>& invariants) {
    auto settings = m_fixture.settings();
    settings.invariants = invariants;
    auto backend = makePostgresBackend(settings);
    const auto opened = backend->open();
    if (!opened) qWarning().noquote() << opened.failure().sentence();
    const auto systems = backend->detect();
    if (!systems) qWarning().noquote() << systems.failure().sentence();
    return opened && systems ? std::move(backend) : nullptr;
}

void TestDriftWatch::judged_data() {
    QTest::addColumn<QString>("sql");
    QTest::addColumn<bool>("wasChecked");
    QTest::addColumn<bool>("holds");
    QTest::addColumn<QString>("found");
    QTest::newRow("zero") << u"SELECT count(*) FROM orders WHERE id < 0"_s << true << true
                          << u"0 (must be 0)"_s;
    QTest::newRow("not zero") << u"SELECT 1234"_s << true << false << u"1 234 (must be 0)"_s;
    QTest::newRow("agree") << u"SELECT 2, count(*) FROM orders;"_s << true << true
                           << u"2 and 2 (must agree)"_s;
    QTest::newRow("differ") << u"SELECT count(*), count(*) FILTER (WHERE paid) FROM orders -- paid?"_s << true
                            << false << u"2 and 1 (must agree)"_s;
    QTest::newRow("differ by one in 2^53")
        << u"SELECT 9007199254740993, 9007199254740992"_s << true << false
        << u"9 007 199 254 740 993 and 9 007 199 254 740 992 (must agree)"_s;
    QTest::newRow("fractions") << u"SELECT 1.50, 1.5::float8"_s << true << true
                               << u"1.50 and 1.5 (must agree)"_s;
    QTest::newRow("no row") << u"SELECT 1 WHERE false"_s << false << true << u"no row"_s;
    QTest::newRow("many rows") << u"SELECT generate_series(1, 100000000)"_s << false << true
                               << u"more than one row"_s;
    QTest::newRow("three columns") << u"SELECT 1, 2, 3"_s << false << true << u"3 columns"_s;
    QTest::newRow("no column") << u"SELECT"_s << false << true << u"0 columns"_s;
    QTest::newRow("text") << u"SELECT 'a' || chr(10) || 'b'"_s << false << true << u"\"a\\nb\""_s;
    QTest::newRow("infinite") << u"SELECT 'infinity'::float8"_s << false << true << u"where a number"_s;
    QTest::newRow("null") << u"SELECT NULL::int"_s << false << true << u"NULL"_s;
    QTest::newRow("null of two") << u"SELECT 0, sum(id) FROM orders WHERE false"_s << false << true
                                 << u"NULL"_s;
    QTest::newRow("unknown table") << u"SELECT count(*) FROM nowhere"_s << false << true
                                   << u"\"nowhere\" does not exist"_s;
    QTest::newRow("nonsense") << u"what?"_s << false << true << u"one SELECT"_s;
    QTest::newRow("empty") << u""_s << false << true << u"one SELECT"_s;
}

void TestDriftWatch::judged() {
    QFETCH(QString, sql);
    QFETCH(bool, wasChecked);
    QFETCH(bool, holds);
    QFETCH(QString, found);
    const auto backend = watching({{u"rule"_s, sql, 60s, 500ms}});
    QVERIFY(backend);
    const auto reading = backend->read();
    VERIFY_OK(reading);
    QCOMPARE(reading->invariants.size(), size_t(1));
    const auto& rule = reading->invariants.front();
    QCOMPARE(rule.name, u"rule"_s);
    QCOMPARE(rule.checked, wasChecked);
    QCOMPARE(rule.holds, holds);
    QVERIFY2(rule.found.contains(found), qPrintable(rule.found));
    QVERIFY(std::abs(secondsBetween(reading->observed_at, rule.checked_at)) < 5);
}

void TestDriftWatch::aDriftIsSeenWhenItHappens() {
    const auto backend = watching({{u"paid"_s, u"SELECT count(*) FROM orders WHERE NOT paid"_s, 0s, 500ms}});
    QVERIFY(backend);
    QVERIFY(!firstOf(*backend).holds);
    m_fixture.sql("UPDATE orders SET paid = true");
    const auto mended = firstOf(*backend);
    QVERIFY(mended.checked && mended.holds);
    m_fixture.sql("DROP TABLE orders");
    const auto broken = firstOf(*backend);
    QVERIFY(!broken.checked);
    m_fixture.sql("CREATE TABLE orders (paid boolean)");
    QVERIFY(firstOf(*backend).checked);  // tried again after a failure
}

void TestDriftWatch::everyInvariantHasItsOwnCadence() {
    const auto backend = watching({{u"often"_s, u"SELECT count(*) FROM orders"_s, 0s, 500ms},
                                   {u"rarely"_s, u"SELECT count(*) FROM orders"_s, 1h, 500ms}});
    QVERIFY(backend);
    QCOMPARE(checked(*backend).size(), size_t(2));
    m_fixture.sql("DELETE FROM orders");
    const auto again = checked(*backend);
    QCOMPARE(again.at(0).found, u"0 (must be 0)"_s);
    QCOMPARE(again.at(1).found, u"2 (must be 0)"_s);  // as of its last check
    QVERIFY(again.at(1).checked_at < again.at(0).checked_at);
}

void TestDriftWatch::aSlowOneDoesNotStopThePoll() {
    m_fixture.sql("INSERT INTO river_job (kind) VALUES ('mail')");
    const auto backend = watching(
        {{u"slow"_s, u"SELECT 0 FROM pg_sleep(30)"_s, 0s, 200ms}, {u"quick"_s, u"SELECT 0"_s, 0s, 200ms}});
    QVERIFY(backend);
    for (int poll = 0; poll < 3; ++poll) {
        QElapsedTimer timer;
        timer.start();
        const auto reading = backend->read();
        VERIFY_OK(reading);
        QVERIFY2(timer.elapsed() < 15'000, qPrintable(QString::number(timer.elapsed())));
        QVERIFY2(reading->cost.wall_ms < 10'000, qPrintable(QString::number(reading->cost.wall_ms)));
        QCOMPARE(queueNamed(*reading, u"default"_s)->ready, Count::exact(1));
        QCOMPARE(reading->invariants.size(), size_t(2));
        QVERIFY(!reading->invariants.front().checked);
        QVERIFY2(reading->invariants.front().found.contains(u"longer than 0.2 s"_s),
                 qPrintable(reading->invariants.front().found));
        QVERIFY(reading->invariants.back().checked);
    }
}

void TestDriftWatch::writingIsRefusedByTheServer_data() {
    QTest::addColumn<QString>("sql");
    QTest::addColumn<QString>("words");
    QTest::newRow("delete") << u"DELETE FROM orders RETURNING 1"_s << u"one SELECT"_s;
    QTest::newRow("delete in a with")
        << u"WITH gone AS (DELETE FROM orders RETURNING 1) SELECT count(*) FROM gone"_s << u"one SELECT"_s;
    QTest::newRow("two statements") << u"SELECT 0) x; DELETE FROM orders; SELECT * FROM (SELECT 0"_s
                                    << u"not checked"_s;
    QTest::newRow("commit first") << u"SELECT 0) x; COMMIT; DELETE FROM orders; --"_s << u"not checked"_s;
    QTest::newRow("through a function") << u"SELECT take_one()"_s << u"it would write"_s;
    QTest::newRow("sequence") << u"SELECT nextval('river_job_id_seq')"_s << u"it would write"_s;
    QTest::newRow("copy to a program") << u"COPY orders TO PROGRAM 'cat'"_s << u"one SELECT"_s;
}

void TestDriftWatch::writingIsRefusedByTheServer() {
    QFETCH(QString, sql);
    QFETCH(QString, words);
    m_fixture.sql(
        "CREATE FUNCTION take_one() RETURNS int LANGUAGE sql AS 'DELETE FROM orders WHERE id = 1 RETURNING "
        "0'");
    const auto backend = watching({{u"rule"_s, sql, 0s, 500ms}});
    QVERIFY(backend);
    const auto rule = firstOf(*backend);
    QVERIFY(!rule.checked);
    QVERIFY2(rule.found.contains(words), qPrintable(rule.found));
    QCOMPARE(m_fixture.sql("SELECT count(*) FROM orders"), std::string("2"));
}

void TestDriftWatch::tablesAreFoundAsTheUserFindsThem() {
    m_fixture.sql("CREATE SCHEMA shop; ALTER TABLE orders SET SCHEMA shop");
    m_fixture.sql(
        "ALTER DATABASE app SET search_path = shop, public; ALTER DATABASE app SET TimeZone = 'Asia/Tokyo'");
    const auto backend = watching({{u"found"_s, u"SELECT count(*) - 2 FROM orders"_s, 0s, 500ms},
                                   {u"zone"_s, u"SELECT extract(timezone FROM now()), 32400"_s, 0s, 500ms}});
    QVERIFY(backend);
    for (const auto& rule : checked(*backend)) QVERIFY2(rule.checked && rule.holds, qPrintable(rule.found));
}

void TestDriftWatch::goesOnAfterItsSessionWasKilled() {
    const auto backend = watching({{u"rule"_s, u"SELECT 0"_s, 0s, 500ms}});
    QVERIFY(backend);
    QVERIFY(firstOf(*backend).checked);
    const auto statement =
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'app' AND query LIKE "
        "'%invariant%' AND pid "
        "<> pg_backend_pid()";
    m_fixture.sql(statement);
    const auto reading = backend->read();
    VERIFY_OK(reading);  // the poll's own session is another
    QTRY_VERIFY_WITH_TIMEOUT(firstOf(*backend).checked, 5000);
}

void TestDriftWatch::interrupted() {
    const auto backend = watching({{u"slow"_s, u"SELECT 0 FROM pg_sleep(30)"_s, 0s, 10'000ms}});
    QVERIFY(backend);
    std::unique_ptr<QThread> thread(QThread::create([&] {
        QThread::msleep(300);
        backend->interrupt();
    }));
    QElapsedTimer timer;
    timer.start();
    thread->start();
    static_cast<void>(backend->read());
    QVERIFY2(timer.elapsed() < 15'000, qPrintable(QString::number(timer.elapsed())));
    QVERIFY(thread->wait(5000));
    QVERIFY(!backend->read());
}

QTEST_GUILESS_MAIN(TestDriftWatch)
#include "tst_drift_watch.moc"
