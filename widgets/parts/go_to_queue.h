// A line to type a part of a queue's name into; offers all queues of all connections (Ctrl+K).
#pragma once

#include <QLineEdit>

#include "widgets/models/connection_view.h"
#include "widgets/models/queue_ref.h"

class QStandardItemModel;

namespace spillway {

class GoToQueue : public QLineEdit {
    Q_OBJECT
public:
    explicit GoToQueue(QWidget* parent = nullptr);

    void setConnections(const ConnectionViews& views);

signals:
    void queueActivated(const spillway::QueueRef& queue);
    void searchWanted(const QString& text);  // no queue is called so

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    void activateFirst();
    void activate(const QModelIndex& index);

    QStandardItemModel* m_model;
    QList<QueueRef> m_known;
};

}  // namespace spillway
