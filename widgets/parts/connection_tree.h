// The card at the left: connections, their queue systems, their queues, each with its state.
#pragma once

#include <QTreeView>

#include "widgets/models/connection_view.h"
#include "widgets/models/queue_ref.h"
#include "widgets/parts/card.h"

namespace spillway {

class ConnectionTreeModel;

class ConnectionTree : public Card {
    Q_OBJECT
public:
    explicit ConnectionTree(QWidget* parent = nullptr);

    void setConnections(const ConnectionViews& views);
    void setCurrentQueue(const QueueRef& queue);  // marks it, emits nothing
    [[nodiscard]] QTreeView* view() const { return m_view; }

signals:
    void connectionActivated(const QString& connection);  // a connection or one of its systems
    void queueActivated(const spillway::QueueRef& queue);
    void connectRequested();                         // "+ Connect…"
    void retryRequested(const QString& connection);  // menu: "Try again now"
    void closeRequested(const QString& connection);  // menu: "Close connection"

private:
    void activate(const QModelIndex& index);
    void showMenu(const QPoint& at);
    void unfold(const QModelIndex& parent);

    ConnectionTreeModel* m_model;
    QTreeView* m_view;
};

}  // namespace spillway
