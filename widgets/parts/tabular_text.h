// Digits of equal width in any font, for columns of figures. (QFont can ask a font for its own tabular
// digits only from Qt 6.7 on.)
#pragma once

#include <QFontMetricsF>
#include <QPainter>
#include <QString>

namespace spillway {

[[nodiscard]] qreal tabularWidth(const QFontMetricsF& metrics, const QString& text);
// One line, centred vertically, ending at the right edge of `place`; the painter's font and pen.
void drawTabular(QPainter& painter, const QRectF& place, const QString& text);

}  // namespace spillway
