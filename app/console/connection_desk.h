// What the connection manager asks for: saves, removes and takes back, imports, exports, and looks into the
// history for what limits would have said. connections.toml stays the truth; passwords go to the keychain.
// GUI thread.
#pragma once

#include <QObject>
#include <QPointer>
#include <functional>
#include <memory>

#include "app/connections/connection_store.h"
#include "app/console/found_connections.h"
#include "widgets/dialogs/connection_manager.h"
#include "widgets/dialogs/import_dialog.h"

class QThread;

namespace spillway {

class Keychain;

// The name under which the keychain has the password for acting.
[[nodiscard]] QString actingKey(const QString& connection);
// What was found, with a name each that is not taken. Pure.
[[nodiscard]] std::vector<ImportChoice> importChoices(const std::vector<FoundConnection>& found,
                                                      const std::vector<SavedConnection>& saved);
// What these limits would have said of the day before `now`, queue by queue. Reads the file; blocks.
[[nodiscard]] QString limitsInHistory(const QString& historyFile, const QString& connection,
                                      const std::vector<QueueObjective>& objectives, ServerTime now);

class ConnectionDesk : public QObject {
    Q_OBJECT
public:
    using KeychainOf = std::function<Keychain*()>;
    using HistoryOf = std::function<QString(const QString&)>;  // the file; empty: none is kept
    ConnectionDesk(ConnectionStore store, FoundPlaces places, KeychainOf keychain, QWidget* window);
    ~ConnectionDesk() override;

    void lookInto(HistoryOf historyOf) { m_historyOf = std::move(historyOf); }
    ConnectionManager* show(const ConnectionViews& views, const QString& chosen = {});

public slots:
    void setViews(const spillway::ConnectionViews& views);

signals:
    void storeChanged();
    void openWanted(const spillway::SavedConnection& connection);
    // One that may be open goes by other settings now; `before` is its old name.
    void edited(const QString& before, const spillway::SavedConnection& connection);

private:
    void list(const QString& chosen = {});
    void save(const QString& before, const SavedConnection& connection, const ConnectionSecrets& secrets);
    void remove(const QString& name);
    void undo();
    void import();
    void take(ImportDialog* dialog, const std::vector<SavedConnection>& connections);
    void test(const QString& before, const SavedConnection& connection, const ConnectionSecrets& secrets);
    void exportAll(const std::vector<SavedConnection>& connections);
    void keep(const QString& key, const QString& password);
    void previewLimits(const QString& connection, const std::vector<QueueObjective>& objectives);
    void forgetRemoved();

    ConnectionStore m_store;
    FoundPlaces m_places;
    KeychainOf m_keychain;
    HistoryOf m_historyOf;
    QWidget* m_window;
    QPointer<ConnectionManager> m_manager;
    std::vector<RemovedConnection> m_removed;  // newest last; their passwords are forgotten with the dialog
    std::unique_ptr<QThread> m_reading;
};

}  // namespace spillway
