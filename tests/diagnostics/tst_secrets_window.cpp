// The window shows no password: not in its title, its labels, tool tips or settings, nor in what it copies.
#include <QAction>
#include <QClipboard>
#include <QDirIterator>
#include <QLabel>
#include <QLineEdit>
#include <QPointer>
#include <QSettings>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QtTest>

#include "app/console/main_window.h"
#include "tests/postgres/postgres_fixture.h"
#include "tests/postgres/systems/table_fixtures.h"
#include "widgets/dialogs/connect_dialog.h"
#include "widgets/dialogs/stage_list.h"
#include "widgets/pages/workspace.h"

using namespace spillway;
using namespace Qt::StringLiterals;

namespace {

const QString kPassword = u"Qz7rightPw"_s;

// All that a person, or a screen reader, could be told.
QString everythingOf(const QWidget& widget) {
    QStringList all{widget.windowTitle(), widget.toolTip(), widget.accessibleName()};
    for (const auto* child : widget.findChildren<QWidget*>()) {
        all << child->windowTitle() << child->toolTip() << child->accessibleName() << child->statusTip();
        if (const auto* label = qobject_cast<const QLabel*>(child))
            all << label->text().replace(QChar::Nbsp, u' ');
        if (const auto* line = qobject_cast<const QLineEdit*>(child)) all << line->displayText();
    }
    for (const auto* action : widget.actions()) all << action->text() << action->toolTip();
    return all.join(u'\n');
}

}  // namespace

class TestSecretsWindow : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void noneIsShownOrCopied();
    void aTestIsShownStageByStage();
    void aTestThatIsLeftEnds();

private:
    std::unique_ptr<MainWindow> window();
    QString url(const QString& password) {
        return u"postgresql://app:%1@127.0.0.1:%2/postgres"_s.arg(password).arg(m_fixture.server().port());
    }

    PostgresFixture m_fixture;
    QTemporaryDir m_home;
    std::unique_ptr<Theme> m_theme;
};

void TestSecretsWindow::initTestCase() {
    for (const char* variable : {"XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"})
        qputenv(variable, m_home.path().toLocal8Bit());
    QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, m_home.path());
    PrivatePostgres::Options options;
    options.tcp = true;
    options.hba = u"local all all trust\nhost all all all scram-sha-256\n"_s;
    const auto trouble = m_fixture.start(options);
    QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
    m_fixture.sql("CREATE ROLE app LOGIN SUPERUSER PASSWORD '" + kPassword.toStdString() + "'");
    m_fixture.sql(riverTables(6));
    m_theme = std::make_unique<Theme>(*qApp, ThemeMode::dark);
}

std::unique_ptr<MainWindow> TestSecretsWindow::window() {
    auto shown = std::make_unique<MainWindow>(ConnectionStore(m_home.filePath(u"connections.toml"_s)),
                                              FoundPlaces{QProcessEnvironment(), {}, {}}, m_theme.get());
    shown->show();
    return shown;
}

void TestSecretsWindow::noneIsShownOrCopied() {
    const auto shown = window();
    shown->open(*connectionFromUrl(url(kPassword)));
    shown->open(*connectionFromUrl(url(u"Qz7wrongPw"_s).replace(u"/postgres"_s, u"/other"_s)));
    QTRY_COMPARE(shown->session().views().size(), size_t(2));
    QTRY_VERIFY_WITH_TIMEOUT(shown->session().views()[0].last && shown->session().views()[1].failure, 60'000);
    // The refused one is asked for again: its URL is shown without it.
    QTRY_VERIFY(shown->findChild<ConnectDialog*>());
    const QString asked = everythingOf(*shown->findChild<ConnectDialog*>());
    QVERIFY2(asked.contains(u"postgresql://app@127.0.0.1"_s) && !asked.contains(u"Qz7wrongPw"_s),
             qPrintable(asked));
    const auto actions = shown->actions();
    const auto copy =
        std::ranges::find_if(actions, [](const QAction* a) { return a->text() == u"Copy diagnostics"_s; });
    QVERIFY(copy != actions.end());
    (*copy)->trigger();
    const QString copied = QGuiApplication::clipboard()->text();
    QVERIFY2(copied.contains(u"River"_s) && copied.contains(u"libpq"_s), qPrintable(copied));
    for (auto* dialog : shown->findChildren<QDialog*>()) dialog->close();
    shown->close();
    QString files;
    QDirIterator all(m_home.path(), QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
    while (all.hasNext()) {
        QFile file(all.next());
        QVERIFY(file.open(QIODevice::ReadOnly));
        files += QString::fromUtf8(file.readAll());
    }
    for (const QString& secret : {kPassword, u"Qz7wrongPw"_s}) {
        QVERIFY2(!everythingOf(*shown).contains(secret), qPrintable(everythingOf(*shown)));
        QVERIFY2(!copied.contains(secret), qPrintable(copied));
        QVERIFY(!files.contains(secret));
    }
}

void TestSecretsWindow::aTestIsShownStageByStage() {
    const auto shown = window();
    emit shown->workspace()->connectDialogRequested();
    auto* dialog = shown->findChild<ConnectDialog*>();
    QVERIFY(dialog);
    ConnectionRequest request;
    request.url = url(u"-"_s).replace(u":-@"_s, u"@"_s);
    request.password = u"Qz7wrongPw"_s;
    dialog->setRequest(request);
    QSignalSpy asked(dialog, &ConnectDialog::testRequested);
    emit dialog->testRequested(request);
    const auto* stages = dialog->findChild<StageList*>();
    QTRY_VERIFY_WITH_TIMEOUT(everythingOf(*stages).contains(u"Queues skipped"_s), 60'000);
    const QString told = everythingOf(*dialog);
    for (const QString& each : {u"TCP ok"_s, u"Login failed"_s, u"password authentication failed"_s})
        QVERIFY2(told.contains(each), qPrintable(each + u" is not in\n"_s + told));
    QVERIFY2(!told.contains(u"Qz7wrongPw"_s), qPrintable(told));
    // And again, with the right one: the old lines have gone.
    request.password = kPassword;
    emit dialog->testRequested(request);
    QTRY_VERIFY_WITH_TIMEOUT(everythingOf(*stages).contains(u"Queues ok"_s), 60'000);
    QVERIFY(!everythingOf(*stages).contains(u"Login failed"_s));
    QTRY_VERIFY(everythingOf(*dialog).contains(u"answers: River"_s));
    QCOMPARE(asked.size(), 2);
    dialog->reject();
}

// The server accepts and says nothing; the window does not wait for it.
void TestSecretsWindow::aTestThatIsLeftEnds() {
    QTcpServer silent;
    QVERIFY(silent.listen(QHostAddress::LocalHost));
    auto shown = window();
    emit shown->workspace()->connectDialogRequested();
    const QPointer<ConnectDialog> dialog = shown->findChild<ConnectDialog*>();
    QVERIFY(dialog);
    ConnectionRequest request;
    request.url = u"redis://127.0.0.1:%1/0"_s.arg(silent.serverPort());
    dialog->setRequest(request);
    emit dialog->testRequested(request);
    QTRY_VERIFY_WITH_TIMEOUT(everythingOf(*dialog).contains(u"TCP ok"_s), 60'000);
    QElapsedTimer clock;
    clock.start();
    dialog->reject();
    QTRY_VERIFY(!dialog);
    shown.reset();
    QVERIFY2(clock.elapsed() < 4'000, "it waited for the deadline");
}

QTEST_MAIN(TestSecretsWindow)
#include "tst_secrets_window.moc"
