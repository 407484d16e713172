#include "widgets/dead/payload_pane.h"

#include <QCheckBox>
#include <QClipboard>
#include <QEvent>
#include <QFontDatabase>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QStackedWidget>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "backends/domain/human_text.h"
#include "widgets/parts/safe_label.h"
#include "widgets/parts/theme.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {
constexpr int kOpenLevels = 2;  // unfolded from the start
}

QPlainTextEdit* plainTextView(const QString& accessibleName) {
    auto* view = new QPlainTextEdit;
    view->setReadOnly(true);
    view->setUndoRedoEnabled(false);
    view->setTabChangesFocus(true);
    view->setFrameShape(QFrame::NoFrame);
    view->setWordWrapMode(QTextOption::WrapAnywhere);
    view->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    view->setAccessibleName(accessibleName);
    return view;
}

PayloadPane::PayloadPane(QWidget* parent)
    : QWidget(parent), m_tree(new QTreeWidget), m_text(plainTextView(u"Payload as text"_s)),
      m_stack(new QStackedWidget), m_note(new SafeLabel({}, LabelRole::secondary)),
      m_reveal(new QCheckBox(u"Show secrets"_s)), m_asText(new QPushButton(u"As text"_s)),
      m_copy(new QPushButton(u"Copy"_s)) {
    m_tree->setColumnCount(2);
    m_tree->setHeaderHidden(true);
    m_tree->setUniformRowHeights(true);
    m_tree->setAccessibleName(u"Payload"_s);
    m_tree->header()->setStretchLastSection(true);
    m_tree->setTextElideMode(Qt::ElideRight);
    m_tree->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_stack->addWidget(m_tree);
    m_stack->addWidget(m_text);
    m_asText->setCheckable(true);
    m_copy->setAccessibleName(u"Copy the payload"_s);
    m_note->setWordWrap(true);
    auto* bar = new QHBoxLayout;
    bar->setSpacing(8);
    bar->addWidget(m_reveal);
    bar->addStretch(1);
    bar->addWidget(m_asText);
    bar->addWidget(m_copy);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(6);
    column->addLayout(bar);
    column->addWidget(m_note);
    column->addWidget(m_stack, 1);
    connect(m_reveal, &QCheckBox::toggled, this, [this](bool revealed) {
        refresh();
        emit revealChanged(revealed);
    });
    connect(m_asText, &QPushButton::toggled, this, &PayloadPane::refresh);
    connect(m_copy, &QPushButton::clicked, this, &PayloadPane::copy);
}

bool PayloadPane::isRevealed() const {
    return m_reveal->isChecked();
}

// Another job starts with its secrets hidden again.
void PayloadPane::setPayload(const QByteArray& payload, bool cut) {
    m_payload = payload;
    m_cut = cut;
    const QSignalBlocker quiet(m_reveal);
    m_reveal->setChecked(false);
    refresh();
}

void PayloadPane::refresh() {
    m_view = payloadView(m_payload, m_cut, m_reveal->isChecked());
    const bool json = m_view.form == PayloadView::Form::json;
    const bool empty = m_view.form == PayloadView::Form::none;
    m_note->setSafeText(empty && m_view.note.isEmpty() ? u"This job has no payload."_s : m_view.note);
    m_note->setVisible(!m_note->safeText().isEmpty());
    m_reveal->setVisible(m_view.has_secrets);
    m_asText->setVisible(json);
    m_copy->setVisible(!empty);
    m_stack->setVisible(!empty);
    m_tree->clear();
    if (json)
        for (const auto& child : m_view.root.children) {
            auto* item = new QTreeWidgetItem(m_tree);
            fill(item, child);
        }
    if (json && m_view.root.not_shown > 0)
        fill(new QTreeWidgetItem(m_tree),
             {u"…"_s, u"%1 more"_s.arg(exactCountText(m_view.root.not_shown)), false, 0, {}});
    m_tree->expandToDepth(kOpenLevels - 1);
    m_tree->resizeColumnToContents(0);
    m_tree->setColumnWidth(0, std::min(m_tree->columnWidth(0), fontMetrics().averageCharWidth() * 32));
    m_text->setPlainText(m_view.text);
    m_stack->setCurrentIndex(json && !m_asText->isChecked() ? 0 : 1);
}

void PayloadPane::fill(QTreeWidgetItem* item, const PayloadField& field) {
    const ThemeTokens& tokens = currentTokens();
    item->setText(0, field.name);
    item->setText(1, field.value);
    item->setForeground(0, tokens.secondary);
    if (field.secret || !field.children.empty()) item->setForeground(1, tokens.secondary);
    item->setToolTip(1, plainToolTip(field.value));
    for (const auto& child : field.children) fill(new QTreeWidgetItem(item), child);
    if (field.not_shown > 0 && !field.children.empty())
        fill(new QTreeWidgetItem(item),
             {u"…"_s, u"%1 more"_s.arg(exactCountText(field.not_shown)), false, 0, {}});
}

void PayloadPane::copy() const {
    QGuiApplication::clipboard()->setText(m_view.copy);
}

void PayloadPane::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_tree->topLevelItemCount() > 0) refresh();
}

}  // namespace spillway
