#include "widgets/parts/queue_delegate.h"

#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <cmath>

#include "widgets/models/queue_table_proxy.h"
#include "widgets/parts/cell_delegate.h"
#include "widgets/parts/icon.h"
#include "widgets/parts/tabular_text.h"
#include "widgets/parts/theme.h"

namespace spillway {
namespace {

constexpr qreal kQueuePadding = 8;
constexpr qreal kQueueSign = 11;

void paintState(QPainter& painter, const QRectF& place, const QueueRow& row, const ThemeTokens& tokens) {
    const auto severity = row.health->severity;
    const QColor color = severity ? severityColor(tokens, *severity) : tokens.secondary;
    paintIcon(painter, QRectF(place.center().x() - 7, place.center().y() - 7, 14, 14),
              row.stale ? QStringLiteral("stale") : severityIcon(severity),
              row.stale ? tokens.secondary : color);
}

void paintText(QPainter& painter, const QRectF& place, const QString& text) {
    const QFontMetricsF metrics(painter.font());
    painter.drawText(place, Qt::AlignVCenter | Qt::AlignLeft,
                     metrics.elidedText(text, Qt::ElideMiddle, place.width()));
}

void paintNameAndPlace(QPainter& painter, const QRectF& place, const QueueCell& name, const QueueCell& where,
                       const QFont& font) {
    const qreal half = place.height() / 2;
    paintText(painter, place.adjusted(0, 3, 0, -half), name.text);
    QFont small = font;
    if (font.pixelSize() > 0)
        small.setPixelSize(std::max(1, font.pixelSize() * 5 / 6));
    else
        small.setPointSizeF(font.pointSizeF() * 5 / 6);
    painter.setFont(small);
    painter.setPen(currentTokens().secondary);
    const QRectF below = place.adjusted(0, half, 0, -3);
    painter.drawText(below, Qt::AlignVCenter | Qt::AlignLeft,  // the connection before the age of old data
                     QFontMetricsF(small).elidedText(where.text, Qt::ElideRight, below.width()));
}

// A figure, and before it the sign of its own severity.
void paintFigure(QPainter& painter, QRectF place, const QueueCell& cell, bool right,
                 const ThemeTokens& tokens) {
    const bool loud = isLoud(cell.loud);
    const qreal width = tabularWidth(QFontMetricsF(painter.font()), cell.text);
    if (loud) {
        const qreal x = right ? place.right() - width - kQueueSign - 5 : place.left();
        paintIcon(painter, QRectF(x, place.center().y() - kQueueSign / 2, kQueueSign, kQueueSign),
                  severityIcon(cell.loud), cell.dim ? tokens.secondary : severityColor(tokens, *cell.loud));
        if (!right) place.setLeft(place.left() + kQueueSign + 5);
    }
    if (right)
        drawTabular(painter, place, cell.text);
    else
        paintText(painter, place, cell.text);
}

}  // namespace

QueueDelegate::QueueDelegate(const QueueTableProxy* proxy, QObject* parent)
    : QStyledItemDelegate(parent), m_proxy(proxy) {}

QSize QueueDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
    const QueueRow& row = m_proxy->row(index.row());
    const auto column = static_cast<QueueColumn>(index.column());
    if (column == QueueColumn::state) return {32, 0};
    if (column == QueueColumn::trend) return {130, 0};
    const QueueCell cell = cellOf(row, column);
    QFont font = option.font;
    if (column == QueueColumn::queue) font.setWeight(QFont::DemiBold);
    const qreal width = tabularWidth(QFontMetricsF(font), cell.text) + 2 * kQueuePadding +
                        (isLoud(cell.loud) ? kQueueSign + 5 : 0);
    return {static_cast<int>(std::ceil(width)), 0};
}

void QueueDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                          const QModelIndex& index) const {
    const ThemeTokens& tokens = currentTokens();
    const QueueRow& row = m_proxy->row(index.row());
    const auto column = static_cast<QueueColumn>(index.column());
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setFont(option.font);
    paintCellGround(*painter, option, tokens);
    const QRectF place = QRectF(option.rect).adjusted(kQueuePadding, 0, -kQueuePadding, -1);
    if (column == QueueColumn::state) {
        paintState(*painter, QRectF(option.rect), row, tokens);
    } else if (column == QueueColumn::trend) {
        const bool rising =
            row.health->forecast.verdict == DrainVerdict::never_drains && isLoud(row.health->severity);
        const QColor color = row.stale ? tokens.secondary : rising ? tokens.critical : tokens.selection;
        paintSparkline(*painter, place.adjusted(0, 9, 0, -9), row.trend.values(), color);
    } else {
        const QueueCell cell = cellOf(row, column);
        if (column == QueueColumn::queue && isLoud(row.health->severity)) {
            QFont strong = option.font;
            strong.setWeight(QFont::DemiBold);
            painter->setFont(strong);
        }
        painter->setPen(cell.dim            ? tokens.secondary
                        : isLoud(cell.loud) ? severityColor(tokens, *cell.loud)
                                            : tokens.text);
        if (column == QueueColumn::queue && m_with_place)
            paintNameAndPlace(*painter, place, cell, cellOf(row, QueueColumn::where), option.font);
        else if (column == QueueColumn::queue || column == QueueColumn::where)
            paintText(*painter, place, cell.text);
        else
            paintFigure(*painter, place, cell, isNumeric(column), tokens);
    }
    painter->restore();
}

void paintSparkline(QPainter& painter, const QRectF& place, const std::vector<float>& values,
                    const QColor& color) {
    float low = std::numeric_limits<float>::max(), high = std::numeric_limits<float>::lowest();
    for (const float v : values)
        if (!std::isnan(v)) low = std::min(low, v), high = std::max(high, v);
    if (low > high || values.size() < 2) return;
    const qreal step = place.width() / (Sparkline::kBuckets - 1);
    const qreal left = place.right() - step * static_cast<qreal>(values.size() - 1);
    // A flat line lies on the ground when it is zero, otherwise in the middle.
    const qreal span = high > low ? place.height() / static_cast<qreal>(high - low) : 0;
    const qreal flat = high == 0 ? place.bottom() : place.center().y();
    QColor fill = color;
    fill.setAlphaF(0.18F);
    QPolygonF line;
    const auto flush = [&] {
        if (line.size() > 1) {
            QPolygonF area = line;
            area << QPointF(line.last().x(), place.bottom()) << QPointF(line.first().x(), place.bottom());
            painter.setPen(Qt::NoPen);
            painter.setBrush(fill);
            painter.drawPolygon(area);
            painter.setPen(QPen(color, 1.3));
            painter.drawPolyline(line);
        }
        line.clear();
    };
    for (size_t i = 0; i < values.size(); ++i) {
        if (std::isnan(values[i])) {
            flush();
            continue;
        }
        const qreal y = span > 0 ? place.bottom() - static_cast<qreal>(values[i] - low) * span : flat;
        line << QPointF(left + step * static_cast<qreal>(i), y);
    }
    flush();
}

}  // namespace spillway
