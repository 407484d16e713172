#include "widgets/parts/icon.h"

#include <QPixmapCache>
#include <QSvgRenderer>

// Resources of a static library must be asked for by name, outside any namespace.
static void initIcons() {
    Q_INIT_RESOURCE(icons);
}

namespace spillway {
using namespace Qt::StringLiterals;

QPixmap iconPixmap(const QString& name, const QColor& color, int size, qreal devicePixelRatio) {
    static const bool ready = (initIcons(), true);
    Q_UNUSED(ready)
    const QString key =
        u"spillway/%1/%2/%3/%4"_s.arg(name, color.name(QColor::HexArgb)).arg(size).arg(devicePixelRatio);
    QPixmap pixmap;
    if (QPixmapCache::find(key, &pixmap)) return pixmap;
    const int pixels = qRound(size * devicePixelRatio);
    pixmap = QPixmap(pixels, pixels);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    QSvgRenderer(u":/spillway/icons/%1.svg"_s.arg(name)).render(&painter);
    painter.setCompositionMode(QPainter::CompositionMode_SourceIn);
    painter.fillRect(pixmap.rect(), color);
    painter.end();
    pixmap.setDevicePixelRatio(devicePixelRatio);
    QPixmapCache::insert(key, pixmap);
    return pixmap;
}

QIcon icon(const QString& name, const QColor& color) {
    QIcon result;
    for (const qreal ratio : {1.0, 2.0})
        for (const QIcon::Mode mode : {QIcon::Normal, QIcon::Selected})  // its colour says the state
            result.addPixmap(iconPixmap(name, color, 16, ratio), mode);
    return result;
}

void paintIcon(QPainter& painter, const QRectF& place, const QString& name, const QColor& color) {
    const int size = qRound(std::min(place.width(), place.height()));
    const QPixmap pixmap = iconPixmap(name, color, size, painter.device()->devicePixelRatioF());
    painter.drawPixmap(place.center() - QPointF(size / 2.0, size / 2.0), pixmap);
}

QString severityIcon(std::optional<Severity> severity) {
    return severity ? severityName(*severity) : u"quiet"_s;
}

QString severityWord(std::optional<Severity> severity) {
    if (!severity) return u"Quiet"_s;
    switch (*severity) {
        case Severity::critical:
            return u"Critical"_s;
        case Severity::warning:
            return u"Warning"_s;
        case Severity::info:
            break;
    }
    return u"Note"_s;
}

}  // namespace spillway
