// Random lives of queues of the real BullMQ, watched from outside. SPILLWAY_LONG_TESTS=1 makes 200 of them.
#include <QTest>

#include "tests/campaign/campaign.h"
#include "tests/redis/redis_probe.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

class TestBullmqCampaign : public QObject {
    Q_OBJECT
private slots:
    void whatIsToldIsTrue();
};

void TestBullmqCampaign::whatIsToldIsTrue() {
    SKIP_UNLESS(!nodeModules().isEmpty(), "bullmq is not installed: run npm ci in tests/npm");
    CampaignOutcome all;
    for (int run = 1; run <= campaignRuns(); ++run) {
        auto redis = PrivateRedis::start();
        QVERIFY(redis.ok());
        JsonPeer peer;
        QVERIFY(startLives(peer, run % 2 ? u"bullmq5"_s : u"bullmq6"_s, (*redis)->socketPath(), 0));
        RedisProbe probe((*redis)->url());
        std::mt19937 random(static_cast<unsigned>(run));
        Campaign campaign(peer, probe.backend(), randomLives(random, true), static_cast<unsigned>(run));
        all += campaign.run(32);
        QVERIFY2(campaign.trouble().isEmpty(), qPrintable(campaign.trouble()));
    }
    verifyOutcome(all);
}

QTEST_GUILESS_MAIN(TestBullmqCampaign)
#include "tst_bullmq_campaign.moc"
