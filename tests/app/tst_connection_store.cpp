// Saved connections: what is written can be read, and a password never reaches the file.
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

#include "app/connections/connection_store.h"
#include "app/connections/redaction_file.h"
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
    void aPasswordThatOthersMayReadIsTold_data();
    void aPasswordThatOthersMayReadIsTold();
    void onlyTheOwnerCanReadTheFile();
    void aMissingFileIsAnEmptyList();
    void aBrokenFileNamesTheLine();
    void anUnknownNameListsTheSavedOnes();
    void aStrangeNameIsRefused();
    void rulesAreReadAndWritten();
    void commentsAndOrderSurvive();
    void whatCannotBeChangedInPlaceIsWrittenAnew_data();
    void whatCannotBeChangedInPlaceIsWrittenAnew();
    void everyFieldIsReadAndWritten();
    void aChangedRuleLeavesTheOthersAndTheirComments();
    void aRemovedOneComesBackAsItWas();
    void aRenamedOneKeepsAll();
    void whatIsExportedIsReadAgainWithoutSecrets();
    void redactionRulesKeepTheirFile();
    void aRuleThatMakesNoSense_data();
    void aRuleThatMakesNoSense();
    void whatHasNoEffectIsSaid_data();
    void whatHasNoEffectIsSaid();
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

void ConnectionStoreTest::aPasswordThatOthersMayReadIsTold_data() {
    QTest::addColumn<QByteArray>("url");
    QTest::addColumn<bool>("shared");
    QTest::addColumn<bool>("told");
    QTest::newRow("a password, readable by all")
        << QByteArray("postgresql://me:s3cret@db/shop") << true << true;
    QTest::newRow("a password, the owner's alone")
        << QByteArray("postgresql://me:s3cret@db/shop") << false << false;
    QTest::newRow("no password") << QByteArray("postgresql://me@db/shop") << true << false;
}

void ConnectionStoreTest::aPasswordThatOthersMayReadIsTold() {
    QFETCH(QByteArray, url);
    QFETCH(bool, shared);
    QFETCH(bool, told);
    QVERIFY(QDir().mkpath(QFileInfo(file()).path()));
    QFile written(file());
    QVERIFY(written.open(QIODevice::WriteOnly));
    written.write("[db]\nurl = \"" + url + "\"\n");
    written.close();
    const auto own = QFile::ReadOwner | QFile::WriteOwner;
    QVERIFY(written.setPermissions(shared ? own | QFile::ReadGroup | QFile::ReadOther : own));
    const ConnectionStore store(file());
    const QString exposure = store.exposure(*store.find(u"db"_s));
    QCOMPARE(!exposure.isEmpty(), told);
    QVERIFY(!exposure.contains(u"s3cret"_s));
    if (told) QVERIFY(exposure.contains(u"chmod 600"_s) && exposure.contains(u"@db"_s));
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

void ConnectionStoreTest::commentsAndOrderSurvive() {
    write(
        "# Ask Ana before you touch prod.\n\n"
        "# The shop\n[zeta-prod]   # since 2024\nurl = \"postgresql://db/shop\"  # behind the pooler\n"
        "environment = \"production\"\nfuture_key = 1  # of a newer version\n"
        "dead_letter_queues = [\n  \"*-dlq\",  # ours\n  \"*:dead\",\n]\n\n"
        "[[zeta-prod.invariant]]  # the big one\nname = \"paid\"\nsql = \"SELECT 0\"\n\n"
        "# Grün, ünd ☂ before it\n[ alpha ]\nurl = 'redis://cache'\n\n# The last word\n");
    const QByteArray before = content();
    const ConnectionStore store(file());
    QCOMPARE(store.list()->front().name, u"zeta-prod"_s);  // in the file's order

    // Nothing changes: nothing is touched.
    QVERIFY(store.save(*store.find(u"zeta-prod"_s)).ok());
    QCOMPARE(content(), before);

    SavedConnection changed = *store.find(u"zeta-prod"_s);
    changed.url = u"postgresql://db2/shop"_s;
    changed.environment = Environment::staging;
    changed.passwordVariable = u"SHOP_PASSWORD"_s;
    QVERIFY(store.save(changed).ok());
    QByteArray expected = before;
    expected.replace("//db/shop", "//db2/shop").replace("\"production\"", "\"staging\"");
    expected.replace("\"*:dead\",\n]\n", "\"*:dead\",\n]\npassword_env = \"SHOP_PASSWORD\"\n");
    QCOMPARE(QString::fromUtf8(content()).replace(u'\'', u'"'),
             QString::fromUtf8(expected).replace(u'\'', u'"'));
    QVERIFY(*store.find(u"zeta-prod"_s) == changed);

    // A list loses its lines, a key goes with its line; the rest stays.
    changed.deadLetterQueues = {u"dead"_s};
    changed.passwordVariable.clear();
    QVERIFY(store.save(changed).ok());
    QVERIFY2(!content().contains("*-dlq") && !content().contains("SHOP_PASSWORD"), content().constData());
    for (const char* kept : {"# Ask Ana", "# The shop", "# since 2024", "# behind the pooler", "# of a newer",
                             "# the big one", "ünd ☂", "# The last word", "'redis://cache'"})
        QVERIFY2(content().contains(kept), kept);
    QVERIFY(*store.find(u"zeta-prod"_s) == changed);

    // A new one comes last; one that goes takes its own comment along.
    QVERIFY(store.save({.name = u"b.c"_s, .url = u"redis://other"_s}).ok());
    QCOMPARE(store.list()->back().name, u"b.c"_s);
    QVERIFY(store.remove(u"alpha"_s).ok());
    QVERIFY2(!content().contains("ünd ☂") && content().contains("# The last word"), content().constData());
    QVERIFY(store.remove(u"zeta-prod"_s).ok());
    QVERIFY2(!content().contains("# The shop") && !content().contains("the big one"), content().constData());
    QVERIFY(content().startsWith("# Ask Ana"));
    QCOMPARE(store.list()->size(), 1U);
}

namespace {

SavedConnection fullConnection() {
    SavedConnection full;
    full.name = u"shop"_s;
    full.url = u"postgresql://db/shop"_s;
    full.environment = Environment::staging;
    full.passwordVariable = u"SHOP_PASSWORD"_s;
    full.onlySystem = u"pgboss"_s;
    full.onlyNamespace = u"jobs"_s;
    full.mappingFiles = {u"/etc/a.toml"_s};
    full.deadLetterQueues = {u"*-dlq"_s};
    full.invariants = {{u"paid"_s, u"SELECT 0"_s}};
    full.folder = u"Payments"_s;
    full.colour = u"#56b4e9"_s;
    full.pollInterval = std::chrono::seconds{10};
    full.armedFor = std::chrono::minutes{5};
    full.actingUser = u"spillway_act"_s;
    full.actingPasswordVariable = u"SHOP_ACT"_s;
    full.objectives = {{.queues = u"orders-*"_s,
                        .oldest_warning_s = 600,
                        .oldest_critical_s = 3600,
                        .dead_warning_s = 86400,
                        .dead_critical_s = 172800,
                        .retry_warning_share = 0.15,
                        .retry_critical_share = 0.4},
                       {.queues = u"mails"_s, .oldest_warning_s = 30}};
    return full;
}

}  // namespace

void ConnectionStoreTest::everyFieldIsReadAndWritten() {
    const ConnectionStore store(file());
    const SavedConnection full = fullConnection();
    QVERIFY(store.save(full).ok());
    QVERIFY2(*store.find(u"shop"_s) == full, content().constData());
    QVERIFY2(content().contains("[[shop.objective]]"), content().constData());
    qputenv("SHOP_PASSWORD", "look");
    qputenv("SHOP_ACT", "act");
    const auto settings = settingsOf(full);
    QVERIFY(settings.ok());
    QCOMPARE(settings->pollInterval, full.pollInterval);
    QCOMPARE(settings->armedFor, full.armedFor);
    QVERIFY(settings->objectives == full.objectives);
    QCOMPARE(settings->folder, u"Payments"_s);
    const ConnectionSettings acting = actingSettings(*settings);
    QCOMPARE(acting.user, u"spillway_act"_s);
    QCOMPARE(acting.password, u"act"_s);
    qunsetenv("SHOP_PASSWORD");
    qunsetenv("SHOP_ACT");
    SavedConnection watched = full;
    watched.passwordVariable.clear();
    watched.armedFor = std::chrono::milliseconds{0};
    QVERIFY(store.save(watched).ok());
    QVERIFY2(content().contains("arming = 'never'"), content().constData());
    QVERIFY(refusesActing(*settingsOf(*store.find(u"shop"_s))));
    QCOMPARE(ConnectionStore(file()).unheard(), QStringList());
}

void ConnectionStoreTest::aChangedRuleLeavesTheOthersAndTheirComments() {
    write(
        "# The file\n[shop]  # ours\nurl = \"postgresql://db/shop\"\n\n"
        "[[shop.invariant]]  # the first\nname = \"a\"  # said Ana\nsql = \"SELECT 0\"\n\n"
        "[[shop.invariant]]\nname = \"b\"\nsql = \"SELECT 1\"\n\n"
        "# The cache\n[cache]\nurl = 'redis://cache'\n");
    const ConnectionStore store(file());
    SavedConnection changed = *store.find(u"shop"_s);
    changed.invariants[1].sql = u"SELECT 2"_s;
    changed.invariants.push_back({u"c"_s, u"SELECT 3"_s});
    changed.objectives = {{.queues = u"orders"_s, .oldest_warning_s = 60}};
    changed.folder = u"Shops"_s;
    QVERIFY(store.save(changed).ok());
    QVERIFY2(*store.find(u"shop"_s) == changed, content().constData());
    for (const char* kept :
         {"# The file", "# ours", "# the first", "# said Ana", "# The cache", "'redis://cache'"})
        QVERIFY2(content().contains(kept), content().constData());
    QCOMPARE(content().count("[[shop.invariant]]"), 3);
    changed.invariants.pop_back();
    changed.objectives.clear();
    QVERIFY(store.save(changed).ok());
    QVERIFY2(*store.find(u"shop"_s) == changed, content().constData());
    changed.invariants.clear();
    QVERIFY(store.save(changed).ok());
    QVERIFY2(*store.find(u"shop"_s) == changed && content().contains("# The cache") &&
                 content().contains("# ours"),
             content().constData());
}

void ConnectionStoreTest::aRemovedOneComesBackAsItWas() {
    write(
        "# The shop\n[shop]  # ours\nurl = \"postgresql://db/shop\"\n\n# Last\n[cache]\nurl = 'redis://c'\n");
    const QByteArray before = content();
    const ConnectionStore store(file());
    auto removed = store.take(u"shop"_s);
    QVERIFY(removed.ok());
    QCOMPARE(store.list()->size(), 1U);
    QVERIFY(store.putBack(*removed).ok());
    QCOMPARE(content(), before);
    QVERIFY(!store.putBack(*removed).ok());  // it is there

    // Somebody else wrote in between: nothing of theirs is lost.
    removed = store.take(u"shop"_s);
    QVERIFY(store.save({.name = u"new"_s, .url = u"redis://new"_s}).ok());
    QVERIFY(store.putBack(*removed).ok());
    QCOMPARE(store.list()->size(), 3U);
    QVERIFY(store.find(u"new"_s).ok() && store.find(u"shop"_s).ok());
}

void ConnectionStoreTest::aRenamedOneKeepsAll() {
    const ConnectionStore store(file());
    QVERIFY(store.save(fullConnection()).ok());
    QVERIFY(store.save({.name = u"cache"_s, .url = u"redis://c"_s}).ok());
    SavedConnection renamed = fullConnection();
    renamed.name = u"cache"_s;
    QVERIFY(!store.replace(u"shop"_s, renamed).ok());
    renamed.name = u"shop-2"_s;
    QVERIFY(store.replace(u"shop"_s, renamed).ok());
    QVERIFY(*store.find(u"shop-2"_s) == renamed);
    QVERIFY(!store.find(u"shop"_s).ok());
    QVERIFY(!store.replace({}, renamed).ok());
}

void ConnectionStoreTest::whatIsExportedIsReadAgainWithoutSecrets() {
    SavedConnection secret = fullConnection();
    secret.url = u"postgresql://me:hunter2@db/shop"_s;
    SavedConnection other{.name = u"b.c"_s, .url = u"redis://:hunter2@c"_s};
    write(ConnectionStore::exported({secret, other}));
    QVERIFY2(!content().contains("hunter2"), content().constData());
    const auto read = ConnectionStore(file()).list();
    QVERIFY2(read.ok(), read.ok() ? "" : qPrintable(read.failure().sentence()));
    QCOMPARE(read->size(), 2U);
    secret.url = u"postgresql://me@db/shop"_s;
    QVERIFY2(read->front() == secret, content().constData());
}

void ConnectionStoreTest::redactionRulesKeepTheirFile() {
    const QString path = redactionFileBeside(file());
    QVERIFY(redactionRules(path).empty());
    QVERIFY(saveRedactionRules(path, {u"email"_s, u"$.a.b"_s}).ok());
    QCOMPARE(*listRedactionRules(path), QStringList({u"email"_s, u"$.a.b"_s}));
    QFile rules(path);
    QVERIFY(rules.open(QIODevice::WriteOnly));
    rules.write("# by the privacy team\nhide = [\n  \"email\",  # ticket 7\n]  # end\n");
    rules.close();
    QVERIFY(saveRedactionRules(path, {u"iban"_s}).ok());
    QVERIFY(rules.open(QIODevice::ReadOnly));
    const QByteArray text = rules.readAll();
    rules.close();
    QVERIFY2(text.contains("# by the privacy team") && text.contains("# end"), text.constData());
    QCOMPARE(*listRedactionRules(path), QStringList{u"iban"_s});
    QVERIFY(!saveRedactionRules(path, {u"$."_s}).ok());
    // Nobody knows what a broken file meant to hide.
    for (const char* broken : {"hide = [", "hide = \"email\"", "hide = [1]", "hide = [\"$.\"]", "hid = []"}) {
        QVERIFY(rules.open(QIODevice::WriteOnly));
        rules.write(broken);
        rules.close();
        QVERIFY2(!redactionRules(path).fault().isEmpty(), broken);
    }
}

void ConnectionStoreTest::whatCannotBeChangedInPlaceIsWrittenAnew_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("inline") << QByteArray("db = { url = \"redis://a\", environment = \"staging\" }\n");
    QTest::newRow("dotted") << QByteArray("db.url = \"redis://a\"\ndb.environment = \"staging\"\n");
    QTest::newRow("CRLF") << QByteArray("[db]\nurl = \"redis://a\"\r\nenvironment = \"staging\"\r\n");
    QTest::newRow("no newline at the end")
        << QByteArray("[db]\nenvironment = \"staging\"\nurl = \"redis://a\"");
    QTest::newRow("brackets in a text") << QByteArray(
        "[db]\nurl = \"redis://a\"\nenvironment = \"staging\"\nmappings = [\"\"\"\n[other]\n\"\"\"]\n");
}

void ConnectionStoreTest::whatCannotBeChangedInPlaceIsWrittenAnew() {
    QFETCH(QByteArray, text);
    write(text);
    const ConnectionStore store(file());
    auto saved = store.find(u"db"_s);
    QVERIFY2(saved.ok(), saved.ok() ? "" : qPrintable(saved.failure().sentence()));
    SavedConnection changed = *saved;
    changed.url = u"redis://b"_s;
    changed.onlySystem = u"bullmq"_s;
    QVERIFY(store.save(changed).ok());
    QVERIFY(*store.find(u"db"_s) == changed);
    QVERIFY(store.save({.name = u"other"_s, .url = u"redis://c"_s}).ok());
    QCOMPARE(store.list()->size(), 2U);
    QVERIFY(store.remove(u"db"_s).ok());
    QCOMPARE(store.list()->size(), 1U);
    QCOMPARE(store.list()->front().name, u"other"_s);
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

void ConnectionStoreTest::whatHasNoEffectIsSaid_data() {
    QTest::addColumn<QByteArray>("lines");
    QTest::addColumn<QString>("said");  // after the file; empty: nothing
    const auto row = [](const char* name, const QByteArray& lines, const QString& said) {
        QTest::newRow(name) << lines << said;
    };
    row("all known", "color = \"#ffffff\"\npoll = \"5s\"\n", {});
    row("British", "colour = \"#ffffff\"\n",
        u", line 4: \"colour\" of [db] is no key of Spillway and has no effect. Is \"color\" meant?"_s);
    row("two letters swapped", "enviroment = \"staging\"\n",
        u", line 4: \"enviroment\" of [db] is no key of Spillway and has no effect. Is \"environment\" meant?"_s);
    row("its beginning", "password = \"x\"\n",
        u", line 4: \"password\" of [db] is no key of Spillway and has no effect. Is \"password_env\" meant?"_s);
    row("wrong kind", "\npoll = 5\n",
        u", line 5: \"poll\" of [db] is of the wrong kind and has no effect. Write poll = \"…\"."_s);
    row("a text for a list", "mappings = \"a.toml\"\n",
        u", line 4: \"mappings\" of [db] is of the wrong kind and has no effect. Write mappings = [\"…\"]."_s);
    row("in a block", "[[db.objective]]\nqueue = \"*\"\nold_warning = \"5m\"\n",
        u", line 6: \"old_warning\" of [[db.objective]] is no key of Spillway and has no effect. Is "
        "\"oldest_warning\" meant?"_s);
}

void ConnectionStoreTest::whatHasNoEffectIsSaid() {
    QFETCH(QByteArray, lines);
    QFETCH(QString, said);
    write("# Ours\n[db]\nurl = \"redis://c\"\n" + lines + "[other]\nurl = \"redis://d\"\n");
    const ConnectionStore store(file());
    QVERIFY(store.find(u"db"_s).ok());  // it is no reason to refuse the file
    QCOMPARE(store.unheard(), said.isEmpty() ? QStringList() : QStringList{file() + said});
    QCOMPARE(store.unheard(u"db"_s), store.unheard());
    QCOMPARE(store.unheard(u"other"_s), QStringList());
    QVERIFY(!store.unheard().join(u' ').contains(u"\"x\""_s));  // it may be a password
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
