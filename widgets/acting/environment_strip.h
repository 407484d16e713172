// The head of every dialog that leads to a change: environment as word and colour, connection, system, queue.
#pragma once

#include <QWidget>

#include "backends/domain/connection_settings.h"

namespace spillway {

class SafeLabel;

class EnvironmentStrip : public QWidget {
    Q_OBJECT
public:
    explicit EnvironmentStrip(QWidget* parent = nullptr);

    void setPlace(Environment environment, const QString& place);  // "prod-pg · pg-boss · emails"

protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void recolor();

    Environment m_environment = Environment::production;
    SafeLabel* m_word;
    SafeLabel* m_place;
};

}  // namespace spillway
