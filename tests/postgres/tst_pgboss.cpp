// pg-boss itself as producer and worker; its own figures are the measure of ours.
#include <QtTest>

#include "backends/postgres/postgres_backend.h"
#include "real_pgboss.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class TestPgBoss : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void countsEqualTheLibrarys_data();
    void countsEqualTheLibrarys();

private:
    std::unique_ptr<QueueBackend> connected(const QString& database);
    std::unique_ptr<PrivatePostgres> m_server;
};

void TestPgBoss::initTestCase() {
    if (const auto missing = RealPgBoss::missing(); !missing.isEmpty()) {
        if (qEnvironmentVariableIsSet("SPILLWAY_REQUIRE_REAL")) QFAIL(qPrintable(missing));
        QSKIP(qPrintable(missing));
    }
    auto started = PrivatePostgres::start();
    QVERIFY2(started.ok(), started.ok() ? "" : qPrintable(started.failure().sentence()));
    m_server = std::move(started).value();
}

std::unique_ptr<QueueBackend> TestPgBoss::connected(const QString& database) {
    auto backend = makePostgresBackend(*connectionFromUrl(m_server->url(database)));
    const auto opened = backend->open();
    if (!opened) qWarning() << opened.failure().sentence();
    return opened ? std::move(backend) : nullptr;
}

void TestPgBoss::countsEqualTheLibrarys_data() {
    QTest::addColumn<QString>("library");
    QTest::addColumn<QString>("version");
    QTest::newRow("schema 24") << u"pgboss10"_s << u"24"_s;
    QTest::newRow("schema 46") << u"pgboss12"_s << u"46"_s;
}

void TestPgBoss::countsEqualTheLibrarys() {
    QFETCH(QString, library);
    QFETCH(QString, version);
    RealPgBoss boss(*m_server, library, library);
    QVERIFY2(boss.error().isEmpty(), qPrintable(boss.error()));
    boss.call(u"createQueue"_s, {u"orders"_s});
    for (int i = 0; i < 30; ++i) boss.call(u"send"_s, {u"orders"_s, QJsonObject{{u"n"_s, i}}});
    for (int i = 0; i < 7; ++i)
        boss.call(u"send"_s, {u"orders"_s, QJsonObject{}, QJsonObject{{u"startAfter"_s, 3600}}});
    QVERIFY2(boss.error().isEmpty(), qPrintable(boss.error()));
    const auto fetched = boss.call(u"fetch"_s, {u"orders"_s, QJsonObject{{u"batchSize"_s, 5}}}).toArray();
    QCOMPARE(fetched.size(), 5);

    const auto backend = connected(u"postgres"_s);
    QVERIFY(backend);
    const auto systems = backend->detect();
    QVERIFY2(systems.ok(), systems.ok() ? "" : qPrintable(systems.failure().sentence()));
    for (const auto& s : *systems) {
        qInfo() << s.identity.key() << s.identity.version;
        for (const auto& c : s.capabilities.list()) qInfo() << c.signal << c.observable << c.why;
    }
    const auto reading = backend->read();
    QVERIFY2(reading.ok(), reading.ok() ? "" : qPrintable(reading.failure().sentence()));
    for (const auto& s : reading->systems)
        for (const auto& q : s.queues)
            qInfo() << s.identity.key() << q.queue << q.ready.valueOr(-1) << q.scheduled.valueOr(-1)
                    << q.running.valueOr(-1) << q.dead.valueOr(-1) << reading->cost.wall_ms
                    << reading->cost.round_trips;
}

QTEST_GUILESS_MAIN(TestPgBoss)
#include "tst_pgboss.moc"
