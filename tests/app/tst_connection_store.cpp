// Saved connections: what is written can be read, and a password never reaches the file.
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include "app/connections/connection_store.h"
#include "app/connections/url_secret.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class ConnectionStoreTest : public QObject {
    Q_OBJECT
private slots:
    void init() { QVERIFY(m_directory.emplace().isValid()); }
    void aSecretIsSplitOff_data();
    void aSecretIsSplitOff();
    void savesListsAndRemoves();
    void thePasswordGoesToTheCaller();
    void onlyTheOwnerCanReadTheFile();
    void aMissingFileIsAnEmptyList();
    void aBrokenFileNamesTheLine();
    void anUnknownNameListsTheSavedOnes();
    void aStrangeNameIsRefused();
    void rulesAreReadAndWritten();
    void aRuleThatMakesNoSense_data();
    void aRuleThatMakesNoSense();
    void thePasswordComesFromTheVariable();
    void aMissingVariableSaysWhich();

private:
    QString file() const { return m_directory->path() + u"/spillway/connections.toml"_s; }
    QByteArray content() const {
        QFile f(file());
        return f.open(QIODevice::ReadOnly) ? f.readAll() : QByteArray();
    }
    void write(const QByteArray& text) {
        QVERIFY(QDir().mkpath(m_directory->path() + u"/spillway"_s));
        QFile f(file());
        QVERIFY(f.open(QIODevice::WriteOnly));
        f.write(text);
    }
    std::optional<QTemporaryDir> m_directory;
};

void ConnectionStoreTest::aSecretIsSplitOff_data() {
    QTest::addColumn<QString>("given");
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("password");
    QTest::newRow("none") << u"postgresql://me@db/shop"_s << u"postgresql://me@db/shop"_s << u""_s;
    QTest::newRow("postgres") << u"postgresql://me:s3cret@db:5432/shop?sslmode=require"_s
                              << u"postgresql://me@db:5432/shop?sslmode=require"_s << u"s3cret"_s;
    QTest::newRow("percent encoded") << u"redis://default:p%40ss%2Fword@cache:6379/1"_s
                                     << u"redis://default@cache:6379/1"_s << u"p@ss/word"_s;
    QTest::newRow("with an @") << u"postgresql://me:a@b@db/shop"_s << u"postgresql://me@db/shop"_s
                               << u"a@b"_s;
    QTest::newRow("no user") << u"redis://:s3cret@cache/0"_s << u"redis://@cache/0"_s << u"s3cret"_s;
    QTest::newRow("first parameter") << u"postgresql://me@/shop?password=x%26y&host=/tmp"_s
                                     << u"postgresql://me@/shop?host=/tmp"_s << u"x&y"_s;
    QTest::newRow("last parameter") << u"postgresql://me@/shop?host=/tmp&password=xy"_s
                                    << u"postgresql://me@/shop?host=/tmp"_s << u"xy"_s;
    QTest::newRow("key=value") << u"host=db password=s3cret dbname=shop"_s << u"host=db dbname=shop"_s
                               << u"s3cret"_s;
    QTest::newRow("quoted") << u"host=db password='two \\'words\\'' dbname=shop"_s << u"host=db dbname=shop"_s
                            << u"two 'words'"_s;
}

void ConnectionStoreTest::aSecretIsSplitOff() {
    QFETCH(QString, given);
    const auto split = splitSecret(given);
    QTEST(split.url, "url");
    QTEST(split.password, "password");
}

void ConnectionStoreTest::savesListsAndRemoves() {
    const ConnectionStore store(file());
    const SavedConnection orders{
        u"orders-prod"_s, u"postgresql://me@db/shop"_s, Environment::staging, u"ORDERS_PW"_s, u"pgboss"_s,
        u"jobs"_s,        {u"/etc/a b.toml"_s}};
    const SavedConnection cache{u"cache"_s, u"redis://cache/0"_s, Environment::production, {}, {}, {}, {}};
    QVERIFY(store.save(orders).ok());
    QVERIFY(store.save(cache).ok());
    QCOMPARE(store.list()->size(), std::size_t{2});
    QCOMPARE(*store.find(u"orders-prod"_s), orders);
    SavedConnection moved = cache;
    moved.url = u"redis://cache-2/0"_s;
    QVERIFY(store.save(moved).ok());
    QCOMPARE(store.list()->size(), std::size_t{2});
    QCOMPARE(store.find(u"cache"_s)->url, moved.url);
    QVERIFY(store.remove(u"cache"_s).ok());
    QVERIFY(!store.find(u"cache"_s).ok());
    QCOMPARE(store.remove(u"cache"_s).failure().kind, FailureKind::usage);
}

void ConnectionStoreTest::thePasswordGoesToTheCaller() {
    const auto password = ConnectionStore(file()).save(
        {u"db"_s, u"postgresql://me:s3cret@db/shop"_s, Environment::production, {}, {}, {}, {}});
    QVERIFY(password.ok());
    QCOMPARE(*password, u"s3cret"_s);
    QVERIFY(content().contains("postgresql://me@db/shop"));
    QVERIFY(!content().contains("s3cret"));
}

void ConnectionStoreTest::onlyTheOwnerCanReadTheFile() {
    QVERIFY(ConnectionStore(file())
                .save({u"db"_s, u"redis://x"_s, Environment::production, {}, {}, {}, {}})
                .ok());
    const auto others = QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther;
    QCOMPARE(QFile::permissions(file()) & others, QFile::Permissions());
}

void ConnectionStoreTest::aMissingFileIsAnEmptyList() {
    const auto list = ConnectionStore(file()).list();
    QVERIFY(list.ok());
    QVERIFY(list->empty());
}

void ConnectionStoreTest::aBrokenFileNamesTheLine() {
    write("[db]\nurl = \"redis://x\"\n[broken\n");
    const auto list = ConnectionStore(file()).list();
    QVERIFY(!list.ok());
    QCOMPARE(list.failure().kind, FailureKind::usage);
    QVERIFY2(list.failure().what.contains(u"line 3"_s), qPrintable(list.failure().what));
    write("[db]\nurl = \"redis://\xff\"\n");
    const auto garbled = ConnectionStore(file()).list();
    QVERIFY(!garbled.ok());
    QVERIFY2(garbled.failure().what.contains(u"line 2"_s), qPrintable(garbled.failure().what));
    QVERIFY2(garbled.failure().sentence().contains(u"UTF-8"_s), qPrintable(garbled.failure().sentence()));
}

void ConnectionStoreTest::anUnknownNameListsTheSavedOnes() {
    write("[db]\nurl = \"redis://x\"\n");
    const auto found = ConnectionStore(file()).find(u"bd"_s);
    QVERIFY(!found.ok());
    QVERIFY2(found.failure().nextStep.contains(u"@db"_s), qPrintable(found.failure().sentence()));
}

void ConnectionStoreTest::aStrangeNameIsRefused() {
    const auto saved =
        ConnectionStore(file()).save({u"a/../b"_s, u"redis://x"_s, Environment::production, {}, {}, {}, {}});
    QVERIFY(!saved.ok());
    QCOMPARE(saved.failure().kind, FailureKind::usage);
}

void ConnectionStoreTest::rulesAreReadAndWritten() {
    write(
        "[db]\nurl = \"postgresql://db/shop\"\n[[db.invariant]]\nname = \"a\"\nsql = \"SELECT 0\"\n"
        "[[db.invariant]]\nname = \"b\"\nsql = \"SELECT 1, 1\"\nevery = \"5m\"\ntimeout = \"250ms\"\n"
        "queue = \"orders\"\n");
    const ConnectionStore store(file());
    const auto saved = store.find(u"db"_s);
    QVERIFY2(saved.ok(), saved.ok() ? "" : qPrintable(saved.failure().sentence()));
    const std::vector<Invariant> expected{
        {u"a"_s, u"SELECT 0"_s, std::chrono::seconds{60}, std::chrono::milliseconds{1000}},
        {u"b"_s, u"SELECT 1, 1"_s, std::chrono::seconds{300}, std::chrono::milliseconds{250}, u"orders"_s}};
    QCOMPARE(saved->invariants, expected);
    QCOMPARE(settingsOf(*saved)->invariants, expected);
    QVERIFY(store.save(*saved).ok());
    QCOMPARE(store.find(u"db"_s)->invariants, expected);
}

void ConnectionStoreTest::aRuleThatMakesNoSense_data() {
    QTest::addColumn<QByteArray>("rule");
    QTest::addColumn<QString>("told");
    QTest::newRow("no sql") << QByteArray("name = \"a\"") << u"no sql"_s;
    QTest::newRow("no name") << QByteArray("sql = \"SELECT 0\"") << u"no name"_s;
    QTest::newRow("too often") << QByteArray("name = \"a\"\nsql = \"SELECT 0\"\nevery = \"10ms\"")
                               << u"every"_s;
    QTest::newRow("no time") << QByteArray("name = \"a\"\nsql = \"SELECT 0\"\ntimeout = \"soon\"")
                             << u"timeout"_s;
}

void ConnectionStoreTest::aRuleThatMakesNoSense() {
    QFETCH(QByteArray, rule);
    QFETCH(QString, told);
    write("[db]\nurl = \"postgresql://db/shop\"\n[[db.invariant]]\n" + rule + "\n");
    const auto saved = ConnectionStore(file()).find(u"db"_s);
    QVERIFY(!saved.ok());
    QVERIFY2(saved.failure().what.contains(told) && saved.failure().what.contains(u"\"db\""_s),
             qPrintable(saved.failure().sentence()));
}

void ConnectionStoreTest::thePasswordComesFromTheVariable() {
    qputenv("SPILLWAY_TEST_PASSWORD", "from env");
    const auto settings = settingsOf({u"db"_s,
                                      u"redis://cache/0"_s,
                                      Environment::staging,
                                      u"SPILLWAY_TEST_PASSWORD"_s,
                                      u"bullmq"_s,
                                      u"acme"_s,
                                      {u"/a.toml"_s}});
    QVERIFY(settings.ok());
    QCOMPARE(settings->password, u"from env"_s);
    QCOMPARE(settings->name, u"db"_s);
    QCOMPARE(settings->environment, Environment::staging);
    QCOMPARE(settings->onlySystem, u"bullmq"_s);
    QCOMPARE(settings->onlyNamespace, u"acme"_s);
    QCOMPARE(settings->mappingFiles, QStringList{u"/a.toml"_s});
}

void ConnectionStoreTest::aMissingVariableSaysWhich() {
    qunsetenv("SPILLWAY_TEST_PASSWORD");
    const auto settings = settingsOf(
        {u"db"_s, u"redis://cache/0"_s, Environment::staging, u"SPILLWAY_TEST_PASSWORD"_s, {}, {}, {}});
    QVERIFY(!settings.ok());
    QVERIFY(settings.failure().what.contains(u"SPILLWAY_TEST_PASSWORD"_s));
}

QTEST_GUILESS_MAIN(ConnectionStoreTest)
#include "tst_connection_store.moc"
