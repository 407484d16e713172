// What a plan of BullMQ reads of the dead jobs.
#include <QJsonArray>
#include <QtTest>

#include "tests/redis/acting/acting_probe.h"
#include "tests/redis/bullmq/stage.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestBullmqPlan : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { BULLMQ_OR_SKIP(); }
    void thePlanOfWhoMayNotRunScripts();
};

// One script reads what a plan needs of many jobs; single commands read the same.
void TestBullmqPlan::thePlanOfWhoMayNotRunScripts() {
    BullmqStage stage;
    QVERIFY2(stage.start(u"bullmq6"_s), qPrintable(stage.problem()));
    stage.ask({{"do"_L1, "add"_L1},
               {"queue"_L1, "mail"_L1},
               {"opts"_L1, QJsonObject{{"attempts"_L1, 1}, {"priority"_L1, 3}}},
               {"ids"_L1, QJsonArray{"j0"_L1, "j1"_L1, "j2"_L1, "j3"_L1, "j4"_L1, "j5"_L1}}});
    stage.ask({{"do"_L1, "work"_L1}, {"queue"_L1, "mail"_L1}, {"mode"_L1, "fail"_L1}});
    QTRY_COMPARE_WITH_TIMEOUT(stage.count(u"mail"_s, u"failed"_s), 6, 30'000);
    stage.ask({{"do"_L1, "stopWorkers"_L1}});
    const auto set = [&stage](const char* job, const char* field, const QByteArray& value) {
        stage.command({"HSET", "bull:mail:" + QByteArray(job), field, value});
    };
    set("j0", "failedReason", QByteArray(300'000, 'x'));
    set("j1", "failedReason", QByteArray("\xf0\x9f\x92\xa5").repeated(1'000));
    set("j2", "name", QByteArray(5'000, 'n'));
    set("j3", "opts", QByteArray(300'000, ' '));
    set("j3", "parentKey", "bull:f|\xff\n:1");
    stage.command({"HDEL", "bull:mail:j4", "failedReason", "name", "opts", "attemptsMade"});
    stage.command({"DEL", "bull:mail:j5"});
    stage.command({"SCRIPT", "FLUSH"});
    stage.command(
        {"ACL", "SETUSER", "reader", "on", ">secret", "~*", "+@read", "+@connection", "+info", "+time"});
    QString url = stage.redis().url();
    ActingProbe byScript(url, u"bullmq"_s, u"mail"_s);
    ActingProbe byCommands(url.replace(u"unix://"_s, u"unix://reader:secret@"_s), u"bullmq"_s, u"mail"_s);
    stage.command({"CONFIG", "RESETSTAT"});
    const std::vector<PlannedJob> jobs = byScript.plan().jobs;
    QVERIFY(stage.command({"INFO", "commandstats"}).contains("cmdstat_eval:calls=1"));
    QCOMPARE(jobs.size(), size_t(5));
    QVERIFY2(jobs[0].signature.startsWith(u"the text is too large"_s), qPrintable(jobs[0].signature));
    QVERIFY2(jobs[3].version.endsWith(u"|bull:f%7C%FF%0A:1"_s), qPrintable(jobs[3].version));
    QVERIFY(byCommands.plan().jobs == jobs);
}

QTEST_GUILESS_MAIN(TestBullmqPlan)
#include "tst_acting_bullmq_plan.moc"
