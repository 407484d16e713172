// The band across the top of the window: which environment, as a word and a colour; which connection and
// server; and at the right end what this window may do. Never hidden.
#pragma once

#include <QWidget>

#include <QTimer>
#include <map>

#include "widgets/models/acting_view.h"
#include "widgets/models/connection_view.h"
#include "widgets/parts/safe_label.h"

class QPushButton;

namespace spillway {

// What others on the way could do with a connection: "TLS not verified", and the sentence behind it.
struct TransportBadge {
    QString badge;
    QString why;
};

class EnvironmentFrame : public QWidget {
    Q_OBJECT
public:
    explicit EnvironmentFrame(QWidget* parent = nullptr);

    // `current` names the connection that is looked at; empty: all of them, and the most delicate
    // environment among them gives the colour.
    void setConnections(const ConnectionViews& views, const QString& current = {});

    // By the name of the connection; those that have none are left out. They stay as long as it is open.
    void setTransports(std::map<QString, TransportBadge> badges);

    // The connection that is looked at counts, or else the first that is armed.
    void setArmings(const ArmingViews& armings);
    [[nodiscard]] bool isArmed() const { return m_armed.has_value(); }
    [[nodiscard]] QColor color() const;  // of the environment
    [[nodiscard]] QPushButton* armButton() const { return m_arm; }
    [[nodiscard]] QPushButton* disarmButton() const { return m_disarm; }

signals:
    void helpRequested(const QPoint& globalAt);  // the corner below the button
    void armRequested(const QString& connection);
    void disarmRequested(const QString& connection);
    void armedChanged(bool armed);

protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void showTransport();
    void recolor();
    void refreshMode();
    QPushButton* addButton(const QString& text);

    QColor m_stripe;                           // the connection's own; invalid: it has none
    std::optional<Environment> m_environment;  // nullopt: nothing connected
    SafeLabel* m_word;
    SafeLabel* m_server;
    SafeLabel* m_transport;  // what the wire is not safe from; hidden where there is nothing to say
    QLabel* m_eye;
    SafeLabel* m_mode;
    QPushButton* m_arm;
    QPushButton* m_disarm;
    QPushButton* m_help;
    std::map<QString, TransportBadge> m_transports;
    QStringList m_shown;  // the connections that the frame is about
    ArmingViews m_armings;
    QString m_current;                  // the connection that may be armed here; empty: none
    std::optional<ArmingView> m_armed;  // shown
    QTimer m_clock;
};

}  // namespace spillway
