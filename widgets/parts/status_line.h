// The bottom line: how old the data is, what a poll costs the server, how far the clocks are apart, and
// in which zone times are shown.
#pragma once

#include <QTimer>
#include <QWidget>

#include "widgets/models/connection_view.h"
#include "widgets/parts/safe_label.h"

namespace spillway {

// "last poll 1.2 s ago · 4.1 ms · 0.1 % of a core · server clock +0.02 s"; pure.
[[nodiscard]] QString pollText(const ConnectionView& view, const QDateTime& now);
// "times in CET (UTC+1)"; pure.
[[nodiscard]] QString zoneText(const QDateTime& now);

class StatusLine : public QWidget {
    Q_OBJECT
public:
    explicit StatusLine(QWidget* parent = nullptr);

    // `current` as for EnvironmentFrame; empty: the connection whose data is oldest speaks.
    void setConnections(const ConnectionViews& views, const QString& current = {});

    // What is kept of the past: "history 7 d"; plain text, empty hides it.
    void setHistory(const QString& text, const QString& hint);

private:
    void refresh();

    std::optional<ConnectionView> m_view;
    qsizetype m_connections = 0;
    QTimer m_clock;  // the age grows without any news
    SafeLabel* m_poll;
    SafeLabel* m_history;
    SafeLabel* m_zone;
};

}  // namespace spillway
