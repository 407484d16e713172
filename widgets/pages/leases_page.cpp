#include "widgets/pages/leases_page.h"

#include <QAbstractItemView>
#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QSplitter>
#include <QTableView>
#include <QVBoxLayout>
#include <algorithm>

#include "backends/domain/human_text.h"
#include "widgets/models/cell_roles.h"
#include "widgets/models/connection_label.h"
#include "widgets/models/figure_proxy.h"
#include "widgets/models/lease_summary.h"
#include "widgets/models/lease_table_model.h"
#include "widgets/models/worker_table_model.h"
#include "widgets/parts/card.h"
#include "widgets/parts/cell_delegate.h"
#include "widgets/parts/choice_box.h"
#include "widgets/parts/column_fit.h"
#include "widgets/parts/empty_state.h"
#include "widgets/parts/explained_button.h"
#include "widgets/parts/row_menu.h"
#include "widgets/parts/safe_label.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// A table under a line of text, or an empty state in its place.
QWidget* tableCard(const QString& title, SafeLabel* head, QStackedWidget* stack, QTableView* table,
                   EmptyState* empty, const QList<QPushButton*>& buttons = {}) {
    auto* card = new Card;
    auto* row = new QHBoxLayout;
    row->setContentsMargins(14, 2, 12, 0);
    row->setSpacing(8);
    row->addWidget(new SafeLabel(title, LabelRole::heading));
    row->addWidget(head, 1);
    for (QPushButton* button : buttons) row->addWidget(button);
    head->setElided(true);
    head->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    stack->addWidget(table);
    stack->addWidget(empty);
    auto* column = new QVBoxLayout(card);
    column->setContentsMargins(1, 8, 1, 4);
    column->setSpacing(4);
    column->addLayout(row);
    column->addWidget(stack, 1);
    return card;
}

template <typename Column>
constexpr int at(Column column) {
    return static_cast<int>(column);
}

ColumnFit::Plan leasePlan() {
    using C = LeaseColumn;
    return {
        {10, 15, 14, 14, 18, 11, 15.5, 11, 60, 15},
        at(C::evidence),
        {at(C::where), at(C::attempt), at(C::kind), at(C::owner)},
        {at(C::state), at(C::job)},
        {at(C::kind), at(C::owner), at(C::attempt), at(C::expires), at(C::evidence)},
        {{at(C::job), 38}, {at(C::queue), 24}, {at(C::owner), 38}, {at(C::kind), 30}, {at(C::where), 28}}};
}

ColumnFit::Plan workerPlan() {
    using C = WorkerColumn;
    return {{10, 24, 18, 11, 24, 11, 13, 15},
            at(C::queues),
            {at(C::where), at(C::pid), at(C::host)},
            {at(C::state), at(C::worker)},
            {at(C::host), at(C::pid), at(C::busy), at(C::heartbeat)},
            {{at(C::worker), 38}, {at(C::host), 24}, {at(C::where), 28}}};
}

ColumnFit* dress(QTableView& table, FigureProxy& proxy, const QString& name, ColumnFit::Plan plan) {
    table.setModel(&proxy);
    table.setItemDelegate(new CellDelegate(&table));
    dressTable(table, name);
    auto* columns = new ColumnFit(&table, std::move(plan));
    proxy.sort(0, Qt::DescendingOrder);  // the worst first
    QHeaderView* header = table.horizontalHeader();
    header->setSectionsClickable(true);
    QObject::connect(header, &QHeaderView::sectionClicked, &proxy, &FigureProxy::sortBy);
    return columns;
}

}  // namespace

LeasesPage::LeasesPage(QWidget* parent)
    : QWidget(parent), m_leases(new LeaseTableModel(this)), m_workers(new WorkerTableModel(this)),
      m_leaseProxy(new FigureProxy(m_leases, this)), m_workerProxy(new FigureProxy(m_workers, this)),
      m_leaseTable(new QTableView), m_workerTable(new QTableView),
      m_scopes(new ChoiceBox(u"Connection and system"_s, 20)), m_filter(new QLineEdit),
      m_release(new QPushButton(u"Release…"_s)), m_putBack(new QPushButton(u"Put back lost…"_s)),
      m_sentence(new SafeLabel({}, LabelRole::secondary)),
      m_leaseHead(new SafeLabel({}, LabelRole::secondary)),
      m_workerHead(new SafeLabel({}, LabelRole::secondary)), m_leaseStack(new QStackedWidget),
      m_workerStack(new QStackedWidget), m_whole(new QStackedWidget), m_noLeases(new EmptyState),
      m_noWorkers(new EmptyState), m_empty(new EmptyState) {
    m_whole->addWidget(buildTables());
    m_whole->addWidget(m_empty);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(10);
    column->addWidget(buildBar());
    column->addWidget(m_whole, 1);
    setFocusProxy(m_leaseTable);
    connect(m_empty, &EmptyState::buttonClicked, this, &LeasesPage::emptyButtonClicked);
    refresh();
}

QWidget* LeasesPage::buildBar() {
    auto* bar = new QWidget;
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(10);
    m_filter->setPlaceholderText(u"Filter jobs and workers   Ctrl+F"_s);
    m_filter->setAccessibleName(u"Filter jobs and workers"_s);
    m_filter->setClearButtonEnabled(true);
    m_filter->setMinimumWidth(130);
    m_filter->setMaximumWidth(240);
    m_sentence->setElided(true);
    m_sentence->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    auto* copy = new QPushButton(u"Copy"_s);
    copy->setAccessibleName(u"Copy the table as tab separated text"_s);
    row->addWidget(m_filter, 2);
    row->addWidget(m_scopes);
    row->addWidget(m_sentence, 1);
    row->addWidget(copy);
    connect(copy, &QPushButton::clicked, this, &LeasesPage::copySelection);
    connect(m_scopes, &QComboBox::activated, this, &LeasesPage::takeScope);
    connect(m_filter, &QLineEdit::textChanged, this, [this](const QString& text) {
        m_leaseProxy->setFilterText(text.trimmed());
        m_workerProxy->setFilterText(text.trimmed());
        refreshTexts();
    });
    return bar;
}

QWidget* LeasesPage::buildTables() {
    m_leaseColumns = dress(*m_leaseTable, *m_leaseProxy, u"Running jobs, stuck ones first"_s, leasePlan());
    m_workerColumns =
        dress(*m_workerTable, *m_workerProxy, u"Workers, those that are gone first"_s, workerPlan());
    connect(m_leaseTable, &QTableView::activated, this,
            [this](const QModelIndex& index) { emit queueActivated(index.data(RefRole).value<QueueRef>()); });
    connect(m_leaseTable->selectionModel(), &QItemSelectionModel::selectionChanged, this,
            &LeasesPage::refreshRelease);
    onRowMenu(*m_leaseTable, [this](QMenu& menu, const QModelIndex& index) {
        const LeaseRow& row = m_leases->row(m_leaseProxy->mapToSource(index).row());
        menu.addAction(u"Open the queue"_s, this, [this, ref = row.ref] { emit queueActivated(ref); });
        menu.addAction(m_release->text(), m_release, &QPushButton::click)->setEnabled(m_release->isEnabled());
        menu.addSeparator();
        menu.addAction(u"Copy the rows"_s, this, [this] { copyTable(*m_leaseTable); });
        menu.addAction(u"Copy the job's id"_s, this,
                       [id = row.lease.id] { QGuiApplication::clipboard()->setText(id); });
    });
    onRowMenu(*m_workerTable, [this](QMenu& menu, const QModelIndex& index) {
        const WorkerRow& row = m_workers->row(m_workerProxy->mapToSource(index).row());
        menu.addAction(u"Filter by its name"_s, this, [this, id = row.worker.id] { m_filter->setText(id); });
        menu.addSeparator();
        menu.addAction(u"Copy the rows"_s, this, [this] { copyTable(*m_workerTable); });
        menu.addAction(u"Copy the name"_s, this,
                       [id = row.worker.id] { QGuiApplication::clipboard()->setText(id); });
    });
    connect(m_release, &QPushButton::clicked, this, &LeasesPage::release);
    connect(m_putBack, &QPushButton::clicked, this, &LeasesPage::putBack);
    auto* tables = new QSplitter(Qt::Vertical);
    tables->setHandleWidth(10);
    tables->setChildrenCollapsible(false);
    tables->addWidget(tableCard(u"Running jobs"_s, m_leaseHead, m_leaseStack, m_leaseTable, m_noLeases,
                                {m_putBack, m_release}));
    tables->addWidget(tableCard(u"Workers"_s, m_workerHead, m_workerStack, m_workerTable, m_noWorkers));
    tables->setStretchFactor(0, 3);
    tables->setStretchFactor(1, 2);
    return tables;
}

void LeasesPage::setConnections(const ConnectionViews& views) {
    m_views = views;
    if (!m_scope.connection.isEmpty() && !findConnection(views, m_scope.connection)) m_scope = {};
    fillScopes();
    refresh();
}

void LeasesPage::setScope(const QueueRef& scope) {
    if (m_scope == scope) return;
    m_scope = scope;
    m_filter->clear();
    fillScopes();
    refresh();
}

// The scope may be narrower than any choice: then its queue stands beside it, as a choice of its own.
void LeasesPage::fillScopes() {
    std::vector<ScopeChoice> choices = scopeChoices(m_views, true);
    if (!m_scope.queue.isEmpty())
        choices.push_back(
            {u"%1 · %2"_s.arg(connectionLabel(m_scope.connection), visibleText(m_scope.queue, 60)), m_scope});
    if (choices != m_choices && !m_scopes->view()->isVisible()) {
        m_choices = choices;
        m_scopes->clear();
        for (const auto& choice : m_choices) m_scopes->addItem(choice.text);
    }
    m_scopes->setCurrentIndex(m_scope.queue.isEmpty() ? indexOfScope(m_choices, m_scope)
                                                      : m_scopes->count() - 1);
}

void LeasesPage::takeScope() {
    const int index = m_scopes->currentIndex();
    if (index < 0 || index >= static_cast<int>(m_choices.size())) return;
    m_scope = m_choices[static_cast<size_t>(index)].scope;
    fillScopes();
    refresh();
    emit scopeChosen(m_scope);
}

// What the scope says already need not stand in each row.
void LeasesPage::refresh() {
    m_leaseColumns->setUnneeded(at(LeaseColumn::where), !m_scope.system.isEmpty());
    m_leaseColumns->setUnneeded(at(LeaseColumn::queue), !m_scope.queue.isEmpty());
    m_workerColumns->setUnneeded(at(WorkerColumn::where), !m_scope.system.isEmpty());
    m_leases->setConnections(m_views, m_scope);
    m_workers->setConnections(m_views, m_scope);
    refreshTexts();
}

void LeasesPage::setReleaseGap(std::function<QString(const QueueRef&)> gap) {
    m_releaseGap = std::move(gap);
    refreshRelease();
}

void LeasesPage::setPutBackGap(std::function<QString(const QueueRef&)> gap) {
    m_putBackGap = std::move(gap);
    refreshRelease();
}

LeasesPage::Release LeasesPage::releasable() const {
    QModelIndexList rows = m_leaseTable->selectionModel()->selectedRows();
    Release found;
    found.all = rows.isEmpty();
    for (int row = 0; found.all && row < m_leaseProxy->rowCount(); ++row) rows << m_leaseProxy->index(row, 0);
    for (const QModelIndex& index : rows) {
        const LeaseRow& row = m_leases->row(m_leaseProxy->mapToSource(index).row());
        if (!row.lease.stuck) continue;
        if (found.ids.isEmpty()) found.queue = row.ref;
        if (row.ref != found.queue) found.queue = {row.ref.connection, {}, {}};
        found.ids << row.lease.id;
    }
    return found;
}

void LeasesPage::refreshRelease() {
    const Release found = releasable();
    QString gap = m_releaseGap ? QString() : u"This window only observes."_s;
    if (gap.isEmpty() && found.ids.isEmpty())
        gap =
            found.all ? u"No claim is stuck."_s : u"The selected claims are not stuck: their workers live."_s;
    if (gap.isEmpty() && found.queue.queue.isEmpty())
        gap = u"Stuck claims of several queues: choose one queue, or select claims of one."_s;
    if (gap.isEmpty()) gap = m_releaseGap(found.queue);
    m_release->setText(found.ids.isEmpty() ? u"Release…"_s : u"Release %1 stuck…"_s.arg(found.ids.size()));
    explainButton(*m_release, gap,
                  u"A plan first, with the evidence; nothing is changed before it is confirmed."_s);
    m_putBack->setVisible(!found.ids.isEmpty() && found.queue.system.startsWith("sidekiq"_L1));
    explainButton(*m_putBack, m_putBackGap ? m_putBackGap(found.queue) : u"This window only observes."_s,
                  u"A plan of the jobs that went with their process and are remembered."_s);
}

void LeasesPage::putBack() {
    const Release found = releasable();
    ActionRequest request;
    request.lost = true;
    request.filter.system = found.queue.system;
    request.filter.queues << found.queue.queue;
    request.filter.ids = found.ids;
    emit releaseRequested(found.queue.connection, request);
}

void LeasesPage::release() {
    const Release found = releasable();
    ActionRequest request;
    request.action = ActionKind::release;
    request.filter.system = found.queue.system;
    request.filter.queues << found.queue.queue;
    request.filter.ids = found.ids;
    request.canary = 0;
    emit releaseRequested(found.queue.connection, request);
}

void LeasesPage::refreshTexts() {
    refreshRelease();
    ConnectionViews views = m_views;
    if (!m_scope.connection.isEmpty())
        std::erase_if(views, [&](const auto& view) { return view.name != m_scope.connection; });
    const bool read = std::any_of(views.begin(), views.end(), [](const auto& view) { return view.last; });
    m_whole->setCurrentIndex(read ? 0 : 1);
    if (!read) {
        m_sentence->setSafeText({});
        return m_empty->setText(emptyTextFor(views, QDateTime::currentDateTime()).value_or(noQueuesText()));
    }
    const LeaseSummary summary = leaseSummary(m_views, m_scope, QDateTime::currentDateTime());
    m_sentence->setSafeText(summary.sentence);
    m_leaseHead->setSafeText(summary.leases);
    m_leaseHead->setHint(summary.gaps);
    m_workerHead->setSafeText(summary.workers);
    m_workerHead->setHint(summary.unlisted);
    const QString filter = m_filter->text().trimmed();
    const auto show = [&](QStackedWidget* stack, EmptyState* empty, const FigureProxy& proxy,
                          const EmptyText& none) {
        stack->setCurrentIndex(proxy.rowCount() > 0 ? 0 : 1);
        const bool filtered = proxy.rowCount() == 0 && proxy.sourceModel()->rowCount() > 0;
        if (proxy.rowCount() == 0)
            empty->setText(filtered ? EmptyText{u"search"_s,
                                                u"Nothing matches “%1”"_s.arg(visibleText(filter, 60)),
                                                {},
                                                {},
                                                {}}
                                    : none);
    };
    show(m_leaseStack, m_noLeases, *m_leaseProxy, summary.no_leases);
    show(m_workerStack, m_noWorkers, *m_workerProxy, summary.no_workers);
}

void LeasesPage::emptyButtonClicked() {
    if (m_views.empty()) return emit connectRequested();
    for (const auto& view : m_views)
        if (view.failure && (m_scope.connection.isEmpty() || view.name == m_scope.connection))
            emit retryRequested(view.name);
}

void LeasesPage::focusFilter() {
    m_filter->setFocus(Qt::ShortcutFocusReason);
    m_filter->selectAll();
}

void LeasesPage::copySelection() const {
    copyTable(m_workerTable->hasFocus() ? *m_workerTable : *m_leaseTable);
}

void LeasesPage::keyPressEvent(QKeyEvent* event) {
    if (event->matches(QKeySequence::Copy)) return copySelection();
    if (event->key() == Qt::Key_Escape && !m_filter->text().isEmpty()) {
        m_filter->clear();
        return m_leaseTable->setFocus();
    }
    QWidget::keyPressEvent(event);
}

}  // namespace spillway
