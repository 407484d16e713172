// The card at the left: connections, their queue systems, their queues, each with its state.
#pragma once

#include <QTreeView>

#include "widgets/models/connection_view.h"
#include "widgets/models/queue_ref.h"
#include "widgets/parts/card.h"

class QPushButton;

namespace spillway {

class ConnectionTreeModel;

class ConnectionTree : public Card {
    Q_OBJECT
public:
    explicit ConnectionTree(QWidget* parent = nullptr);

    void setConnections(const ConnectionViews& views);
    // Marks what is looked at: a queue, a system, a connection, or nothing at all. Emits nothing.
    void setCurrent(const QueueRef& scope);
    // What of the saved connections has no effect, a sentence each; its sign is on "Manage…".
    void setUnheard(const QStringList& sentences);
    [[nodiscard]] QTreeView* view() const { return m_view; }

signals:
    // Chosen by mouse or keyboard. Without queue: a system or a connection. Once more for a click on what is
    // chosen already.
    void chosen(const spillway::QueueRef& scope);
    void connectRequested();                         // "+ Connect…"
    void manageRequested();                          // "Manage…"
    void retryRequested(const QString& connection);  // menu: "Try again now"
    void editRequested(const QString& connection);   // menu: "Edit…"
    void closeRequested(const QString& connection);  // menu: "Close connection"

private:
    void choose(const QModelIndex& index);
    void selectionMoved(const QItemSelection& selected);
    void showMenu(const QPoint& at);
    void unfold(const QModelIndex& parent);

    ConnectionTreeModel* m_model;
    QTreeView* m_view;
    QPushButton* m_manage;
    bool m_quiet = false;  // the selection moves by itself, nobody chooses
};

}  // namespace spillway
