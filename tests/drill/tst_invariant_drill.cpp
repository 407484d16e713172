// Invariant drills on a real PostgreSQL: the lost inventory update, its fix and its rollback; and commands
// and rules that are wrong.
#include <QFile>
#include <QtTest>

#include "backends/drill/invariant_drill_run.h"
#include "tests/postgres/postgres_fixture.h"

using namespace spillway;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

QString scenario(const QString& name) {
    return QStringLiteral(SPILLWAY_SOURCE_DIR "/resources/scenarios/inventory/") + name;
}
QString text(const QString& name) {
    QFile file(scenario(name));
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}
QString psql(const QString& name) {
    return u"psql \"$SPILLWAY_URL\" -qAt -v ON_ERROR_STOP=1 -f "_s + scenario(name);
}

}  // namespace

class InvariantDrillTest : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void init() { m_fixture.freshDatabase(u"app"_s); }
    void theLostUpdateDriftsAndIsRolledBack();
    void theAtomicUpdateHolds();
    void refusedInProduction();
    void badRules_data();
    void badRules();
    void badCommands_data();
    void badCommands();
    void aProcessGetsItsNumberAndRound();
    void stoppingEndsWhatRuns();

private:
    Outcome<InvariantDrillResult> drill(InvariantDrillSettings wanted,
                                        Environment environment = Environment::development) {
        auto settings = m_fixture.settings();
        settings.environment = environment;
        return runInvariantDrill(settings, wanted, [this] { return m_stop; });
    }
    InvariantDrillSettings inventory(const QString& sell) const {
        return {.command = psql(sell),
                .processes = 8,
                .rounds = 3,
                .invariant = text(u"rule.sql"_s),
                .setup = text(u"setup.sql"_s),
                .rollback = psql(u"rollback.sql"_s)};
    }
    PostgresFixture m_fixture;
    bool m_stop = false;
};

void InvariantDrillTest::initTestCase() {
    const auto trouble = m_fixture.start();
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
}

void InvariantDrillTest::theLostUpdateDriftsAndIsRolledBack() {
    const auto result = drill(inventory(u"sell_lost_update.sql"_s));
    VERIFY_OK(result);
    QCOMPARE(result->failed_processes, 0);
    QCOMPARE(result->rounds, 3);
    QVERIFY(result->drifted > 0);
    QVERIFY2(result->first_drift->value.contains(u"and 92 (must agree)"_s),
             qPrintable(result->first_drift->value));
    QVERIFY(result->rollback && result->rollback->held);
}

void InvariantDrillTest::theAtomicUpdateHolds() {
    const auto result = drill(inventory(u"sell_atomic.sql"_s));
    VERIFY_OK(result);
    QCOMPARE(result->failed_processes, 0);
    QCOMPARE(result->held, 3);
    QCOMPARE(result->drifted, 0);
    QCOMPARE(m_fixture.sql("SELECT stock FROM inventory"), std::string("92"));
}

void InvariantDrillTest::refusedInProduction() {
    const auto result = drill(inventory(u"sell_atomic.sql"_s), Environment::production);
    QVERIFY(!result.ok());
    QCOMPARE(m_fixture.sql("SELECT count(*) FROM pg_class WHERE relname = 'sales'"), std::string("0"));
}

void InvariantDrillTest::badRules_data() {
    QTest::addColumn<QString>("sql");
    QTest::addColumn<QString>("says");
    QTest::newRow("no row") << u"SELECT 1 WHERE false"_s << u"no row"_s;
    QTest::newRow("two columns that differ") << u"SELECT 1, 2"_s << u"1 and 2 (must agree)"_s;
    QTest::newRow("three columns") << u"SELECT 1, 2, 3"_s << u"3 columns"_s;
    QTest::newRow("text") << u"SELECT 'none'"_s << u"\"none\""_s;
    QTest::newRow("does not hold") << u"SELECT 7"_s << u"7 (must be 0)"_s;
    QTest::newRow("no SQL") << u"SELEKT 1"_s << u"syntax error"_s;
}

void InvariantDrillTest::badRules() {
    QFETCH(QString, sql);
    QFETCH(QString, says);
    const auto result = drill({.command = u"exit 9"_s, .invariant = sql});
    QVERIFY(!result.ok());
    QVERIFY2(result.failure().sentence().contains(says), qPrintable(result.failure().sentence()));
}

void InvariantDrillTest::badCommands_data() {
    QTest::addColumn<QString>("command");
    QTest::addColumn<QString>("says");
    QTest::newRow("not found") << u"no-such-program-here"_s << u"not found"_s;
    QTest::newRow("fails") << u"echo out of tea >&2; exit 3"_s << u"exit code 3: out of tea"_s;
    QTest::newRow("hangs") << u"sleep 600 & wait"_s << u"did not end within"_s;
    QTest::newRow("prints a gigabyte") << u"yes"_s << u"printed more than 1 MB"_s;
}

void InvariantDrillTest::badCommands() {
    QFETCH(QString, command);
    QFETCH(QString, says);
    const bool endless = command == u"yes"_s;
    const auto result = drill({.command = command,
                               .processes = 2,
                               .rounds = 2,
                               .invariant = u"SELECT 0"_s,
                               .process_limit = endless ? 120s : 2s,
                               .output_limit = 1 << 20});
    QVERIFY(!result.ok());
    QVERIFY2(result.failure().sentence().contains(says), qPrintable(result.failure().sentence()));
}

void InvariantDrillTest::aProcessGetsItsNumberAndRound() {
    m_fixture.sql("CREATE TABLE seen (process int, round int)");
    const auto result = drill({.command = u"psql \"$SPILLWAY_URL\" -qc \"INSERT INTO seen VALUES "
                                          "($SPILLWAY_PROCESS, $SPILLWAY_ROUND)\""_s,
                               .processes = 2,
                               .rounds = 2,
                               .invariant = u"SELECT 0"_s});
    VERIFY_OK(result);
    QCOMPARE(
        m_fixture.sql("SELECT string_agg(process || ':' || round, ' ' ORDER BY round, process) FROM seen"),
        std::string("1:1 2:1 1:2 2:2"));
}

void InvariantDrillTest::stoppingEndsWhatRuns() {
    m_stop = false;
    QTimer::singleShot(500, this, [this] { m_stop = true; });
    const auto result = drill({.command = u"sleep 600"_s, .processes = 2, .invariant = u"SELECT 0"_s});
    m_stop = false;
    VERIFY_OK(result);
    QVERIFY(result->stopped);
    QCOMPARE(result->rounds, 0);
}

QTEST_GUILESS_MAIN(InvariantDrillTest)
#include "tst_invariant_drill.moc"
