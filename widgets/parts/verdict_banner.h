// The verdict over all connections: the worst finding as the largest text in the window, why and what to
// do under it, since when, and one button that goes there.
#pragma once

#include <QFrame>
#include <QPushButton>

#include "widgets/models/connection_view.h"
#include "widgets/models/queue_ref.h"
#include "widgets/parts/safe_label.h"

namespace spillway {

class VerdictBanner : public QFrame {
    Q_OBJECT
public:
    explicit VerdictBanner(QWidget* parent = nullptr);

    void setConnections(const ConnectionViews& views);

signals:
    void queueActivated(const spillway::QueueRef& queue);  // the button, when the verdict is about a queue
    void connectionActivated(const QString& connection);   // … when it is about a whole connection

protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    struct Verdict {
        std::optional<Severity> severity;
        QString icon;
        QString word;      // "Critical"
        QString headline;
        QString reasons;
        QString since;
        QString button;    // empty: no button
        QueueRef target;
    };
    [[nodiscard]] static Verdict verdictOn(const ConnectionViews& views);
    void show(const Verdict& verdict);
    void recolor();

    Verdict m_verdict;
    QLabel* m_icon;
    SafeLabel* m_word;
    SafeLabel* m_headline;
    SafeLabel* m_reasons;
    SafeLabel* m_since;
    QPushButton* m_open;
};

}  // namespace spillway
