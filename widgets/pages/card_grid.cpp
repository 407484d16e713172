#include "widgets/pages/card_grid.h"

#include <QEvent>
#include <QGridLayout>
#include <algorithm>

namespace spillway {
namespace {
constexpr int kCardGap = 12;
constexpr int kLeastForTwo = 900;  // pixels of width
constexpr int kLeastHeight = 250;  // of a card
constexpr int kPeek = 44;          // of what stands below
}  // namespace

CardGrid::CardGrid(QWidget* parent) : QWidget(parent), m_grid(new QGridLayout(this)) {
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setSpacing(kCardGap);
}

void CardGrid::addCard(QWidget* card) {
    m_cards.push_back(card);
    card->setParent(this);
    card->setMinimumWidth(0);
    m_columns = 0;
}

void CardGrid::fillViewport(QWidget* viewport) {
    m_viewport = viewport;
    viewport->installEventFilter(this);
    arrange();
}

bool CardGrid::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_viewport && event->type() == QEvent::Resize) arrange();
    return QWidget::eventFilter(watched, event);
}

void CardGrid::arrange() {
    const int columns = m_viewport->width() >= kLeastForTwo ? 2 : 1;
    const int rows = (static_cast<int>(m_cards.size()) + columns - 1) / columns;
    const int seen = columns == 2 ? m_viewport->height() - kPeek : 0;
    setMinimumHeight(std::max(rows * kLeastHeight + (rows - 1) * kCardGap, seen));
    if (columns == m_columns) return;
    m_columns = columns;
    for (QWidget* card : m_cards) m_grid->removeWidget(card);
    for (int i = 0; i < static_cast<int>(m_cards.size()); ++i)
        m_grid->addWidget(m_cards[static_cast<size_t>(i)], i / columns, i % columns);
    for (int i = 0; i < static_cast<int>(m_cards.size()); ++i) {
        m_grid->setRowStretch(i, i < rows ? 1 : 0);
        m_grid->setColumnStretch(i, i < columns ? 1 : 0);
    }
}

}  // namespace spillway
