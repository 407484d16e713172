// What was given up and kept. (The page itself follows; this is what others wire.)
#pragma once

#include <QWidget>

#include "backends/domain/inquiry.h"
#include "widgets/models/connection_view.h"
#include "widgets/models/queue_ref.h"

namespace spillway {

class DeadLettersPage : public QWidget {
    Q_OBJECT
public:
    using QWidget::QWidget;
    void setConnections(const ConnectionViews&) {}
    void setScope(const QueueRef&) {}
    void reload() {}
    void focusFilter() {}

public slots:
    void takeAnswer(quint64, const spillway::Answer&) {}

signals:
    void inquiryMade(const QString& connection, quint64 ticket, const spillway::Inquiry& inquiry);
    void connectRequested();
    void retryRequested(const QString& connection);
};

}  // namespace spillway
