#include "widgets/dead/job_list.h"

#include <QClipboard>
#include <QComboBox>
#include <QFocusEvent>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QMenu>
#include <QPushButton>
#include <QStackedWidget>
#include <QTableView>
#include <QVBoxLayout>

#include "widgets/models/dead_jobs_model.h"
#include "widgets/parts/cell_delegate.h"
#include "widgets/parts/column_fit.h"
#include "widgets/parts/explained_button.h"
#include "widgets/parts/row_menu.h"
#include "widgets/parts/safe_label.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int column(DeadColumn which) {
    return static_cast<int>(which);
}

ColumnFit::Plan jobColumnPlan() {
    return {{22, 13, 17, 14, 9, 10, 30},
            column(DeadColumn::error),
            {column(DeadColumn::died), column(DeadColumn::attempts), column(DeadColumn::kind),
             column(DeadColumn::queue)},
            {column(DeadColumn::job)},
            {column(DeadColumn::kind), column(DeadColumn::attempts)},
            {{column(DeadColumn::job), 38}}};
}

}  // namespace

DeadJobList::DeadJobList(QWidget* parent)
    : Card(parent), m_jobs(new DeadJobsModel(this)), m_table(new QTableView),
      m_count(new SafeLabel({}, LabelRole::secondary)), m_order(new QComboBox),
      m_replay(new QPushButton(u"Replay…"_s)), m_reload(new QPushButton(u"Reload"_s)),
      m_copy(new QPushButton(u"Copy"_s)), m_stack(new QStackedWidget), m_empty(new EmptyState) {
    m_table->setModel(m_jobs);
    m_table->setItemDelegate(new CellDelegate(m_table));
    dressTable(*m_table, u"Dead letters"_s);
    m_columns = new ColumnFit(m_table, jobColumnPlan());
    m_stack->addWidget(m_table);
    m_stack->addWidget(m_empty);
    auto* whole = new QVBoxLayout(this);
    whole->setContentsMargins(1, 8, 1, 4);
    whole->setSpacing(6);
    whole->addWidget(buildHead());
    whole->addWidget(m_stack, 1);
    connect(m_table, &QTableView::activated, this, &DeadJobList::jobActivated);
    connect(m_table, &QTableView::clicked, this, &DeadJobList::jobActivated);
    onRowMenu(*m_table, [this](QMenu& menu, const QModelIndex& index) { fillMenu(menu, index); });
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this] { emit jobPassed(); });
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this,
            &DeadJobList::selectionChanged);
    connect(m_replay, &QPushButton::clicked, this, &DeadJobList::replayRequested);
    connect(m_order, &QComboBox::activated, this, [this] { emit orderChanged(); });
    connect(m_reload, &QPushButton::clicked, this, &DeadJobList::reloadRequested);
    connect(m_copy, &QPushButton::clicked, this, &DeadJobList::copySelection);
    connect(m_empty, &EmptyState::buttonClicked, this, &DeadJobList::emptyButtonClicked);
}

void DeadJobList::fillMenu(QMenu& menu, const QModelIndex& index) {
    const DeadJob& job = m_jobs->job(index.row());
    menu.addAction(u"Open the job"_s, this,
                   [this, at = QPersistentModelIndex(index)] { emit jobActivated(at); });
    menu.addAction(m_replay->text(), m_replay, &QPushButton::click)->setEnabled(m_replay->isEnabled());
    menu.addSeparator();
    menu.addAction(u"Copy the rows"_s, this, &DeadJobList::copySelection);
    menu.addAction(u"Copy the id"_s, this, [id = job.id] { QGuiApplication::clipboard()->setText(id); });
    menu.addAction(u"Copy the error"_s, this,
                   [error = job.error] { QGuiApplication::clipboard()->setText(error); })
        ->setEnabled(!job.error.isEmpty());
}

QWidget* DeadJobList::buildHead() {
    auto* head = new QWidget;
    auto* row = new QHBoxLayout(head);
    row->setContentsMargins(14, 0, 8, 0);
    row->setSpacing(8);
    m_order->addItem(u"Newest first"_s, true);
    m_order->addItem(u"Oldest first"_s, false);
    m_order->setAccessibleName(u"Order of the dead letters"_s);
    m_count->setElided(true);
    m_count->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_copy->setAccessibleName(u"Copy the jobs as tab separated text"_s);
    m_reload->setToolTip(plainToolTip(u"Read the list anew   F5"_s));
    row->addWidget(new SafeLabel(u"Jobs"_s, LabelRole::heading));
    row->addWidget(m_count, 1);
    row->addWidget(m_replay);
    row->addWidget(m_order);
    row->addWidget(m_copy);
    row->addWidget(m_reload);
    return head;
}

bool DeadJobList::newestFirst() const {
    return m_order->currentData().toBool();
}

void DeadJobList::setOneQueue(bool one) {
    m_columns->setUnneeded(column(DeadColumn::queue), one);
}

void DeadJobList::setCount(const QString& text) {
    m_count->setSafeText(text);
}

void DeadJobList::setEmptyText(const EmptyText& text) {
    const bool rows = m_jobs->rowCount() > 0;
    if (!rows && m_table->hasFocus()) setFocus();  // else it would wander to whatever comes next
    m_stack->setCurrentIndex(rows ? 0 : 1);
    if (rows && hasFocus()) m_table->setFocus();
    m_copy->setEnabled(rows);
    if (!rows) m_empty->setText(text);
}

void DeadJobList::focusInEvent(QFocusEvent* event) {
    Card::focusInEvent(event);
    if (m_jobs->rowCount() > 0) m_table->setFocus(event->reason());
}

void DeadJobList::setReloadable(bool reloadable) {
    m_reload->setEnabled(reloadable);
}

std::vector<DeadJob> DeadJobList::selectedJobs() const {
    std::vector<DeadJob> jobs;
    for (const QModelIndex& index : m_table->selectionModel()->selectedRows())
        jobs.push_back(m_jobs->job(index.row()));
    return jobs;
}

void DeadJobList::setReplay(const QString& text, const QString& gap, const QString& hint) {
    m_replay->setText(text);
    explainButton(*m_replay, gap, hint);
}

void DeadJobList::copySelection() const {
    if (m_jobs->rowCount() > 0) copyTable(*m_table);
}

}  // namespace spillway
