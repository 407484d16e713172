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
class DrillDesk;
class ConnectDialog;
class DemoLauncher;
class Workspace;

class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    MainWindow(ConnectionStore store, FoundPlaces places, Theme* theme, QWidget* parent = nullptr);
    // For tests: another journal, another time to be armed.
    MainWindow(ConnectionStore store, FoundPlaces places, Theme* theme, const ActingSetup& acting,
               QWidget* parent = nullptr);
    ~MainWindow() override;

    // Opens what the command line named.
    void open(const ConnectionSettings& settings);
    void startDemo();
    // Records what is polled and draws the past. Once, before the first open(); without it nothing is kept.
    void keepHistory(const HistorySettings& settings);
    // Opens again what was open when the window was closed last.
    void reopenLast();
    [[nodiscard]] Session& session() { return m_session; }
    [[nodiscard]] SessionActing& acting() { return m_acting; }
    [[nodiscard]] Workspace* workspace() const { return m_workspace; }

protected:
    void closeEvent(QCloseEvent* event) override;

private:
    void wireWorkspace();
    void wireFirstStart();
    void wireSession();
    void wireActing();
    void confirmQuit();
    void addActions();
    void showConnections();
    void showTransports(const ConnectionViews& views);
    void knock(const ConnectionRequest& request);
    void openRequest(const ConnectionRequest& request);
    void openSaved(const SavedConnection& saved, const QString& password);
    void save(const ConnectionRequest& request);
    void tell(QMessageBox::Icon icon, const QString& title, const QString& text);
    // `inPlaceOf`: the open connection that the new one replaces; empty: none.
    ConnectDialog* showConnectDialog(const ConnectionRequest& request, const QString& inPlaceOf = {});
    void test(ConnectDialog* dialog, const ConnectionRequest& request, const std::function<void()>& then);
    [[nodiscard]] ConnectionRequest requestOf(const ConnectionSettings& settings) const;
    void editConnection(const QString& name);
    void replace(const QString& old, const ConnectionRequest& request);
    void askPassword(const QString& name, const Failure& failure);
    void showShortcuts();
    void copyDiagnostics();
    void cycleTheme();
    void restoreWindow();

    ConnectionStore m_store;
    FoundPlaces m_places;
    Theme* m_theme;
    Session m_session;
    SessionActing m_acting;
    ActivityThread m_activity;
    bool m_quitting = false;  // once the action under way has ended
    QStringList m_judged;     // the connections whose transport has been looked at
    Workspace* m_workspace;
    ChecklistDesk* m_checklists;
    DrillDesk* m_drills;
    QPointer<DemoLauncher> m_demo;
    QString
        m_knocking;  // the connection being tried from the first start page; it stays there until it works
};

}  // namespace spillway
