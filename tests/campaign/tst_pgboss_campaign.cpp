// Random lives of queues of the real pg-boss, watched from outside. SPILLWAY_LONG_TESTS=1 makes 200 of them.
#include <QTest>

#include "tests/campaign/campaign.h"
#include "tests/postgres/postgres_fixture.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

class TestPgbossCampaign : public QObject {
    Q_OBJECT
private slots:
    void whatIsToldIsTrue();
};

void TestPgbossCampaign::whatIsToldIsTrue() {
    SKIP_UNLESS(!nodeModules().isEmpty(), "pg-boss is not installed: run npm ci in tests/npm");
    PostgresFixture fixture;
    const QString problem = fixture.start();
    QVERIFY2(problem.isEmpty(), qPrintable(problem));
    CampaignOutcome all;
    for (int run = 1; run <= campaignRuns(); ++run) {
        fixture.freshDatabase(u"app"_s);
        JsonPeer peer;
        const QString library = u"pgboss%1"_s.arg(run % 3 == 0 ? 10 : run % 3 == 2 ? 11 : 12);
        QVERIFY(startLives(peer, library, fixture.server().socketDirectory(), 1'000));
        const auto backend = fixture.backend();
        VERIFY_OK(backend->open());
        std::mt19937 random(static_cast<unsigned>(run));
        Campaign campaign(peer, *backend, randomLives(random, false), static_cast<unsigned>(run));
        all += campaign.run(32);
        QVERIFY2(campaign.trouble().isEmpty(), qPrintable(campaign.trouble()));
    }
    verifyOutcome(all);
}

QTEST_GUILESS_MAIN(TestPgbossCampaign)
#include "tst_pgboss_campaign.moc"
