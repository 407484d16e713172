// `spillwayctl drill` and `parity` as programs: evidence, refusals, Ctrl+C, and what a kill leaves behind.
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QtTest>
#include <csignal>

#include "tests/postgres/postgres_fixture.h"
#include "tests/redis/sidekiq/stage.h"
#include "tests/support/program_run.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class DrillCommandTest : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void init() { m_fixture.freshDatabase(u"app"_s); }
    void whatAKilledRunLeftGoesWithTheNext();
    void theCommandWritesEvidence();
    void badClaimsAreToldAndLeaveNothing_data();
    void badClaimsAreToldAndLeaveNothing();
    void controlCKeepsWhatWasMeasured();
    void theLostUpdateIsFoundAndRolledBack();
    void theAtomicUpdateHolds();
    void aRollbackThatLeavesAMessIsToldOf();
    void invariantDrillsAreRefused_data();
    void invariantDrillsAreRefused();
    void controlCEndsAnInvariantDrill();
    void parityOfTwoServers();

private:
    QString schemas() {
        return QString::fromStdString(
            m_fixture.sql("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'spillway_drill%'"));
    }
    QStringList command() const {
        return {u"drill"_s, u"claim"_s, m_fixture.settings().url, u"--environment"_s, u"staging"_s};
    }
    QStringList inventory(const QString& sell, const QString& rollback = {}) const;
    PostgresFixture m_fixture;
    SidekiqStage m_staging, m_production;
};

void DrillCommandTest::initTestCase() {
    const auto trouble = m_fixture.start();
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
}

void DrillCommandTest::whatAKilledRunLeftGoesWithTheNext() {
    QProcess process;
    process.start(test::spillwayctl(), command() + QStringList{u"--time"_s, u"2m"_s});
    QVERIFY(process.waitForStarted());
    QTRY_COMPARE_WITH_TIMEOUT(schemas(), u"1"_s, 30'000);
    ::kill(static_cast<pid_t>(process.processId()), SIGKILL);
    QVERIFY(process.waitForFinished());
    QTRY_COMPARE_WITH_TIMEOUT(
        QString::fromStdString(m_fixture.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name "
                                             "LIKE 'spillway%' AND datname = 'app'")),
        u"0"_s, 30'000);
    QCOMPARE(schemas(), u"1"_s);
    m_fixture.sql("CREATE SCHEMA spillway_drill_mine");  // not ours: no mark
    QCOMPARE(test::runSpillwayctl(command() + QStringList{u"--jobs"_s, u"100"_s}).code, 0);
    QCOMPARE(m_fixture.sql(
                 "SELECT string_agg(nspname, ',') FROM pg_namespace WHERE nspname LIKE 'spillway_drill%'"),
             std::string("spillway_drill_mine"));
}

void DrillCommandTest::theCommandWritesEvidence() {
    QTemporaryDir folder;
    const QString file = folder.filePath(u"claim.json"_s);
    const auto run = test::runSpillwayctl(
        command() + QStringList{u"--jobs"_s, u"2000"_s, u"--style"_s, u"check-then-act"_s, u"--json"_s,
                                u"--output"_s, file, u"--commit"_s, u"4f2c"_s});
    QVERIFY2(run.code == 0, qPrintable(run.err));
    const auto printed = QJsonDocument::fromJson(run.out.toUtf8()).object();
    QFile evidence(file);
    QVERIFY(evidence.open(QIODevice::ReadOnly));
    QCOMPARE(QJsonDocument::fromJson(evidence.readAll()).object(), printed);
    QCOMPARE(printed[u"kind"_s].toString(), u"drill_claim"_s);
    QCOMPARE(printed[u"commit"_s].toString(), u"4f2c"_s);
    QCOMPARE(printed[u"schema"_s].toInt(), 1);
    QVERIFY(printed[u"duplicate_claims"_s].toObject()[u"value"_s].toInt() > 0);
    for (const auto& key : {u"measured_at"_s, u"measured_by"_s, u"host"_s, u"where"_s, u"seconds"_s,
                            u"duplicates"_s, u"duplicate_upper95_ppm"_s, u"claims_per_s"_s})
        QVERIFY2(printed.contains(key), qPrintable(key));
    const auto refused = test::runSpillwayctl({u"drill"_s, u"claim"_s, m_fixture.settings().url});
    QCOMPARE(refused.code, 4);
    QVERIFY2(refused.err.contains(u"production"_s), qPrintable(refused.err));
}

void DrillCommandTest::badClaimsAreToldAndLeaveNothing_data() {
    QTest::addColumn<QByteArray>("sql");
    QTest::addColumn<QString>("says");
    QTest::newRow("fails") << QByteArray("SELECT id FROM nowhere") << u"nowhere"_s;
    QTest::newRow("claims nothing") << QByteArray("SELECT id FROM jobs WHERE false") << u"claimed nothing"_s;
    QTest::newRow("two rows") << QByteArray("SELECT id FROM jobs LIMIT 2") << u"returned 2 rows"_s;
    QTest::newRow("another table") << QByteArray("UPDATE public.orders SET n = n + 1 RETURNING n")
                                   << u"public.orders"_s;
    QTest::newRow("a transaction that stays open") << QByteArray("BEGIN") << u"transaction"_s;
    QTest::newRow("empty") << QByteArray() << u"empty"_s;
}

void DrillCommandTest::badClaimsAreToldAndLeaveNothing() {
    QFETCH(QByteArray, sql);
    QFETCH(QString, says);
    m_fixture.sql("CREATE TABLE public.orders AS SELECT 1 AS n");
    QTemporaryDir folder;
    QFile file(folder.filePath(u"claim.sql"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(sql);
    file.close();
    const auto bad =
        test::runSpillwayctl({u"drill"_s, u"claim"_s, m_fixture.settings().url, u"--environment"_s,
                              u"staging"_s, u"--claim-sql"_s, file.fileName(), u"--json"_s});
    QVERIFY(bad.code == 2 || bad.code == 1);
    QVERIFY2(bad.err.startsWith(u"spillwayctl: "_s) && bad.err.contains(says), qPrintable(bad.err));
    QVERIFY(bad.out.isEmpty());
    QCOMPARE(schemas(), u"0"_s);
    QCOMPARE(m_fixture.sql("SELECT n FROM public.orders"), std::string("1"));
}

void DrillCommandTest::controlCKeepsWhatWasMeasured() {
    QTemporaryDir folder;
    const QString file = folder.filePath(u"claim.json"_s);
    QProcess process;
    process.start(test::spillwayctl(),
                  command() + QStringList{u"--time"_s, u"2m"_s, u"--output"_s, file, u"--json"_s},
                  QIODevice::ReadOnly);
    QVERIFY(process.waitForStarted());
    const auto claimed = [this] {  // the server's own count; it may lag a second behind
        return m_fixture.sql(
            "SELECT coalesce(max(n_tup_ins), 0) > 100 FROM pg_stat_user_tables WHERE schemaname LIKE "
            "'spillway_drill%' AND relname = 'claims'");
    };
    QTRY_COMPARE_WITH_TIMEOUT(claimed(), std::string("t"), 30'000);
    ::kill(static_cast<pid_t>(process.processId()), SIGINT);
    const auto run = test::finish(process);
    QCOMPARE(run.code, 5);
    QVERIFY2(run.err.contains(u"Stopped"_s), qPrintable(run.err));
    QFile evidence(file);
    QVERIFY(evidence.open(QIODevice::ReadOnly));
    const auto kept = QJsonDocument::fromJson(evidence.readAll()).object();
    QCOMPARE(kept[u"ended_by"_s].toString(), u"stopped"_s);
    QVERIFY(kept[u"claims"_s][u"value"_s].toInt() > 100);
    QCOMPARE(kept, QJsonDocument::fromJson(run.out.toUtf8()).object());
    QCOMPARE(schemas(), u"0"_s);
}

QStringList DrillCommandTest::inventory(const QString& sell, const QString& rollback) const {
    const QString folder = QStringLiteral(SPILLWAY_SOURCE_DIR "/resources/scenarios/inventory/");
    const auto text = [&](const QString& name) {
        QFile file(folder + name);
        return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
    };
    const QString psql = u"psql \"$SPILLWAY_URL\" -qAt -v ON_ERROR_STOP=1 -f "_s + folder;
    return {u"drill"_s,
            u"invariant"_s,
            m_fixture.settings().url,
            u"--environment"_s,
            u"staging"_s,
            u"--command"_s,
            psql + sell,
            u"--processes"_s,
            u"8"_s,
            u"--rounds"_s,
            u"2"_s,
            u"--setup"_s,
            text(u"setup.sql"_s),
            u"--invariant"_s,
            text(u"rule.sql"_s),
            u"--rollback"_s,
            rollback.isEmpty() ? psql + u"rollback.sql"_s : rollback,
            u"--json"_s};
}

void DrillCommandTest::theLostUpdateIsFoundAndRolledBack() {
    QTemporaryDir folder;
    const QString file = folder.filePath(u"invariant.json"_s);
    const auto run = test::runSpillwayctl(inventory(u"sell_lost_update.sql"_s) +
                                          QStringList{u"--output"_s, file, u"--commit"_s, u"4f2c"_s});
    QVERIFY2(run.code == 4, qPrintable(run.err));
    const auto printed = QJsonDocument::fromJson(run.out.toUtf8()).object();
    QCOMPARE(printed[u"rounds"_s].toInt(), 2);
    QVERIFY(printed[u"drifted"_s].toInt() > 0);
    QVERIFY(printed[u"first_drift"_s][u"value"_s].toString().contains(u"must agree"_s));
    QCOMPARE(printed[u"rollback"_s][u"held"_s], QJsonValue(true));
    QCOMPARE(printed[u"kind"_s].toString(), u"drill_invariant"_s);
    QCOMPARE(printed[u"processes"_s].toInt(), 8);
    QVERIFY(printed[u"sentence"_s].toString().contains(u"did not hold"_s));
    QFile evidence(file);
    QVERIFY(evidence.open(QIODevice::ReadOnly));
    QCOMPARE(QJsonDocument::fromJson(evidence.readAll()).object(), printed);
}

void DrillCommandTest::theAtomicUpdateHolds() {
    const auto run = test::runSpillwayctl(inventory(u"sell_atomic.sql"_s));
    QVERIFY2(run.code == 0, qPrintable(run.err));
    const auto printed = QJsonDocument::fromJson(run.out.toUtf8()).object();
    QCOMPARE(printed[u"held"_s].toInt(), 2);
    QCOMPARE(printed[u"drifted"_s].toInt(), 0);
    QVERIFY(printed[u"first_drift"_s].isNull());
    QCOMPARE(printed[u"rollback"_s][u"ran"_s], QJsonValue(true));
}

// Every round held, but what the rollback leaves does not: as bad.
void DrillCommandTest::aRollbackThatLeavesAMessIsToldOf() {
    const auto run = test::runSpillwayctl(
        inventory(u"sell_atomic.sql"_s, u"psql \"$SPILLWAY_URL\" -qc 'UPDATE inventory SET stock = 7'"_s));
    QVERIFY2(run.code == 4, qPrintable(run.err));
    const auto printed = QJsonDocument::fromJson(run.out.toUtf8()).object();
    QCOMPARE(printed[u"drifted"_s].toInt(), 0);
    QCOMPARE(printed[u"rollback"_s][u"held"_s], QJsonValue(false));
    QVERIFY(printed[u"sentence"_s].toString().contains(u"After the rollback it does not hold"_s));
}

void DrillCommandTest::invariantDrillsAreRefused_data() {
    QTest::addColumn<QString>("from");
    QTest::addColumn<QString>("to");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("says");
    const auto row = [](const char* name, const QString& from, const QString& to, int code,
                        const QString& says) { QTest::newRow(name) << from << to << code << says; };
    row("in production", u"staging"_s, u"production"_s, 4, u"production"_s);
    row("too many", u"8"_s, u"65"_s, 2, u"1 to 64"_s);
    row("no such folder", u"--json"_s, u"--output=/no/such/folder/x.json"_s, 2, u"/no/such/folder"_s);
}

void DrillCommandTest::invariantDrillsAreRefused() {
    QFETCH(QString, from);
    QFETCH(QString, to);
    QFETCH(QString, says);
    auto arguments = inventory(u"sell_atomic.sql"_s);
    arguments[arguments.indexOf(from)] = to;
    const auto run = test::runSpillwayctl(arguments);
    QTEST(run.code, "code");
    QVERIFY2(run.err.contains(says), qPrintable(run.err));
    QCOMPARE(m_fixture.sql("SELECT count(*) FROM pg_class WHERE relname = 'sales'"), std::string("0"));
}

void DrillCommandTest::controlCEndsAnInvariantDrill() {
    m_fixture.sql("CREATE TABLE started (n int)");
    QProcess process;
    process.start(
        test::spillwayctl(),
        {u"drill"_s, u"invariant"_s, m_fixture.settings().url, u"--environment"_s, u"staging"_s,
         u"--command"_s, u"psql \"$SPILLWAY_URL\" -qc 'INSERT INTO started VALUES (1)'; sleep 600"_s,
         u"--processes"_s, u"2"_s, u"--invariant"_s, u"SELECT 0"_s, u"--json"_s},
        QIODevice::ReadOnly);
    QVERIFY(process.waitForStarted());
    QTRY_COMPARE_WITH_TIMEOUT(m_fixture.sql("SELECT count(*) FROM started"), std::string("2"), 30'000);
    ::kill(static_cast<pid_t>(process.processId()), SIGINT);
    const auto run = test::finish(process);
    QCOMPARE(run.code, 5);
    const auto printed = QJsonDocument::fromJson(run.out.toUtf8()).object();
    QCOMPARE(printed[u"stopped"_s], QJsonValue(true));
    QCOMPARE(printed[u"rounds"_s].toInt(), 0);
}

void DrillCommandTest::parityOfTwoServers() {
    const double now = static_cast<double>(QDateTime::currentMSecsSinceEpoch()) / 1000;
    for (auto* stage : {&m_staging, &m_production}) QVERIFY2(stage->start(), qPrintable(stage->problem()));
    m_staging.writeProcess("h:1:aa", now, 0, 1);
    for (const char* process : {"h:1:bb", "h:2:cc", "h:3:dd"}) m_production.writeProcess(process, now, 0, 8);
    const auto compare = [&](const QString& a, const QString& b, const QStringList& more = {}) {
        return test::runSpillwayctl(QStringList{u"parity"_s, a, b, u"--json"_s} + more);
    };
    const QString staging = m_staging.redis().url(), production = m_production.redis().url();
    const auto untested = compare(staging, production);
    QVERIFY2(untested.code == 4, qPrintable(untested.err));
    const auto printed = QJsonDocument::fromJson(untested.out.toUtf8()).object();
    QCOMPARE(printed[u"verdict"_s].toString(), u"untested"_s);
    QCOMPARE(printed[u"queues"_s][0][u"queue"_s].toString(), u"default"_s);
    QCOMPARE(printed[u"queues"_s][0][u"b"_s][u"concurrency"_s][u"value"_s].toInt(), 24);
    QVERIFY(printed[u"sentence"_s].toString().endsWith(u"concurrency is untested."_s));
    QCOMPARE(compare(production, production).code, 0);
    QCOMPARE(compare(production, staging).code, 0);
    const auto blind = compare(m_fixture.settings().url, production);  // no queue system there at all
    QCOMPARE(blind.code, 6);
    const auto gone = compare(u"unix:///no/such.sock"_s, production);
    QCOMPARE(gone.code, 3);
    QVERIFY2(gone.err.contains(u"/no/such.sock"_s) && gone.out.isEmpty(), qPrintable(gone.err));
}

QTEST_GUILESS_MAIN(DrillCommandTest)
#include "tst_drill_command.moc"
