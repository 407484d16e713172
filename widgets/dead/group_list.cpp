#include "widgets/dead/group_list.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QMenu>
#include <QPainter>
#include <QPushButton>
#include <QStyledItemDelegate>
#include <QVBoxLayout>
#include <QtMath>

#include "backends/domain/human_text.h"
#include "widgets/models/dead_groups_model.h"
#include "widgets/models/table_text.h"
#include "widgets/parts/row_menu.h"
#include "widgets/parts/safe_label.h"
#include "widgets/parts/tabular_text.h"
#include "widgets/parts/theme.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr qreal kBar = 4;
constexpr int kLeft = 14, kRight = 12;

// Up to two lines of error, one about it, the count at their right, the share as a bar under them.
class GroupDelegate : public QStyledItemDelegate {
public:
    GroupDelegate(const DeadGroupsModel* model, QListView* view)
        : QStyledItemDelegate(view), m_model(model), m_view(view) {}

    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option,
                                 const QModelIndex& index) const override {
        const qreal width = m_view->viewport()->width() - kLeft - kRight;
        return {100, qCeil(errorHeight(option.font, index.row(), width)) + option.fontMetrics.height() + 28};
    }

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override {
        const ThemeTokens& tokens = currentTokens();
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        const bool chosen = option.state & QStyle::State_Selected;
        if (chosen || option.state & QStyle::State_MouseOver) painter->fillRect(option.rect, tokens.raised);
        if (chosen)
            painter->fillRect(QRect(option.rect.left(), option.rect.top(), 3, option.rect.height()),
                              tokens.selection);
        const QRectF place = QRectF(option.rect).adjusted(kLeft, 8, -kRight, -9);
        paintText(*painter, option, place, index.row(), tokens);
        const QRectF bar(place.left(), place.bottom() - kBar, place.width(), kBar);
        painter->setPen(Qt::NoPen);
        painter->setBrush(tokens.hairline);
        painter->drawRoundedRect(bar, kBar / 2, kBar / 2);
        painter->setBrush(tokens.selection);
        const qreal width = std::max(kBar, bar.width() * m_model->share(index.row()));
        painter->drawRoundedRect(QRectF(bar.topLeft(), QSizeF(width, kBar)), kBar / 2, kBar / 2);
        painter->restore();
    }

private:
    [[nodiscard]] QString textOf(int row, GroupColumn column) const {
        return m_model->index(row, static_cast<int>(column)).data().toString();
    }
    // Two lines hold a little less than twice the width, because words stay whole.
    [[nodiscard]] QString errorText(const QFont& font, int row, qreal width) const {
        return QFontMetricsF(font).elidedText(textOf(row, GroupColumn::error), Qt::ElideRight, width * 1.75);
    }
    [[nodiscard]] qreal errorWidth(const QFont& font, int row, qreal width) const {
        return width - tabularWidth(QFontMetricsF(font), textOf(row, GroupColumn::jobs)) - 12;
    }
    // One line or two.
    [[nodiscard]] qreal errorHeight(const QFont& font, int row, qreal width) const {
        const QFontMetricsF metrics(font);
        const qreal room = errorWidth(font, row, width);
        const QRectF needed = metrics.boundingRect(QRectF(0, 0, room, metrics.height() * 4), Qt::TextWordWrap,
                                                   errorText(font, row, room));
        return metrics.height() * (needed.height() > metrics.height() * 1.5 ? 2 : 1);
    }

    void paintText(QPainter& painter, const QStyleOptionViewItem& option, const QRectF& place, int row,
                   const ThemeTokens& tokens) const {
        painter.setFont(option.font);
        const QFontMetricsF metrics(option.font);
        const QRectF first(place.left(), place.top(), place.width(), metrics.height());
        const QRectF error(place.left(), place.top(), errorWidth(option.font, row, place.width()),
                           errorHeight(option.font, row, place.width()));
        painter.setPen(tokens.text);
        drawTabular(painter, first, textOf(row, GroupColumn::jobs));
        painter.drawText(error, Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap,
                         errorText(option.font, row, error.width()));
        QFont small = option.font;
        small.setPointSizeF(small.pointSizeF() * 0.9);
        painter.setFont(small);
        painter.setPen(tokens.secondary);
        QStringList about{textOf(row, GroupColumn::kind), m_model->seenText(row)};
        about.removeAll(QString());
        const QFontMetricsF smallMetrics(small);
        const QRectF second(place.left(), error.bottom() + 1, place.width(), smallMetrics.height());
        const QString share = textOf(row, GroupColumn::share);
        drawTabular(painter, second, share);
        painter.drawText(second, Qt::AlignLeft | Qt::AlignVCenter,
                         smallMetrics.elidedText(about.join(u" · "_s), Qt::ElideRight,
                                                 place.width() - tabularWidth(smallMetrics, share) - 12));
    }
    const DeadGroupsModel* m_model;
    const QListView* m_view;
};

}  // namespace

DeadGroupList::DeadGroupList(QWidget* parent)
    : Card(parent), m_model(new DeadGroupsModel(this)), m_view(new QListView),
      m_coverage(new SafeLabel({}, LabelRole::secondary)), m_note(new SafeLabel({}, LabelRole::secondary)),
      m_copy(new QPushButton(u"Copy"_s)) {
    auto* head = new QHBoxLayout;
    head->setContentsMargins(14, 0, 8, 0);
    head->addWidget(new SafeLabel(u"Causes"_s, LabelRole::heading));
    head->addWidget(m_coverage);
    head->addStretch(1);
    head->addWidget(m_copy);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(1, 8, 1, 4);
    column->setSpacing(6);
    column->addLayout(head);
    column->addWidget(m_note);
    column->addWidget(m_view, 1);
    m_coverage->setElided(true);
    m_note->setWordWrap(true);
    m_note->setContentsMargins(14, 4, 12, 0);
    m_note->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_copy->setAccessibleName(u"Copy the causes as tab separated text"_s);
    m_view->setModel(m_model);
    m_view->setItemDelegate(new GroupDelegate(m_model, m_view));
    m_view->setAccessibleName(u"Causes of death, the most frequent first"_s);
    m_view->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_view->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_view->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_view->setResizeMode(QListView::Adjust);
    m_view->setMouseTracking(true);
    m_view->installEventFilter(this);
    connect(m_view, &QListView::clicked, this, &DeadGroupList::activate);
    onRowMenu(*m_view, [this](QMenu& menu, const QModelIndex& index) { fillMenu(menu, index); });
    connect(m_copy, &QPushButton::clicked, this, &DeadGroupList::copy);
    showNote({});
}

void DeadGroupList::setGroups(const DeadGroups& groups) {
    m_model->setGroups(groups);
    m_coverage->setSafeText(m_model->coverage());
    m_note->setSafeText(groups.groups.empty() ? u"Nothing to group."_s : QString());
    m_note->setVisible(groups.groups.empty());
    m_view->setVisible(!groups.groups.empty());
    m_copy->setVisible(!groups.groups.empty());
    if (groups.groups.empty()) static_cast<QVBoxLayout*>(layout())->setStretchFactor(m_note, 1);
    mark();
}

void DeadGroupList::showNote(const QString& note) {
    setGroups({});
    m_note->setSafeText(note);
}

void DeadGroupList::setCurrent(const QString& signature, const QString& kind) {
    m_signature = signature;
    m_kind = kind;
    m_chosen = !signature.isEmpty() || !kind.isEmpty();
    mark();
}

void DeadGroupList::mark() {
    m_view->clearSelection();
    for (int row = 0; m_chosen && row < m_model->rowCount(); ++row) {
        const DeadGroup& group = m_model->group(row);
        if (group.signature == m_signature && group.kind == m_kind)
            m_view->setCurrentIndex(m_model->index(row, 0));
    }
}

void DeadGroupList::activate(const QModelIndex& index) {
    if (!index.isValid()) return;
    const DeadGroup& group = m_model->group(index.row());
    const bool again = m_chosen && group.signature == m_signature && group.kind == m_kind;
    setCurrent(again ? QString() : group.signature, again ? QString() : group.kind);
    emit groupActivated(m_signature, m_kind);
}

void DeadGroupList::fillMenu(QMenu& menu, const QModelIndex& index) {
    const DeadGroup& group = m_model->group(index.row());
    const bool chosen = m_chosen && group.signature == m_signature && group.kind == m_kind;
    menu.addAction(chosen ? u"All causes"_s : u"Only this cause"_s, this,
                   [this, at = QPersistentModelIndex(index)] { activate(at); });
    menu.addSeparator();
    menu.addAction(u"Copy the causes"_s, this, &DeadGroupList::copy);
    menu.addAction(u"Copy the error"_s, this,
                   [error = group.sample.isEmpty() ? group.signature : group.sample] {
                       QGuiApplication::clipboard()->setText(error);
                   });
}

void DeadGroupList::copy() const {
    std::vector<int> columns;
    for (int column = 0; column < kGroupColumns; ++column) columns.push_back(column);
    QGuiApplication::clipboard()->setText(tsvOf(*m_model, {}, columns));
}

bool DeadGroupList::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::KeyPress) {
        auto* key = static_cast<QKeyEvent*>(event);
        if (key->matches(QKeySequence::Copy)) return copy(), true;
        if (key->key() == Qt::Key_Return || key->key() == Qt::Key_Space)
            return activate(m_view->currentIndex()), true;
    }
    return Card::eventFilter(watched, event);
}

}  // namespace spillway
