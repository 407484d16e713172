#include "widgets/parts/card.h"

#include <QPainter>
#include <QPainterPath>

#include "widgets/parts/theme.h"

namespace spillway {
namespace {
constexpr qreal kRadius = 8;
constexpr qreal kStrip = 4;
}  // namespace

Card::Card(QWidget* parent) : QFrame(parent) {
    setFrameShape(QFrame::NoFrame);
}

void Card::setStrip(const QColor& color) {
    m_strip = color;
    update();
}

void Card::paintEvent(QPaintEvent*) {
    const ThemeTokens& tokens = currentTokens();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QPainterPath shape;
    shape.addRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), kRadius, kRadius);
    painter.fillPath(shape, tokens.panel);
    if (m_strip.isValid()) {
        painter.setClipRect(QRectF(0, 0, kStrip, height()));
        painter.fillPath(shape, m_strip);
        painter.setClipping(false);
    }
    painter.strokePath(shape, QPen(tokens.hairline, 1));
}

}  // namespace spillway
