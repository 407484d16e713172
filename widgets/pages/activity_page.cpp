#include "widgets/pages/activity_page.h"

#include <QClipboard>
#include <QFileDialog>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QJsonDocument>
#include <QMenu>
#include <QMessageBox>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSaveFile>
#include <QSplitter>
#include <QStackedWidget>
#include <QTableView>
#include <QVBoxLayout>
#include <algorithm>

#include "backends/domain/human_text.h"
#include "backends/remediation/audit_text.h"
#include "widgets/acting/action_bar.h"
#include "widgets/acting/action_text.h"
#include "widgets/models/activity_table_model.h"
#include "widgets/models/figure_proxy.h"
#include "widgets/models/table_text.h"
#include "widgets/parts/card.h"
#include "widgets/parts/cell_delegate.h"
#include "widgets/parts/column_fit.h"
#include "widgets/parts/empty_state.h"
#include "widgets/parts/explained_button.h"
#include "widgets/parts/row_menu.h"
#include "widgets/parts/safe_label.h"
#include "widgets/parts/theme.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int index(ActivityColumn column) {
    return static_cast<int>(column);
}

EmptyText noActions() {
    return {
        u"info"_s,
        u"Nothing has been done from this machine"_s,
        {},
        u"Replays and releases show here, those of spillwayctl too, with who, why and what came of them."_s,
        {}};
}

// What is known of an action that has no audit record yet.
QString openText(const ActivityRow& row) {
    const OutcomeCounts& c = row.counts;
    QString text = u"%1 of %2\n\n"_s.arg(row.kind, visibleText(row.queue, 80));
    text += u"begun: %1\nreason: %2\n"_s.arg(exactMomentText(row.started), visibleText(row.reason, 400));
    text += u"planned %1, done %2, changed %3, equal job alive %4, gone %5, failed %6, unknown %7\n"_s.arg(
        exactCountText(c.planned), exactCountText(c.moved), exactCountText(c.changed),
        exactCountText(c.conflict), exactCountText(c.gone), exactCountText(c.failed),
        exactCountText(c.unknown));
    if (row.state == ActionState::interrupted)
        text +=
            u"\nIts process went away. Resume reads back what is unknown, sends nothing twice, and goes on "
            "with what was not touched. Abandon closes it with what is known.\n"_s;
    return text;
}

}  // namespace

ActivityPage::ActivityPage(QWidget* parent)
    : QWidget(parent), m_model(new ActivityTableModel(this)), m_proxy(new FigureProxy(m_model, this)),
      m_table(new QTableView), m_chain(new SafeLabel({}, LabelRole::secondary)),
      m_verify(new QPushButton(u"Verify again"_s)), m_runningCard(new Card),
      m_running(new QVBoxLayout(m_runningCard)), m_stack(new QStackedWidget), m_empty(new EmptyState),
      m_title(new SafeLabel({}, LabelRole::heading)), m_detail(new QPlainTextEdit),
      m_resume(new QPushButton(u"Resume…"_s)), m_undo(new QPushButton(u"Undo…"_s)),
      m_abandon(new QPushButton(u"Abandon"_s)), m_export(new QPushButton(u"Export…"_s)),
      m_copy(new QPushButton(u"Copy"_s)), m_detailCard(new Card) {
    m_running->setContentsMargins(16, 10, 12, 10);
    auto* panels = new QSplitter(Qt::Horizontal);
    panels->setHandleWidth(10);
    panels->setChildrenCollapsible(false);
    panels->addWidget(buildTable());
    panels->addWidget(buildDetail());
    panels->setStretchFactor(0, 3);
    panels->setStretchFactor(1, 2);
    m_stack->addWidget(panels);
    m_stack->addWidget(m_empty);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(10);
    column->addWidget(buildHead());
    column->addWidget(m_runningCard);
    column->addWidget(m_stack, 1);
    setFocusProxy(m_table);
    setRunning({});
    setActivity({});
}

QWidget* ActivityPage::buildHead() {
    auto* bar = new QWidget;
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(m_chain, 1);
    row->addWidget(m_verify);
    m_chain->setElided(true);
    m_chain->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_verify->setToolTip(plainToolTip(
        u"Reads the journal anew and checks that no audit record was edited, removed or moved."_s));
    connect(m_verify, &QPushButton::clicked, this, &ActivityPage::readWanted);
    return bar;
}

QWidget* ActivityPage::buildTable() {
    m_table->setModel(m_proxy);
    m_table->setItemDelegate(new CellDelegate(m_table));
    dressTable(*m_table, u"Actions, the newest first"_s);
    using C = ActivityColumn;
    m_columns = new ColumnFit(m_table, {{13, 9, 14, 16, 12, 15, 9, 24},
                                        index(C::reason),
                                        {index(C::where), index(C::skipped)},
                                        {index(C::state), index(C::queue)}});
    m_proxy->sort(index(C::started), Qt::DescendingOrder);
    m_table->horizontalHeader()->setSectionsClickable(true);
    connect(m_table->horizontalHeader(), &QHeaderView::sectionClicked, m_proxy, &FigureProxy::sortBy);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            &ActivityPage::refreshDetail);
    onRowMenu(*m_table, [this](QMenu& menu, const QModelIndex&) {
        for (QPushButton* button : {m_resume, m_abandon, m_export})
            if (!button->isHidden())
                menu.addAction(button->text(), button, &QPushButton::click)->setEnabled(button->isEnabled());
        menu.addSeparator();
        menu.addAction(u"Copy the rows"_s, this, &ActivityPage::copySelection);
        menu.addAction(u"Copy the record"_s, m_copy, &QPushButton::click);
    });
    auto* card = new Card;
    auto* column = new QVBoxLayout(card);
    column->setContentsMargins(1, 8, 1, 4);
    auto* title = new SafeLabel(u"Actions"_s, LabelRole::heading);
    title->setContentsMargins(14, 2, 0, 2);
    column->addWidget(title);
    column->addWidget(m_table, 1);
    return card;
}

QWidget* ActivityPage::buildDetail() {
    m_detail->setReadOnly(true);
    m_detail->setAccessibleName(u"The audit record"_s);
    m_detail->setLineWrapMode(QPlainTextEdit::WidgetWidth);
    auto* buttons = new QHBoxLayout;
    for (QPushButton* button : {m_resume, m_undo, m_abandon}) buttons->addWidget(button);
    buttons->addStretch(1);
    for (QPushButton* button : {m_copy, m_export}) buttons->addWidget(button);
    auto* column = new QVBoxLayout(m_detailCard);
    column->setContentsMargins(14, 10, 12, 10);
    column->addWidget(m_title);
    column->addWidget(m_detail, 1);
    column->addLayout(buttons);
    m_title->setElided(true);
    m_title->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    connect(m_resume, &QPushButton::clicked, this, [this] {
        if (const ActivityRow* row = current()) emit resumeWanted(*row);
    });
    connect(m_undo, &QPushButton::clicked, this, [this] {
        if (const ActivityRow* row = current()) emit undoWanted(*row);
    });
    connect(m_abandon, &QPushButton::clicked, this, [this] {
        if (const ActivityRow* row = current()) emit abandonWanted(row->key);
    });
    connect(m_copy, &QPushButton::clicked, this,
            [this] { QGuiApplication::clipboard()->setText(m_detail->toPlainText()); });
    connect(m_export, &QPushButton::clicked, this, &ActivityPage::exportRecord);
    return m_detailCard;
}

void ActivityPage::setActivity(const ActivityView& activity) {
    const bool newest = m_table->currentIndex().row() <= 0;  // follows what comes
    m_model->setActivity(activity);
    m_interrupted =
        static_cast<int>(std::count_if(activity.rows.begin(), activity.rows.end(), [](const auto& row) {
            return row.state == ActionState::interrupted;
        }));
    const bool broken = activity.failure || !activity.fault.isEmpty();
    m_chain->setSafeText(
        activity.failure            ? activity.failure->sentence()
        : !activity.fault.isEmpty() ? u"The audit is not as it was written. "_s + activity.fault
        : activity.audited == 0
            ? u"No audit records yet."_s
            : u"Audit: %1, each with the hash of the one before; the chain is whole."_s.arg(
                  activity.audited == 1 ? u"1 record"_s
                                        : u"%1 records"_s.arg(exactCountText(activity.audited))));
    m_chain->setColor(broken ? currentTokens().critical : QColor());
    m_stack->setCurrentIndex(activity.rows.empty() ? 1 : 0);
    if (activity.rows.empty()) m_empty->setText(noActions());
    if (newest && m_proxy->rowCount() > 0) m_table->setCurrentIndex(m_proxy->index(0, 0));
    refreshDetail();
}

void ActivityPage::setRunning(const std::vector<ActionView>& actions) {
    while (QLayoutItem* item = m_running->takeAt(0)) {
        if (item->widget()) item->widget()->deleteLater();
        delete item;
    }
    for (const ActionView& action : actions) {
        auto* whole = new QWidget;
        auto* row = new QHBoxLayout(whole);
        row->setContentsMargins(0, 0, 0, 0);
        row->setSpacing(14);
        auto* text = new SafeLabel(u"%1 · %2"_s.arg(visibleText(action.queue, 60), actionWords(action).title),
                                   LabelRole::strong);
        auto* bar = new ActionBar;
        bar->setCounts(countsOf(action));
        auto* show = new QPushButton(u"Show"_s);
        row->addWidget(text);
        row->addWidget(bar, 1);
        row->addWidget(show);
        connect(show, &QPushButton::clicked, this,
                [this, connection = action.connection] { emit showWanted(connection); });
        m_running->addWidget(whole);
    }
    m_runningCard->setVisible(!actions.empty());
}

void ActivityPage::setResumeGap(std::function<QString(const ActivityRow&)> gap) {
    m_resumeGap = std::move(gap);
    refreshButtons();
}

void ActivityPage::setUndoGap(std::function<QString(const ActivityRow&)> gap) {
    m_undoGap = std::move(gap);
    refreshButtons();
}

const ActivityRow* ActivityPage::current() const {
    const QModelIndex index = m_proxy->mapToSource(m_table->currentIndex());
    return index.isValid() ? &m_model->row(index.row()) : nullptr;
}

void ActivityPage::refreshDetail() {
    const ActivityRow* row = current();
    m_detailCard->setVisible(row);
    if (!row) return;
    m_title->setSafeText(row->audit ? u"Audit record %1"_s.arg(row->audit->number)
                                    : u"No audit record yet"_s);
    QString text = openText(*row);
    if (row->audit)
        text =
            auditMarkdown(row->audit->record) +
            u"\nhash: %1\nof the record before: %2\n"_s.arg(
                row->audit->hash, row->audit->previous.isEmpty() ? u"(the first)"_s : row->audit->previous);
    if (m_detail->toPlainText() != text) m_detail->setPlainText(text);
    refreshButtons();
}

void ActivityPage::refreshButtons() {
    const ActivityRow* row = current();
    const bool open = row && row->state == ActionState::interrupted;
    const OutcomeCounts counts = row ? row->counts : OutcomeCounts();
    const bool resumable =
        row && canBeResumed(row->state) && (open || counts.touched() - counts.failed < counts.planned);
    const bool undoable = row && row->kind == actionKindName(ActionKind::replay) && counts.moved > 0 &&
                          !open && row->state != ActionState::running;
    m_resume->setVisible(resumable);
    m_undo->setVisible(undoable);
    m_abandon->setVisible(open);
    m_export->setEnabled(row && row->audit);
    if (resumable)
        explainButton(*m_resume, m_resumeGap ? m_resumeGap(*row) : u"This window only observes."_s,
                      u"Reads back what is unknown, then goes on with what was not touched."_s);
    if (undoable)
        explainButton(*m_undo, m_undoGap ? m_undoGap(*row) : u"This window only observes."_s,
                      u"A dry run first: which of its jobs still wait and can be taken back."_s);
    m_abandon->setToolTip(plainToolTip(u"Closes it with what is known; the server is not asked."_s));
}

void ActivityPage::exportRecord() {
    const ActivityRow* row = current();
    if (!row || !row->audit) return;
    const QString path = QFileDialog::getSaveFileName(this, u"Export the audit record"_s,
                                                      u"spillway-audit-%1.md"_s.arg(row->audit->number),
                                                      u"Markdown (*.md);;JSON (*.json)"_s);
    if (path.isEmpty()) return;
    const bool json = path.endsWith(".json"_L1, Qt::CaseInsensitive);
    QSaveFile file(path);
    const QByteArray bytes =
        json ? QJsonDocument(row->audit->record).toJson() : m_detail->toPlainText().toUtf8();
    if (file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() && file.commit()) return;
    QMessageBox::warning(this, u"Not exported"_s,
                         u"%1 could not be written: %2."_s.arg(path, file.errorString()));
}

void ActivityPage::copySelection() const {
    copyTable(*m_table);
}

void ActivityPage::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    emit readWanted();
}

}  // namespace spillway
