#include "widgets/parts/tabular_text.h"

#include <algorithm>

namespace spillway {
namespace {

qreal digitWidth(const QFontMetricsF& metrics) {
    qreal widest = 0;
    for (char16_t c = u'0'; c <= u'9'; ++c) widest = std::max(widest, metrics.horizontalAdvance(QChar(c)));
    return widest;
}

bool isDigit(QChar c) {
    return c >= u'0' && c <= u'9';
}

}  // namespace

qreal tabularWidth(const QFontMetricsF& metrics, const QString& text) {
    const qreal digit = digitWidth(metrics);
    qreal width = 0;
    for (const QChar c : text) width += isDigit(c) ? digit : metrics.horizontalAdvance(c);
    return width;
}

void drawTabular(QPainter& painter, const QRectF& place, const QString& text) {
    const QFontMetricsF metrics(painter.font());
    const qreal digit = digitWidth(metrics);
    qreal x = place.right() - tabularWidth(metrics, text);
    const qreal baseline = place.center().y() + (metrics.ascent() - metrics.descent()) / 2;
    for (const QChar c : text) {
        const qreal own = metrics.horizontalAdvance(c);
        const qreal cell = isDigit(c) ? digit : own;
        painter.drawText(QPointF(x + (cell - own) / 2, baseline), QString(c));
        x += cell;
    }
}

}  // namespace spillway
