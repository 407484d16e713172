#include <QFile>
#include <QLocalServer>
#include <QTemporaryDir>
#include <QTest>

#include "app/console/found_connections.h"

using namespace spillway;
using namespace Qt::StringLiterals;

namespace {
QStringList urls(const std::vector<FoundConnection>& all) {
    QStringList list;
    for (const auto& one : all) list << one.request.url;
    return list;
}
}  // namespace

class FoundConnectionsTest : public QObject {
    Q_OBJECT
private:
    QTemporaryDir m_home;
    FoundPlaces nowhere() const {
        FoundPlaces places{QProcessEnvironment(), {}, {}};
        places.environment.insert(u"HOME"_s, m_home.path());
        return places;
    }

private slots:
    void nothingIsFoundNowhere() { QVERIFY(foundConnections(nowhere()).empty()); }

    void variablesAreTakenAsLibpqTakesThem() {
        FoundPlaces places = nowhere();
        places.environment.insert(u"PGHOST"_s, u"/tmp/my socket"_s);
        places.environment.insert(u"PGDATABASE"_s, u"o'brien"_s);
        places.environment.insert(u"PGPASSWORD"_s, u"hunter2"_s);
        places.environment.insert(u"REDIS_URL"_s, u"redis://u:hunter2@cache:6379/1"_s);
        places.environment.insert(u"DATABASE_URL"_s, u"mysql://nothing/for/us"_s);
        const auto found = foundConnections(places);
        QCOMPARE(urls(found), QStringList({u"redis://u:hunter2@cache:6379/1"_s,
                                           u"host='/tmp/my socket' dbname='o\\'brien'"_s}));
        QCOMPARE(found.back().title, u"o'brien @ my socket"_s);
        for (const auto& one : found)
            QVERIFY(!one.title.contains(u"hunter2"_s) && !one.detail.contains(u"hunter2"_s));
    }

    void servicesAndSockets() {
        QFile services(m_home.filePath(u"services.conf"_s));
        QVERIFY(services.open(QIODevice::WriteOnly));
        services.write("# mine\n[prod]\nhost=db\n  [staging]\nhost=db2\npassword=hunter2\n");
        services.close();
        QLocalServer postgres;
        QLocalServer redis;
        QVERIFY(postgres.listen(m_home.filePath(u".s.PGSQL.5433"_s)));
        QVERIFY(redis.listen(m_home.filePath(u"redis-server.sock"_s)));
        FoundPlaces places = nowhere();
        places.environment.insert(u"PGSERVICEFILE"_s, services.fileName());
        places.postgres_socket_directories = {m_home.path(), u"/nowhere"_s};
        places.redis_socket_directories = {m_home.path(), m_home.path()};
        const auto found = foundConnections(places);
        QCOMPARE(found.size(), std::size_t{4});
        QCOMPARE(urls(found).mid(0, 3), QStringList({u"service='prod'"_s, u"service='staging'"_s,
                                                     u"host='%1' port=5433"_s.arg(m_home.path())}));
        QVERIFY(found[3].request.url.endsWith(u"redis-server.sock?db=0"_s));
    }

    void savedOnesComeWithTheirEnvironment() {
        SavedConnection saved;
        saved.name = u"shop"_s;
        saved.url = u"redis://h:6379/0"_s;
        saved.environment = Environment::staging;
        const auto found = savedConnections({saved});
        QCOMPARE(found.at(0).request.environment, Environment::staging);
        QCOMPARE(found.at(0).request.name, u"shop"_s);
    }
};

QTEST_GUILESS_MAIN(FoundConnectionsTest)
#include "tst_found_connections.moc"
