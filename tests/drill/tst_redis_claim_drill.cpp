// Claim drills on a real Redis: both references, scripts of one's own that are wrong, and what stays behind.
#include <QtTest>

#include "app/demo/private_redis.h"
#include "backends/drill/claim_drill_run.h"
#include "tests/redis/redis_probe.h"

using namespace spillway;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class RedisClaimDrillTest : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void refusedInProduction();
    void checkThenActShowsDuplicates();
    void atomicShowsNone();
    void aDeadWorkersJobIsTakenOver();
    void badScripts_data();
    void badScripts();

private:
    Outcome<ClaimDrillResult> drill(const ClaimDrillSettings& wanted,
                                    Environment environment = Environment::development) {
        auto settings = redisSettings(m_redis->url());
        settings.environment = environment;
        const auto arena = makeClaimArena(settings, wanted);
        return ClaimDrillRun(*arena, wanted).run();
    }
    QByteArray keys() { return redisCommand(*m_redis, {"DBSIZE"}); }
    std::unique_ptr<PrivateRedis> m_redis;
};

#define VERIFY_DONE(outcome) \
    QVERIFY2((outcome).ok(), (outcome).ok() ? "" : qPrintable((outcome).failure().sentence()))

void RedisClaimDrillTest::initTestCase() {
    auto started = PrivateRedis::start({.arguments = {u"--lua-time-limit"_s, u"500"_s}});
    VERIFY_DONE(started);
    m_redis = std::move(started).value();
}

void RedisClaimDrillTest::refusedInProduction() {
    const auto result = drill({}, Environment::production);
    QVERIFY(!result.ok());
    QVERIFY(result.failure().what.contains(u"production"_s));
    QCOMPARE(keys(), QByteArray("0"));
}

void RedisClaimDrillTest::checkThenActShowsDuplicates() {
    const auto result = drill({.style = ClaimStyle::check_then_act, .jobs = 3000});
    VERIFY_DONE(result);
    QVERIFY(!result->failure);
    QCOMPARE(result->recorded.jobs, 3000);
    QVERIFY(*result->recorded.rate.duplicates.value > 0);
    QCOMPARE(keys(), QByteArray("0"));
}

void RedisClaimDrillTest::atomicShowsNone() {
    const qint64 jobs = qEnvironmentVariableIsSet("SPILLWAY_LONG_TESTS") ? 300'000 : 20'000;
    const auto result = drill({.style = ClaimStyle::atomic, .jobs = jobs});
    VERIFY_DONE(result);
    QVERIFY(!result->failure);
    QCOMPARE(*result->recorded.rate.claims.value, jobs);
    QCOMPARE(*result->recorded.rate.duplicates.value, 0);
    QCOMPARE(keys(), QByteArray("0"));
}

void RedisClaimDrillTest::aDeadWorkersJobIsTakenOver() {
    const auto result = drill({.jobs = 2000, .kill_workers = 3, .lease = 300ms});
    VERIFY_DONE(result);
    QCOMPARE(result->recorded.takeovers.abandoned, 3);
    QCOMPARE(result->recorded.takeovers.taken_over, 3);
    QCOMPARE(*result->recorded.rate.duplicates.value, 0);
}

void RedisClaimDrillTest::badScripts_data() {
    QTest::addColumn<QString>("lua");
    QTest::addColumn<QString>("says");
    QTest::newRow("no Lua") << u"return return"_s << u"no script that the server takes"_s;
    QTest::newRow("fails") << u"return redis.call('GET', KEYS[1])"_s << u"failed"_s;
    QTest::newRow("claims nothing") << u"return nil"_s << u"claimed nothing"_s;
    QTest::newRow("two jobs") << u"return {1, 2}"_s << u"list of 2"_s;
    QTest::newRow("text") << u"return 'one'"_s << u"returned \"one\""_s;
    QTest::newRow("loops") << u"while true do end"_s << u"longer than 5 s"_s;
}

void RedisClaimDrillTest::badScripts() {
    QFETCH(QString, lua);
    QFETCH(QString, says);
    const auto result = drill(
        {.style = ClaimStyle::own, .script = lua, .scriptFile = u"claim.lua"_s, .workers = 2, .jobs = 100});
    QVERIFY(!result.ok());
    const QString sentence = result.failure().sentence();
    QVERIFY2(sentence.contains(says), qPrintable(sentence));
    QCOMPARE(keys(), QByteArray("0"));
}

QTEST_GUILESS_MAIN(RedisClaimDrillTest)
#include "tst_redis_claim_drill.moc"
