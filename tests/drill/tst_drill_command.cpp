// `spillwayctl drill claim` as a program: evidence, refusals, and what a kill leaves behind.
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QtTest>
#include <csignal>

#include "tests/postgres/postgres_fixture.h"
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

private:
    QString schemas() {
        return QString::fromStdString(
            m_fixture.sql("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'spillway_drill%'"));
    }
    QStringList command() const {
        return {u"drill"_s, u"claim"_s, m_fixture.settings().url, u"--environment"_s, u"staging"_s};
    }
    PostgresFixture m_fixture;
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

QTEST_GUILESS_MAIN(DrillCommandTest)
#include "tst_drill_command.moc"
