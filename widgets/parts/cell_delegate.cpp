#include "widgets/parts/cell_delegate.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QPainter>
#include <QTableView>
#include <cmath>
#include <set>

#include "widgets/models/cell_roles.h"
#include "widgets/models/table_text.h"
#include "widgets/parts/icon.h"
#include "widgets/parts/tabular_text.h"
#include "widgets/parts/theme.h"

namespace spillway {
namespace {

constexpr qreal kPadding = 8;
constexpr qreal kSign = 11;
constexpr qreal kSignGap = 5;

std::optional<Severity> loudOf(const QModelIndex& index) {
    const QVariant loud = index.data(LoudRole);
    if (!loud.isValid()) return std::nullopt;
    return static_cast<Severity>(loud.toInt());
}

bool isRight(const QModelIndex& index) {
    return (index.data(Qt::TextAlignmentRole).value<Qt::Alignment>() & Qt::AlignRight) != 0;
}

QFont fontOf(const QStyleOptionViewItem& option, const QModelIndex& index) {
    QFont font = option.font;
    if (index.data(StrongRole).toBool()) font.setWeight(QFont::DemiBold);
    return font;
}

}  // namespace

bool isLoud(const std::optional<Severity>& severity) {
    return severity && *severity != Severity::info;
}

void paintCellGround(QPainter& painter, const QStyleOptionViewItem& option, const ThemeTokens& tokens) {
    if (option.state & QStyle::State_Selected)
        painter.fillRect(option.rect, tokens.raised);
    else if (option.state & QStyle::State_MouseOver) {
        QColor hover = tokens.raised;
        hover.setAlphaF(0.5F);
        painter.fillRect(option.rect, hover);
    }
    painter.fillRect(QRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1),
                     tokens.hairline);
}

QSize CellDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
    const qreal width = tabularWidth(QFontMetricsF(fontOf(option, index)), index.data().toString());
    return {
        static_cast<int>(std::ceil(width + 2 * kPadding + (isLoud(loudOf(index)) ? kSign + kSignGap : 0))),
        0};
}

void CellDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                         const QModelIndex& index) const {
    const ThemeTokens& tokens = currentTokens();
    const auto loud = loudOf(index);
    const QString text = index.data().toString();
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setFont(fontOf(option, index));
    paintCellGround(*painter, option, tokens);
    QRectF place = QRectF(option.rect).adjusted(kPadding, 0, -kPadding, -1);
    const QFontMetricsF metrics(painter->font());
    const bool right = isRight(index);
    if (isLoud(loud)) {
        const qreal x = right ? place.right() - tabularWidth(metrics, text) - kSign - kSignGap : place.left();
        paintIcon(*painter, QRectF(x, place.center().y() - kSign / 2, kSign, kSign), severityIcon(loud),
                  severityColor(tokens, *loud));
        if (!right) place.setLeft(place.left() + kSign + kSignGap);
    }
    painter->setPen(isLoud(loud)                   ? severityColor(tokens, *loud)
                    : index.data(DimRole).toBool() ? tokens.secondary
                                                   : tokens.text);
    if (right && tabularWidth(metrics, text) <= place.width())
        drawTabular(*painter, place, text);
    else
        painter->drawText(
            place, Qt::AlignVCenter | (right ? Qt::AlignRight : Qt::AlignLeft),
            metrics.elidedText(text, index.data(MiddleRole).toBool() ? Qt::ElideMiddle : Qt::ElideRight,
                               place.width()));
    painter->restore();
}

void dressTable(QTableView& table, const QString& accessibleName) {
    table.setAccessibleName(accessibleName);
    table.setSelectionBehavior(QAbstractItemView::SelectRows);
    table.setEditTriggers(QAbstractItemView::NoEditTriggers);
    table.setTabKeyNavigation(false);
    table.setShowGrid(false);
    table.setWordWrap(false);
    table.setMouseTracking(true);
    table.setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    table.setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    table.verticalHeader()->hide();
    table.verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    table.verticalHeader()->setDefaultSectionSize(table.fontMetrics().height() * 2 - 2);
    table.horizontalHeader()->setSectionsMovable(true);
    table.horizontalHeader()->setHighlightSections(false);
    table.horizontalHeader()->setMinimumSectionSize(36);
}

int digitsWide(const QWidget& widget, double digits) {
    return qRound(digits * widget.fontMetrics().horizontalAdvance(u'0'));
}

void copyTable(const QTableView& table) {
    std::set<int> chosen;
    for (const QModelIndex& index : table.selectionModel()->selectedRows()) chosen.insert(index.row());
    std::vector<int> columns;
    for (int place = 0; place < table.model()->columnCount(); ++place)
        columns.push_back(table.horizontalHeader()->logicalIndex(place));
    QGuiApplication::clipboard()->setText(
        tsvOf(*table.model(), std::vector<int>(chosen.begin(), chosen.end()), columns));
}

}  // namespace spillway
