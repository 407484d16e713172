// The band across the top of the window: which environment, as a word and a colour; which connection and
// server; and at the right end what this window may do. Never hidden.
#pragma once

#include <QWidget>

#include "widgets/models/connection_view.h"
#include "widgets/parts/safe_label.h"

namespace spillway {

class EnvironmentFrame : public QWidget {
    Q_OBJECT
public:
    explicit EnvironmentFrame(QWidget* parent = nullptr);

    // `current` names the connection that is looked at; empty: all of them, and the most delicate
    // environment among them gives the colour.
    void setConnections(const ConnectionViews& views, const QString& current = {});

protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void recolor();

    std::optional<Environment> m_environment;  // nullopt: nothing connected
    SafeLabel* m_word;
    SafeLabel* m_server;
    QLabel* m_eye;
    SafeLabel* m_mode;
};

}  // namespace spillway
