#include <QTest>

#include "backends/domain/connection_settings.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class ConnectionSettingsTest : public QObject {
    Q_OBJECT
private slots:
    void kinds_data() {
        QTest::addColumn<QString>("url");
        QTest::addColumn<bool>("postgres");
        QTest::newRow("postgresql") << u"postgresql://u@h/db"_s << true;
        QTest::newRow("postgres") << u"postgres://u@h/db"_s << true;
        QTest::newRow("service") << u"service=prod"_s << true;
        QTest::newRow("conninfo") << u"host=/tmp dbname=x"_s << true;
        QTest::newRow("redis") << u"redis://h:6379/0"_s << false;
        QTest::newRow("rediss") << u"rediss://h:6379/0"_s << false;
        QTest::newRow("unix") << u" unix:///run/redis.sock?db=1 "_s << false;
    }
    void kinds() {
        QFETCH(QString, url);
        QFETCH(bool, postgres);
        const auto settings = connectionFromUrl(url);
        QVERIFY(settings.ok());
        QCOMPARE(settings->kind == ServerKind::postgres, postgres);
        QCOMPARE(settings->environment, Environment::production);
    }

    void aWrongUrlSaysWhatWouldWork_data() {
        QTest::addColumn<QString>("url");
        for (const char* url : {"", "orders", "mysql://h/db", "http://h", "redis:/h", "://"})
            QTest::newRow(url) << QString::fromLatin1(url);
    }
    void aWrongUrlSaysWhatWouldWork() {
        QFETCH(QString, url);
        const auto settings = connectionFromUrl(url);
        QVERIFY(!settings.ok());
        QCOMPARE(settings.failure().kind, FailureKind::usage);
        QCOMPARE(exitCodeFor(settings.failure().kind), 2);
        QVERIFY(settings.failure().nextStep.contains(u"postgresql://"_s));
    }

    void secretsNeverShow_data() {
        QTest::addColumn<QString>("text");
        QTest::newRow("url") << u"postgresql://app:hunter2@db/x"_s;
        QTest::newRow("redis, no user") << u"redis://:hunter2@h:6379/0"_s;
        QTest::newRow("percent-encoded") << u"redis://u:hunter2%40@h/0"_s;
        QTest::newRow("parameter") << u"postgresql://db/x?user=a&password=hunter2&sslmode=require"_s;
        QTest::newRow("conninfo") << u"host=db password=hunter2 user=a"_s;
        QTest::newRow("quoted") << u"host=db password='hunter2 \\' hunter2' user=a"_s;
        QTest::newRow("sslpassword") << u"host=db sslpassword=hunter2"_s;
        QTest::newRow("in a sentence") << u"could not connect to \"redis://u:hunter2@h\": refused"_s;
        QTest::newRow("wrong scheme") << u"mysql://u:hunter2@h"_s;
        QTest::newRow("at sign in password") << u"postgresql://app:p@hunter2@db/x"_s;
        QTest::newRow("slash in password") << u"postgresql://app:hunter2/hunter2@db/x"_s;
    }
    void secretsNeverShow() {
        QFETCH(QString, text);
        QVERIFY2(!withoutSecrets(text).contains(u"hunter2"_s), qPrintable(withoutSecrets(text)));
        const auto settings = connectionFromUrl(text);
        if (settings)
            QVERIFY(!settings->name.contains(u"hunter2"_s) && !settings->displayUrl().contains(u"hunter2"_s));
        else
            QVERIFY(!settings.failure().sentence().contains(u"hunter2"_s));
    }

    void whatIsNoSecretStays() {
        QCOMPARE(withoutSecrets(u"postgresql://app@db:5432/x?sslmode=require"_s),
                 u"postgresql://app@db:5432/x?sslmode=require"_s);
    }
};

QTEST_GUILESS_MAIN(ConnectionSettingsTest)
#include "tst_connection_settings.moc"
