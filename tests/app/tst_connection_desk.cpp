// The connection manager from the first click to the file: edit, duplicate, remove and take back, import,
// export, preview.
#include <QComboBox>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QSignalSpy>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeWidget>
#include <algorithm>

#include "app/console/connection_desk.h"
#include "app/console/keychain.h"
#include "app/demo/private_redis.h"
#include "app/live/trial_thread.h"
#include "backends/history/history_store.h"
#include "tests/redis/redis_probe.h"
#include "tests/support/reading_builder.h"
#include "widgets/dialogs/limits_pane.h"
#include "widgets/dialogs/text_lines.h"
#include "widgets/dialogs/trial_pane.h"
#include "widgets/parts/safe_label.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

namespace {

class MemoryKeychain final : public Keychain {
public:
    explicit MemoryKeychain(QHash<QString, QString>& kept) : m_kept(kept) {}
    void read(const QString& connection, QObject*, std::function<void(QString)> done) override {
        done(m_kept.value(connection));
    }
    void keep(const QString& connection, const QString& password, QObject*,
              std::function<void(QString)> done) override {
        m_kept.insert(connection, password);
        done({});
    }
    void forget(const QString& connection) override { m_kept.remove(connection); }

private:
    QHash<QString, QString>& m_kept;
};

QPushButton* button(const QWidget& in, const QString& name) {
    for (auto* each : in.findChildren<QPushButton*>())
        if (each->accessibleName() == name || each->text() == name) return each;
    return nullptr;
}

}  // namespace

class ConnectionDeskTest : public QObject {
    Q_OBJECT
private slots:
    void init();
    void anEditReachesTheFileAndItsCommentsStay();
    void aWrongFieldIsSaidAndNothingIsWritten();
    void aRemovedOneIsTakenBack();
    void aDuplicateIsANewOne();
    void passwordsGoToTheKeychain();
    void whatIsFoundCanBeImported();
    void aPatternSaysWhatItMatches();
    void limitsAreTriedOnTheHistory();
    void everyControlHasAName();
    void theTestTriesWhatIsFilledIn();
    void aTestThatIsLeftEnds();
    void whatHasNoEffectInTheFileIsSaid();

private:
    QString file() const { return m_directory->filePath(u"connections.toml"_s); }
    QByteArray content() const {
        QFile f(file());
        return f.open(QIODevice::ReadOnly) ? f.readAll() : QByteArray();
    }
    QLineEdit* field(const QString& name) const {
        for (auto* each : m_manager->findChildren<QLineEdit*>())
            if (each->accessibleName() == name) return each;
        return nullptr;
    }
    // What the pane of the test shows.
    QString told() const {
        QStringList all;
        for (const auto* label : m_manager->form()->trial()->findChildren<QLabel*>())
            if (label->isVisibleTo(m_manager->form()->trial()))
                all << label->accessibleName() << label->text();
        return all.join(u'\n');
    }
    void press(const QString& name) const { button(*m_manager, name)->click(); }

    std::optional<QTemporaryDir> m_directory;
    QHash<QString, QString> m_kept;
    std::unique_ptr<Keychain> m_keychain;
    std::unique_ptr<QWidget> m_window;
    ConnectionDesk* m_desk = nullptr;
    ConnectionManager* m_manager = nullptr;
};

void ConnectionDeskTest::init() {
    QVERIFY(m_directory.emplace().isValid());
    QFile f(file());
    QVERIFY(f.open(QIODevice::WriteOnly));
    f.write(
        "# Ask Ana\n[shop]  # ours\nurl = \"postgresql://db/shop\"\n\n[cache]\nurl = \"redis://c\"\n"
        "environment = \"staging\"\n");
    f.close();
    m_kept = {{u"shop"_s, u"old"_s}};
    m_keychain = std::make_unique<MemoryKeychain>(m_kept);
    m_window = std::make_unique<QWidget>();
    QProcessEnvironment environment;
    environment.insert(u"DATABASE_URL"_s, u"postgresql://me:hunter2@db/found"_s);
    environment.insert(u"HOME"_s, m_directory->path());
    m_desk = new ConnectionDesk(
        ConnectionStore(file()), {environment, {}, {}}, [this] { return m_keychain.get(); }, m_window.get());
    m_manager = m_desk->show({}, u"shop"_s);
}

void ConnectionDeskTest::anEditReachesTheFileAndItsCommentsStay() {
    QVERIFY(!button(*m_manager, u"Save"_s)->isEnabled());
    field(u"User for acting"_s)->setText(u"act"_s);
    m_manager->form()->findChild<QComboBox*>()->setFocus();
    QVERIFY(button(*m_manager, u"Save"_s)->isEnabled());
    press(u"Save"_s);
    QVERIFY2(content().contains("acting_user") && content().contains("# ours") &&
                 content().startsWith("# Ask Ana"),
             content().constData());
    QSignalSpy edited(m_desk, &ConnectionDesk::edited);
    field(u"Name"_s)->setText(u"shop-2"_s);
    press(u"Save"_s);
    QCOMPARE(edited.size(), 1);
    QCOMPARE(edited[0][0].toString(), u"shop"_s);  // the name under which it may be open
    QVERIFY2(content().contains("[shop-2]") && !content().contains("[shop]"), content().constData());
    QCOMPARE(m_kept.value(u"shop-2"_s), u"old"_s);
}

void ConnectionDeskTest::aWrongFieldIsSaidAndNothingIsWritten() {
    const QByteArray before = content();
    field(u"URL"_s)->setText(u"mysql://x"_s);
    press(u"Save"_s);
    QCOMPARE(content(), before);
    field(u"URL"_s)->setText(u"redis://x"_s);
    field(u"Name"_s)->setText(u"cache"_s);  // taken
    press(u"Save"_s);
    QCOMPARE(content(), before);
    press(u"Revert"_s);
    QCOMPARE(field(u"Name"_s)->text(), u"shop"_s);
}

void ConnectionDeskTest::aRemovedOneIsTakenBack() {
    const QByteArray before = content();
    press(u"Delete"_s);
    QVERIFY(!content().contains("[shop]"));
    const auto labels = m_manager->findChildren<SafeLabel*>();
    QVERIFY(std::ranges::any_of(labels, [](const SafeLabel* label) {
        return label->safeText().startsWith(u"Removed shop."_s);  // not the one that is shown now
    }));
    QVERIFY(m_kept.contains(u"shop"_s));
    press(u"Undo"_s);
    QCOMPARE(content(), before);
    QCOMPARE(field(u"Name"_s)->text(), u"shop"_s);
    press(u"Delete"_s);
    static_cast<QDialog*>(m_manager)->reject();
    QVERIFY(!m_kept.contains(u"shop"_s));
}

void ConnectionDeskTest::aDuplicateIsANewOne() {
    press(u"Duplicate"_s);
    QCOMPARE(field(u"Name"_s)->text(), u"shop-copy"_s);
    press(u"Save"_s);
    const auto copy = ConnectionStore(file()).find(u"shop-copy"_s);
    QVERIFY(copy.ok());
    QCOMPARE(copy->url, u"postgresql://db/shop"_s);
    QVERIFY(ConnectionStore(file()).find(u"shop"_s).ok());
}

void ConnectionDeskTest::passwordsGoToTheKeychain() {
    field(u"Password"_s)->setText(u"hunter2"_s);
    field(u"Password for acting"_s)->setText(u"hunter3"_s);
    press(u"Save"_s);
    QCOMPARE(m_kept.value(u"shop"_s), u"hunter2"_s);
    QCOMPARE(m_kept.value(actingKey(u"shop"_s)), u"hunter3"_s);
    QVERIFY(!content().contains("hunter"));
    QVERIFY(field(u"Password"_s)->text().isEmpty());
}

void ConnectionDeskTest::whatIsFoundCanBeImported() {
    press(u"Import…"_s);
    auto* dialog = m_manager->findChild<ImportDialog*>();
    QVERIFY(dialog);
    QCOMPARE(dialog->list()->count(), 1);
    QVERIFY(!dialog->list()->item(0)->text().contains(u"hunter2"_s));
    QCOMPARE(dialog->list()->item(0)->checkState(), Qt::Unchecked);
    dialog->list()->item(0)->setCheckState(Qt::Checked);
    button(*dialog, u"Import 1"_s)->click();
    const auto all = ConnectionStore(file()).list();
    QCOMPARE(all->size(), 3U);
    QCOMPARE(all->back().url, u"postgresql://me@db/found"_s);
    QCOMPARE(m_kept.value(all->back().name), u"hunter2"_s);
    QVERIFY(!content().contains("hunter2"));
}

void ConnectionDeskTest::aPatternSaysWhatItMatches() {
    QCOMPARE(patternPreview({u"*-dlq"_s}, nullptr), u"Not connected: it cannot be said what this matches."_s);
    auto reading = std::make_shared<Reading>();
    reading->systems.emplace_back();
    for (const QString& name : {u"orders"_s, u"orders-dlq"_s, u"a/b-dlq"_s}) {
        reading->systems[0].queues.emplace_back();
        reading->systems[0].queues.back().reading.queue = name;
    }
    ConnectionView view;
    view.name = u"shop"_s;
    view.last = reading;
    m_desk->setViews({view});
    m_manager->findChildren<TextLines*>().at(1)->setLines({u"*-dlq"_s});
    QCOMPARE(patternPreview({u"*-dlq"_s}, &view), u"Matches 2 queues: orders-dlq, a/b-dlq."_s);
    QStringList shown;
    for (auto* label : m_manager->findChildren<SafeLabel*>()) shown << label->safeText();
    QVERIFY2(shown.contains(u"Matches 2 queues: orders-dlq, a/b-dlq."_s), qPrintable(shown.join(u'|')));
}

void ConnectionDeskTest::limitsAreTriedOnTheHistory() {
    const QString path = m_directory->filePath(u"history.sqlite"_s);
    const ServerTime now = SystemClock().wallNow();
    {
        const SystemClock clock;
        auto store = HistoryStore::open({.path = path}, clock);
        QVERIFY(store.ok());
        for (int second = 3600; second > 0; second -= 5) {
            const double age = second > 1800 ? 10 : second > 600 ? 400 : 4000;
            HistoryBatch batch{u"shop"_s, now - std::chrono::seconds{second}, 0, {}, {}};
            batch.queues.push_back({u"pgboss"_s, u"orders"_s, {{u"oldest_age_s"_s, age}}});
            (*store)->record(batch);
        }
        QVERIFY((*store)->flush().ok());
    }
    const QString said = limitsInHistory(
        path, u"shop"_s, {{.queues = u"ord*"_s, .oldest_warning_s = 300, .oldest_critical_s = 3000}}, now);
    QVERIFY2(said.contains(u"orders: warning ≤ 2"_s) && said.contains(u"critical ≤ 1"_s), qPrintable(said));
    QVERIFY(limitsInHistory(path, u"shop"_s, {{.queues = u"mails"_s}}, now)
                .startsWith(u"No history is recorded"_s));
    QVERIFY(limitsInHistory(path + u"x"_s, u"shop"_s, {}, now).startsWith(u"No history can be read"_s));
    m_desk->lookInto([path](const QString&) { return path; });
    emit m_manager->form()->limitsPreviewWanted(u"shop"_s,
                                                {{.queues = u"orders"_s, .oldest_warning_s = 300}});
    QTRY_VERIFY(m_manager->form()->limits()->preview()->safeText().contains(u"orders: warning"_s));
}

void ConnectionDeskTest::everyControlHasAName() {
    for (auto* each : m_manager->findChildren<QWidget*>()) {
        if (each->focusPolicy() == Qt::NoFocus || each->objectName().startsWith(u"qt_"_s)) continue;
        if (!qobject_cast<QLineEdit*>(each) && !qobject_cast<QPushButton*>(each)) continue;
        if (qobject_cast<QComboBox*>(each->parentWidget())) continue;
        const auto* push = qobject_cast<QPushButton*>(each);  // its text names it
        const bool named = !each->accessibleName().isEmpty() || (push && !push->text().isEmpty());
        QVERIFY2(named && !each->toolTip().isEmpty(),
                 qPrintable(QString::fromLatin1(each->metaObject()->className()) + each->accessibleName()));
    }
}

void ConnectionDeskTest::theTestTriesWhatIsFilledIn() {
    auto redis = PrivateRedis::start();
    QVERIFY2(redis.ok(), redis.ok() ? "" : qPrintable(redis.failure().sentence()));
    redisCommand(**redis, {"HSET", "bull:mail:meta", "version", "bullmq:5.1.0"});
    redisCommand(**redis, {"SET", "bull:mail:id", "1"});
    redisCommand(**redis, {"ACL", "SETUSER", "ana", "on", ">right", "~*", "+@all"});
    const QByteArray before = content();
    field(u"URL"_s)->setText(u"unix://ana@"_s + (*redis)->socketPath());
    press(u"Test"_s);  // with the keychain's password, which is the old one
    QTRY_VERIFY_WITH_TIMEOUT(told().contains(u"Queues skipped"_s), 20'000);
    QVERIFY2(told().contains(u"Login failed"_s), qPrintable(told()));
    field(u"Password"_s)->setText(u"right"_s);
    QVERIFY2(!told().contains(u"failed"_s), qPrintable(told()));  // that was of another password
    press(u"Test"_s);
    QTRY_VERIFY_WITH_TIMEOUT(told().contains(u"Queues ok"_s), 20'000);
    QTRY_VERIFY2(told().contains(u"answers: BullMQ"_s), qPrintable(told()));
    QVERIFY2(!told().contains(u"right"_s), qPrintable(told()));
    field(u"URL"_s)->setText(u"mysql://x"_s);
    press(u"Test"_s);
    QVERIFY2(told().contains(u"postgresql://"_s), qPrintable(told()));
    QCOMPARE(content(), before);
    QCOMPARE(m_kept.value(u"shop"_s), u"old"_s);
}

// The server accepts and says nothing.
void ConnectionDeskTest::aTestThatIsLeftEnds() {
    QTcpServer silent;
    QVERIFY(silent.listen(QHostAddress::LocalHost));
    field(u"URL"_s)->setText(u"redis://127.0.0.1:%1/0"_s.arg(silent.serverPort()));
    press(u"Test"_s);
    QTRY_VERIFY_WITH_TIMEOUT(told().contains(u"TCP ok"_s), 20'000);
    QVERIFY(!button(*m_manager, u"Test"_s)->isEnabled());
    press(u"Revert"_s);
    QVERIFY(!m_manager->form()->trial()->isRunning());
    QVERIFY(m_manager->form()->trial()->findChildren<TrialThread*>().isEmpty());
    QVERIFY2(!told().contains(u"TCP"_s), qPrintable(told()));
    QVERIFY(button(*m_manager, u"Test"_s)->isEnabled());
}

void ConnectionDeskTest::whatHasNoEffectInTheFileIsSaid() {
    const auto shown = [this] {
        QString all;
        for (const auto* label : m_manager->findChildren<SafeLabel*>())
            if (label->isVisibleTo(m_manager)) all += label->safeText() + u'\n';
        return all;
    };
    QVERIFY(!shown().contains(u"no effect"_s));
    QFile f(file());
    QVERIFY(f.open(QIODevice::Append));
    f.write("colour = \"#ffffff\"\n");
    f.close();
    field(u"User for acting"_s)->setText(u"act"_s);
    press(u"Save"_s);
    QVERIFY2(shown().contains(u"Is \"color\" meant?"_s), qPrintable(shown()));
    QVERIFY(content().contains("colour"));  // it stays: it is theirs
}

QTEST_MAIN(ConnectionDeskTest)
#include "tst_connection_desk.moc"
