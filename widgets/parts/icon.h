// Our own icons: SVG files in one colour, painted in whatever colour the moment needs.
#pragma once

#include <QColor>
#include <QIcon>
#include <QPainter>
#include <QPixmap>
#include <QString>
#include <optional>

#include "backends/domain/finding.h"

namespace spillway {

// `name` is a file of resources/icons without its suffix; an unknown name is a programming error.
[[nodiscard]] QPixmap iconPixmap(const QString& name, const QColor& color, int size, qreal devicePixelRatio);
[[nodiscard]] QIcon icon(const QString& name, const QColor& color);
void paintIcon(QPainter& painter, const QRectF& place, const QString& name, const QColor& color);

// State is told by shape first and colour second: triangle, disc, small ring.
[[nodiscard]] QString severityIcon(
    std::optional<Severity> severity);  // "critical", "warning", "info", "quiet"
[[nodiscard]] QString severityWord(std::optional<Severity> severity);  // "Critical", …, "Quiet"

}  // namespace spillway
