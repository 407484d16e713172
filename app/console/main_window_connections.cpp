// The window's connections: tried, opened, saved, edited, replaced, and the passwords they need.
#include <QPushButton>
#include <utility>

#include "app/connections/redaction_file.h"
#include "app/connections/url_secret.h"
#include "app/console/connection_desk.h"
#include "app/console/finding_desk.h"
#include "app/console/keychain.h"
#include "app/console/main_window.h"
#include "app/console/preferences_desk.h"
#include "app/console/shown_trial.h"
#include "backends/domain/display_zone.h"
#include "widgets/dialogs/connect_dialog.h"
#include "widgets/dialogs/trial_pane.h"
#include "widgets/pages/first_start_page.h"
#include "widgets/pages/queue_page.h"
#include "widgets/pages/workspace.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// Failure: usage, as for a wrong URL.
Outcome<ConnectionSettings> settingsFor(const ConnectionRequest& request) {
    auto settings = connectionFromUrl(request.url);
    if (!settings) return settings;
    ConnectionSettings chosen = *settings;
    if (!request.name.isEmpty()) chosen.name = request.name;
    chosen.environment = request.environment;
    chosen.password = request.password;
    chosen.mappingFiles += request.mappings;
    return chosen;
}

}  // namespace

void MainWindow::knock(const ConnectionRequest& request) {
    FirstStartPage* page = m_workspace->firstStartPage();
    const auto settings = settingsFor(request);
    if (!settings) {
        page->showFailure(withoutSecrets(request.url), settings.failure(), {});
        return;
    }
    m_session.close(m_knocking);
    m_knocking = settings->name;
    page->showTrying(settings->displayUrl());
    openRequest(request);
}

void MainWindow::openRequest(const ConnectionRequest& request) {
    const auto saved = request.name.isEmpty() || request.save ? Failure{} : m_store.find(request.name);
    if (saved && saved->url == request.url) {
        m_keychain->read(request.name, this,
                         [this, saved = *saved, given = request.password](const QString& kept) {
                             readActing(saved, given.isEmpty() ? kept : given);
                         });
        return;
    }
    const auto settings = settingsFor(request);
    if (!settings) {  // only from the dialog: the first start page has looked before
        tell(QMessageBox::Warning, u"Not connected"_s, settings.failure().sentence());
        return;
    }
    m_session.open(*settings);
    if (request.save) save(request);
}

void MainWindow::readActing(const SavedConnection& saved, const QString& password) {
    if (saved.actingUser.isEmpty()) return openSaved(saved, password, {});
    m_keychain->read(actingKey(saved.name), this,
                     [this, saved, password](const QString& kept) { openSaved(saved, password, kept); });
}

void MainWindow::openSaved(const SavedConnection& saved, const QString& password,
                           const QString& actingPassword) {
    auto settings = settingsOf(saved);
    if (!settings) {
        m_knocking.clear();
        m_workspace->firstStartPage()->showFailure(saved.name, settings.failure(), {});
        return;
    }
    ConnectionSettings chosen = *settings;
    if (!password.isEmpty()) chosen.password = password;
    if (chosen.actingPassword.isEmpty()) chosen.actingPassword = actingPassword;
    m_session.open(chosen);
}

void MainWindow::wireConnections() {
    connect(m_workspace, &Workspace::connectionsWanted, this,
            [this] { m_connections->show(m_session.views()); });
    connect(&m_session, &Session::viewsChanged, m_connections, &ConnectionDesk::setViews);
    connect(m_connections, &ConnectionDesk::storeChanged, this, &MainWindow::showFound);
    const auto openOf = [this](const SavedConnection& saved) {
        ConnectionRequest request;
        request.name = saved.name;
        request.url = saved.url;
        openRequest(request);
    };
    connect(m_connections, &ConnectionDesk::openWanted, this, openOf);
    connect(m_connections, &ConnectionDesk::edited, this,
            [this, openOf](const QString& before, const SavedConnection& saved) {
                if (!m_session.settingsOf(before)) return;
                m_session.close(before);
                openOf(saved);
            });
    connect(m_preferences, &PreferencesDesk::changed, this, &MainWindow::followPreferences);
}

// At the start and whenever they change. What is drawn follows with the next reading at the latest.
void MainWindow::followPreferences(const Preferences& preferences) {
    (void)setDisplayZone(preferences.zone);
    m_findings->setNotifications(preferences.notifications);
    m_session.redactBy(redactionRules(redactionFileBeside(m_store.file())));
    m_workspace->queuePage()->setRange(preferences.range_minutes);
    if (!std::exchange(m_firstPreferences, false) && static_cast<int>(m_theme->mode()) != preferences.theme)
        m_theme->setMode(static_cast<ThemeMode>(preferences.theme));
    if (!m_session.views().empty()) showConnections();
}

void MainWindow::tell(QMessageBox::Icon icon, const QString& title, const QString& text) {
    QMessageBox box(icon, title, {}, QMessageBox::Ok, this);
    box.setTextFormat(Qt::PlainText);  // it may quote a server
    box.setText(text);
    box.exec();
}

void MainWindow::save(const ConnectionRequest& request) {
    const auto before = m_store.find(request.name);  // what the dialog does not show stays
    SavedConnection saved = before ? *before : SavedConnection{};
    saved.name = request.name;
    saved.url = request.url;
    saved.environment = request.environment;
    saved.mappingFiles = request.mappings;
    const auto password = m_store.save(saved);
    if (!password) {
        tell(QMessageBox::Warning, u"Not saved"_s, password.failure().sentence());
        return;
    }
    showFound();
    const QString secret = request.password.isEmpty() ? *password : request.password;
    if (secret.isEmpty()) return;
    m_keychain->keep(request.name, secret, this, [this](const QString& problem) {
        if (problem.isEmpty()) return;
        tell(QMessageBox::Information, u"Password not kept"_s,
             u"The connection is saved, but its password is not: no keychain answered (%1). It will be "
             "asked for again; PGPASSFILE or password_env in connections.toml work without one."_s.arg(
                 problem));
    });
}

void MainWindow::open(const ConnectionSettings& settings) {
    m_session.open(settings);
}

ConnectDialog* MainWindow::showConnectDialog(const ConnectionRequest& request, const QString& inPlaceOf) {
    auto* dialog = new ConnectDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setRequest(request);
    connect(dialog, &ConnectDialog::connectRequested, dialog,
            [this, dialog, inPlaceOf](const ConnectionRequest& asked) {
                test(dialog, asked, [this, dialog, asked, inPlaceOf] {
                    if (!inPlaceOf.isEmpty()) replace(inPlaceOf, asked);
                    openRequest(asked);
                    dialog->accept();
                });
            });
    connect(dialog, &ConnectDialog::testRequested, dialog,
            [this, dialog](const ConnectionRequest& asked) { test(dialog, asked, {}); });
    connect(dialog, &ConnectDialog::saveRequested, dialog,
            [this, dialog, inPlaceOf](const ConnectionRequest& asked) {
                saveUnreached(dialog, asked, inPlaceOf);
            });
    dialog->open();
    return dialog;
}

ConnectionRequest MainWindow::requestOf(const ConnectionSettings& settings) const {
    const bool kept = m_store.find(settings.name).ok();
    const auto [url, password] = splitSecret(settings.url);  // the field of the URL shows what it holds
    return {url,
            kept ? settings.name : QString(),
            settings.environment,
            settings.password.isEmpty() ? password : settings.password,
            kept,
            settings.mappingFiles};
}

void MainWindow::editConnection(const QString& name) {
    if (const auto settings = m_session.settingsOf(name)) showConnectDialog(requestOf(*settings), name);
}

// Saved under another name it is the same connection still, with all its rules.
void MainWindow::replace(const QString& old, const ConnectionRequest& request) {
    m_session.close(old);
    if (!request.save || request.name == old) return;
    auto saved = m_store.find(old);
    if (!saved) return;
    SavedConnection renamed = *saved;
    renamed.name = request.name;
    if (!m_store.save(renamed) || !m_store.remove(old)) return;
    if (request.password.isEmpty())
        renamePassword(*m_keychain, old, request.name, this);
    else
        m_keychain->forget(old);  // the one that was typed is kept under the new name
}

// It is tried again by itself, so that it is there as soon as its server is; a password is not.
void MainWindow::saveUnreached(ConnectDialog* dialog, const ConnectionRequest& request,
                               const QString& inPlaceOf) {
    const auto settings = settingsFor(request);
    if (!settings) return dialog->trial()->showFailed(settings.failure());
    const bool refused = dialog->trial()->lastFailure() == FailureKind::authentication;
    if (!inPlaceOf.isEmpty()) replace(inPlaceOf, request);
    refused ? save(request) : openRequest(request);
    dialog->accept();
}

// Nobody tries a refused password again by itself: a person gives another one.
void MainWindow::askPassword(const QString& name, const Failure& failure) {
    const auto settings = m_session.settingsOf(name);
    if (!settings || findChild<ConnectDialog*>()) return;
    showConnectDialog(requestOf(*settings), name)->trial()->showFailed(failure);
}

void MainWindow::test(ConnectDialog* dialog, const ConnectionRequest& request,
                      const std::function<void()>& then) {
    const auto settings = settingsFor(request);
    if (!settings)
        dialog->trial()->showFailed(settings.failure());
    else
        showTrial(*settings, dialog->trial(), then);
}

}  // namespace spillway
