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
        auto environment = QProcessEnvironment::systemEnvironment();
        environment.insert(u"SPILLWAY_NODE_MODULES"_s, nodeModules());
        JsonPeer peer;
        const QString node = nodeModules() + u"/.bin/node"_s;
        QVERIFY(peer.start(node,
                           {QStringLiteral(SPILLWAY_SOURCE_DIR "/tests/campaign/queue_lives.mjs"),
                            run % 3 == 0   ? u"pgboss10"_s
                            : run % 3 == 2 ? u"pgboss11"_s
                                           : u"pgboss12"_s,
                            fixture.server().socketDirectory(), u"1000"_s},
                           environment));
        const auto backend = fixture.backend();
        VERIFY_OK(backend->open());
        std::mt19937 random(static_cast<unsigned>(run));
        Campaign campaign(peer, *backend, randomLives(random, false), static_cast<unsigned>(run));
        all += campaign.run(32);
        QVERIFY2(campaign.trouble().isEmpty(), qPrintable(campaign.trouble()));
    }
    qInfo().noquote() << all.text();
    QVERIFY2(all.exact_figures > 0 && all.unread_polls * 4 < all.polls, qPrintable(all.text()));
    QVERIFY2(all.false_criticals.isEmpty() && all.wrong_exacts.isEmpty() && all.missed.isEmpty(),
             qPrintable(all.text()));
}

QTEST_GUILESS_MAIN(TestPgbossCampaign)
#include "tst_pgboss_campaign.moc"
