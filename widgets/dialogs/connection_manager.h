// The saved connections: listed by folder, looked at, changed, added, removed with a way back. Stores nothing
// itself; whoever shows it answers with setConnections(), tell() and setUndo().
#pragma once

#include <QDialog>

#include "widgets/dialogs/connection_form.h"

class QPushButton;
class QTreeWidget;
class QTreeWidgetItem;

namespace spillway {

class ConnectionManager : public QDialog {
    Q_OBJECT
public:
    explicit ConnectionManager(QWidget* parent = nullptr);

    // `chosen`: what is shown then; empty: what was shown before, where it is still there.
    void setConnections(const std::vector<SavedConnection>& connections, const QString& chosen = {});
    void setViews(const ConnectionViews& views);
    void setUndo(const QString& removed);  // "Removed prod-pg." with a button; empty: nothing to undo
    void setUnheard(const QStringList& sentences);  // what of the file has no effect
    void tell(const QString& text);                 // what went wrong, or what was done
    [[nodiscard]] ConnectionForm* form() const { return m_form; }
    [[nodiscard]] QTreeWidget* list() const { return m_list; }

signals:
    // `before`: the name it has in the file; empty: it is new.
    void saveWanted(const QString& before, const spillway::SavedConnection& connection,
                    const spillway::ConnectionSecrets& secrets);
    void removeWanted(const QString& name);
    void undoWanted();
    void openWanted(const QString& name);
    // As filled in, saved or not; the form shows how it goes.
    void testWanted(const QString& before, const spillway::SavedConnection& connection,
                    const spillway::ConnectionSecrets& secrets);
    void importWanted();
    void exportWanted(const std::vector<spillway::SavedConnection>& connections);

protected:
    void reject() override;

private:
    QWidget* buildList();
    QWidget* buildFoot();
    QPushButton* button(const QString& text, const QString& hint);
    void choose(QTreeWidgetItem* item);
    void showOne(const SavedConnection& connection, bool isNew);
    void duplicate();
    void save();
    void test();
    void updateButtons();
    // A copy: whoever is told of it may show another one meanwhile.
    [[nodiscard]] QString shownName() const { return m_shown; }
    [[nodiscard]] bool mayLeave();  // nothing is typed that would be lost, or a person said so
    [[nodiscard]] QString freeName(const QString& wanted) const;
    [[nodiscard]] QTreeWidgetItem* itemOf(const QString& name) const;

    std::vector<SavedConnection> m_connections;
    QString m_shown;     // the name in the file; empty: a new one
    bool m_any = false;  // something is shown
    QTreeWidget* m_list;
    ConnectionForm* m_form;
    SafeLabel* m_unheard;
    SafeLabel* m_told;
    QPushButton *m_add, *m_duplicate, *m_remove, *m_import, *m_export, *m_undo, *m_revert, *m_test, *m_save,
        *m_open;
};

}  // namespace spillway
