// A panel with one hairline around it: the surface everything in the window stands on.
#pragma once

#include <QFrame>

namespace spillway {

class Card : public QFrame {
    Q_OBJECT
public:
    explicit Card(QWidget* parent = nullptr);
    // A strip of that colour along the left edge; an invalid colour removes it.
    void setStrip(const QColor& color);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QColor m_strip;
};

}  // namespace spillway
