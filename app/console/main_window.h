// The window: a Workspace, and what its signals ask for. Holds no logic of its own about queues.
#pragma once

#include <QMainWindow>
#include <QMessageBox>
#include <QPointer>
#include <functional>

#include "app/acting/activity_thread.h"
#include "app/acting/session_acting.h"
#include "app/connections/connection_store.h"
#include "app/console/found_connections.h"
#include "app/console/session.h"
#include "widgets/models/connection_request.h"
#include "widgets/parts/theme.h"

namespace spillway {

class ChecklistDesk;
class ConnectionDesk;
class DrillDesk;
class FindingDesk;
class LinkDesk;
class PreferencesDesk;
struct Preferences;
class ReportDesk;
class ConnectDialog;
class DemoLauncher;
class Keychain;
struct DemoEndpoints;
class Workspace;

class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    MainWindow(ConnectionStore store, FoundPlaces places, Theme* theme, QWidget* parent = nullptr);
    // For tests: another journal, another time to be armed.
    MainWindow(ConnectionStore store, FoundPlaces places, Theme* theme, const ActingSetup& acting,
               QWidget* parent = nullptr);
    ~MainWindow() override;

    // For tests; otherwise the desktop's.
    void useKeychain(std::unique_ptr<Keychain> keychain);
    // Opens what the command line named.
    void open(const ConnectionSettings& settings);
    void startDemo();
    // Records what is polled and draws the past. Once, before the first open(); without it nothing is kept.
    void keepHistory(const HistorySettings& settings);
    // Opens again what was open when the window was closed last.
    void reopenLast();
    // Goes to a place in the window; see widgets/models/place_link.h. Says what is wrong with it.
    void followLink(const QString& link);
    [[nodiscard]] Session& session() { return m_session; }
    [[nodiscard]] SessionActing& acting() { return m_acting; }
    [[nodiscard]] ConnectionDesk* connections() const { return m_connections; }
    [[nodiscard]] PreferencesDesk* preferences() const { return m_preferences; }
    [[nodiscard]] Workspace* workspace() const { return m_workspace; }

protected:
    void closeEvent(QCloseEvent* event) override;

private:
    void wireWorkspace();
    void wireFirstStart();
    void wireSession();
    void wireActing();
    void confirmQuit();
    void wireConnections();
    void followPreferences(const Preferences& preferences);
    void addActions();
    void openDemo(const DemoEndpoints& demo);
    void showFound();
    void showConnections();
    void showTransports(const ConnectionViews& views);
    void knock(const ConnectionRequest& request);
    void openRequest(const ConnectionRequest& request);
    void readActing(const SavedConnection& saved, const QString& password);
    void openSaved(const SavedConnection& saved, const QString& password, const QString& actingPassword);
    [[nodiscard]] bool openSavedByName(const QString& name);
    void save(const ConnectionRequest& request);
    void tell(QMessageBox::Icon icon, const QString& title, const QString& text);
    // `inPlaceOf`: the open connection that the new one replaces; empty: none.
    ConnectDialog* showConnectDialog(const ConnectionRequest& request, const QString& inPlaceOf = {});
    void test(ConnectDialog* dialog, const ConnectionRequest& request, const std::function<void()>& then);
    [[nodiscard]] ConnectionRequest requestOf(const ConnectionSettings& settings) const;
    void editConnection(const QString& name);
    void replace(const QString& old, const ConnectionRequest& request);
    void saveUnreached(ConnectDialog* dialog, const ConnectionRequest& request, const QString& inPlaceOf);
    void askPassword(const QString& name, const Failure& failure);
    void copyDiagnostics();
    void cycleTheme();
    void restoreWindow();

    ConnectionStore m_store;
    FoundPlaces m_places;
    std::unique_ptr<Keychain> m_keychain;
    Theme* m_theme;
    Session m_session;
    SessionActing m_acting;
    ActivityThread m_activity;
    QString m_journal;               // its path; empty: the usual one
    bool m_firstPreferences = true;  // the theme is the command line's until then
    bool m_quitting = false;         // once the action under way has ended
    QStringList m_judged;            // the connections whose transport has been looked at
    Workspace* m_workspace;
    ChecklistDesk* m_checklists;
    DrillDesk* m_drills;
    FindingDesk* m_findings;
    ConnectionDesk* m_connections;
    PreferencesDesk* m_preferences;
    LinkDesk* m_links;
    ReportDesk* m_reports = nullptr;  // where a history is kept
    QPointer<DemoLauncher> m_demo;
    QString
        m_knocking;  // the connection being tried from the first start page; it stays there until it works
};

}  // namespace spillway
