// Who holds which job, and who is there to take one. (The page itself follows; this is what others wire.)
#pragma once

#include <QWidget>

#include "widgets/models/connection_view.h"
#include "widgets/models/queue_ref.h"

namespace spillway {

class LeasesPage : public QWidget {
    Q_OBJECT
public:
    using QWidget::QWidget;
    void setConnections(const ConnectionViews&) {}
    void setScope(const QueueRef&) {}
    void focusFilter() {}

signals:
    void queueActivated(const spillway::QueueRef& queue);
    void connectRequested();
    void retryRequested(const QString& connection);
};

}  // namespace spillway
