#include "widgets/pages/dead_letters_page.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QPushButton>
#include <QSplitter>
#include <QTableView>
#include <QVBoxLayout>

#include "backends/domain/human_text.h"
#include "backends/health/dead_letter_age.h"
#include "widgets/models/dead_groups_model.h"
#include "widgets/models/dead_jobs_model.h"
#include "widgets/models/dead_summary.h"
#include "widgets/models/finding_place.h"
#include "widgets/parts/age_strip.h"
#include "widgets/parts/cell_delegate.h"
#include "widgets/parts/dead_filter_bar.h"
#include "widgets/parts/dead_group_list.h"
#include "widgets/parts/dead_header.h"
#include "widgets/parts/job_inspector.h"
#include "widgets/parts/safe_label.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kPageSize = 200;
constexpr int kFilterPause_ms = 300;
constexpr int kWalkPause_ms = 150;
constexpr int kRoomForThree = 1080;  // pixels at normal font size: causes, jobs and one job side by side

int column(DeadColumn which) {
    return static_cast<int>(which);
}

// The causes are those of everything else the filter says: choosing one does not make the others vanish.
JobFilter withoutCause(JobFilter filter) {
    filter.error_signature.clear();
    filter.kind.clear();
    filter.ids.clear();
    return filter;
}

// Where a person most likely wants to look: the connection with the worst finding on dead letters.
QueueRef worstScope(const ConnectionViews& views) {
    const ConnectionView* fallback = nullptr;
    for (const auto& view : views) {
        if (!view.last) continue;
        if (!fallback) fallback = &view;
        for (const auto& finding : view.last->findings)
            if (placeOf(finding) == Place::dead_letters) return {view.name, {}, {}};
    }
    if (!fallback && !views.empty()) fallback = &views.front();
    return fallback ? QueueRef{fallback->name, {}, {}} : QueueRef();
}

}  // namespace

DeadLettersPage::DeadLettersPage(QWidget* parent)
    : QWidget(parent), m_header(new DeadHeader), m_filter(new DeadFilterBar), m_groups(new DeadGroupList),
      m_jobs(new DeadJobsModel(this)), m_table(new QTableView),
      m_count(new SafeLabel({}, LabelRole::secondary)), m_order(new QComboBox),
      m_reload(new QPushButton(u"Reload"_s)), m_copy(new QPushButton(u"Copy"_s)), m_stack(new QStackedWidget),
      m_empty(new EmptyState), m_inspector(new JobInspector), m_panels(new QSplitter(Qt::Horizontal)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(10);
    column->addWidget(m_header);
    column->addWidget(m_filter);
    m_panels->setHandleWidth(10);
    m_panels->setChildrenCollapsible(false);
    m_panels->addWidget(m_groups);
    m_panels->addWidget(buildLists());
    m_panels->addWidget(m_inspector);
    m_panels->setStretchFactor(0, 0);
    m_panels->setStretchFactor(1, 1);
    m_panels->setStretchFactor(2, 0);
    m_panels->setSizes({300, 600, 380});
    m_groups->setMinimumWidth(220);
    m_inspector->hide();
    column->addWidget(m_panels, 1);
    m_debounce.setSingleShot(true);
    m_debounce.setInterval(kFilterPause_ms);
    m_jobDebounce.setSingleShot(true);
    m_jobDebounce.setInterval(kWalkPause_ms);
    buildTable();
    wire();
    refreshHeader();
    refreshState();
}

QWidget* DeadLettersPage::buildLists() {
    auto* card = new Card;
    auto* column = new QVBoxLayout(card);
    column->setContentsMargins(1, 8, 1, 4);
    column->setSpacing(6);
    column->addWidget(buildListHead());
    column->addWidget(m_stack, 1);
    m_stack->addWidget(m_table);
    m_stack->addWidget(m_empty);
    return card;
}

QWidget* DeadLettersPage::buildListHead() {
    auto* head = new QWidget;
    auto* row = new QHBoxLayout(head);
    row->setContentsMargins(14, 0, 8, 0);
    row->setSpacing(8);
    m_order->addItem(u"Oldest first"_s, false);
    m_order->addItem(u"Newest first"_s, true);
    m_order->setCurrentIndex(1);
    m_order->setAccessibleName(u"Order of the dead letters"_s);
    m_count->setElided(true);
    m_count->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_copy->setAccessibleName(u"Copy the jobs as tab separated text"_s);
    m_reload->setToolTip(plainToolTip(u"Read the list anew   F5"_s));
    row->addWidget(new SafeLabel(u"Jobs"_s, LabelRole::heading));
    row->addWidget(m_count, 1);
    row->addWidget(m_order);
    row->addWidget(m_copy);
    row->addWidget(m_reload);
    return head;
}

void DeadLettersPage::buildTable() {
    m_table->setModel(m_jobs);
    m_table->setItemDelegate(new CellDelegate(m_table));
    dressTable(*m_table, u"Dead letters"_s);
    const std::pair<DeadColumn, double> widths[] = {{DeadColumn::job, 15},  {DeadColumn::queue, 13},
                                                    {DeadColumn::kind, 17}, {DeadColumn::died, 14},
                                                    {DeadColumn::age, 9},   {DeadColumn::attempts, 10}};
    for (const auto& [which, digits] : widths)
        m_table->setColumnWidth(column(which), digitsWide(*m_table, digits));
    m_table->horizontalHeader()->setStretchLastSection(true);
}

void DeadLettersPage::wire() {
    connect(m_filter, &DeadFilterBar::scopeChanged, this, &DeadLettersPage::scopeChosen);
    connect(m_filter, &DeadFilterBar::changed, this, &DeadLettersPage::filterChanged);
    connect(m_groups, &DeadGroupList::groupActivated, this, &DeadLettersPage::groupChosen);
    connect(m_header, &DeadHeader::bucketActivated, this, &DeadLettersPage::bucketChosen);
    connect(m_order, &QComboBox::activated, this, [this] { askSoon(); });
    connect(m_reload, &QPushButton::clicked, this, &DeadLettersPage::reload);
    connect(m_copy, &QPushButton::clicked, this, &DeadLettersPage::copySelection);
    connect(m_empty, &EmptyState::buttonClicked, this, &DeadLettersPage::emptyButtonClicked);
    connect(m_jobs, &DeadJobsModel::pageWanted, this, &DeadLettersPage::askNextPage);
    connect(m_table, &QTableView::activated, this, &DeadLettersPage::openJob);
    connect(m_table, &QTableView::clicked, this, &DeadLettersPage::openJob);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this] {
        if (m_inspector->isVisible()) m_jobDebounce.start();
    });
    connect(m_inspector, &JobInspector::closed, this, &DeadLettersPage::closeJob);
    connect(m_inspector, &JobInspector::retryRequested, this, &DeadLettersPage::askForJob);
    connect(&m_debounce, &QTimer::timeout, this, &DeadLettersPage::askAnew);
    connect(&m_jobDebounce, &QTimer::timeout, this, &DeadLettersPage::askForJob);
}

void DeadLettersPage::setConnections(const ConnectionViews& views) {
    m_views = views;
    if (!findConnection(m_views, m_scope.connection)) m_scope = {};
    m_filter->setConnections(views);
    suggestScope();
    refreshHeader();
    refreshState();
    const ConnectionView* view = findConnection(m_views, m_scope.connection);
    if (m_dirty && isVisible() && view && view->last && !m_debounce.isActive() && m_state == State::idle)
        askAnew();
}

void DeadLettersPage::suggestScope() {
    if (!m_scope.connection.isEmpty()) return;
    const QueueRef scope = worstScope(m_views);
    if (!scope.connection.isEmpty()) setScope(scope);
}

void DeadLettersPage::setScope(const QueueRef& scope) {
    if (m_scope == scope) return;
    m_scope = scope;
    suggestScope();
    m_filter->setScope(m_scope);
    m_filter->clear();
    m_groups->setCurrent({}, {});
    closeJob();
    m_state = State::idle;
    m_dirty = true;
    m_jobs->clear();
    refreshHeader();
    refreshState();
    if (isVisible()) askSoon();
}

void DeadLettersPage::scopeChosen() {
    const QueueRef chosen = m_filter->scope();
    if (chosen == m_scope) return;
    m_scope = chosen;
    m_groups->setCurrent({}, {});
    closeJob();
    refreshHeader();
    askSoon();
}

void DeadLettersPage::filterChanged() {
    const JobFilter filter = m_filter->filter();
    m_groups->setCurrent(filter.error_signature, filter.kind);
    askSoon();
}

void DeadLettersPage::groupChosen(const QString& signature, const QString& kind) {
    m_filter->setGroup(signature, kind);
}

void DeadLettersPage::bucketChosen(int bucket) {
    const AgeSpan span = ageSpanOf(bucket);
    const auto older = span.from > 0 ? std::optional(span.from) : std::nullopt;
    m_filter->setAges(older, span.to, u"Age %1"_s.arg(deadAgeBucketName(bucket)));
}

// What was asked before is not wanted any more, even while a person still types.
void DeadLettersPage::askSoon() {
    m_pageTicket = 0;
    m_dirty = true;
    m_debounce.start();
}

void DeadLettersPage::reload() {
    m_groupsOf.reset();
    askAnew();
}

quint64 DeadLettersPage::ask(const Inquiry& inquiry) {
    const quint64 ticket = ++m_lastTicket;
    // The answer may come before this returns, so the ticket is known before the question is out.
    if (std::holds_alternative<DeadQuery>(inquiry)) m_pageTicket = ticket;
    if (std::holds_alternative<DeadGroupsQuery>(inquiry)) m_groupsTicket = ticket;
    if (std::holds_alternative<JobQuery>(inquiry)) m_jobTicket = ticket;
    emit inquiryMade(m_scope.connection, ticket, inquiry);
    return ticket;
}

void DeadLettersPage::askAnew() {
    m_debounce.stop();
    const ConnectionView* view = findConnection(m_views, m_scope.connection);
    if (!view || !view->last || !isVisible()) {
        m_state = State::idle;
        return refreshState();
    }
    m_dirty = false;
    m_state = State::loading;
    m_pageProblem.clear();
    m_jobs->clear();
    refreshState();
    m_deadThen = deadSummary(queuesIn(*view, m_scope)).dead;
    DeadQuery query;
    query.filter = m_filter->filter();
    query.limit = kPageSize;
    query.newest_first = m_order->currentData().toBool();
    (void)ask(query);
    askForGroups();
}

void DeadLettersPage::askForGroups() {
    const JobFilter filter = withoutCause(m_filter->filter());
    if (m_groupsOf == filter) return;
    m_groupsOf = filter;
    m_groups->showNote(u"Grouping the newest ones…"_s);
    (void)ask(DeadGroupsQuery{filter});
}

void DeadLettersPage::askNextPage(const QString& after) {
    DeadQuery query;
    query.filter = m_filter->filter();
    query.limit = kPageSize;
    query.after = after;
    query.newest_first = m_order->currentData().toBool();
    (void)ask(query);
    refreshCount();
}

void DeadLettersPage::openJob(const QModelIndex& index) {
    if (!index.isValid()) return;
    m_inspector->show();
    fitPanels();
    askForJob();
}

void DeadLettersPage::askForJob() {
    const QModelIndex index = m_table->currentIndex();
    m_jobDebounce.stop();
    if (!index.isValid() || !m_inspector->isVisibleTo(this)) return;
    const DeadJob& job = m_jobs->job(index.row());
    m_inspector->showLoading(job);
    (void)ask(JobQuery{job.system, job.queue, job.id});
}

void DeadLettersPage::closeJob() {
    m_jobTicket = 0;
    m_jobDebounce.stop();
    m_inspector->hide();
    fitPanels();
}

void DeadLettersPage::cancel() {
    m_pageTicket = m_groupsTicket = 0;
    m_groupsOf.reset();
    m_groups->showNote(u"Not read."_s);
    m_state = State::cancelled;
    refreshState();
}

void DeadLettersPage::takeAnswer(quint64 ticket, const Answer& answer) {
    if (ticket == 0) return;
    if (const auto* failure = std::get_if<Failure>(&answer)) return takeFailure(ticket, *failure);
    if (const auto* page = std::get_if<DeadPage>(&answer); page && ticket == m_pageTicket) takePage(*page);
    if (const auto* groups = std::get_if<DeadGroups>(&answer); groups && ticket == m_groupsTicket) {
        m_groupsTicket = 0;
        m_groups->setGroups(*groups);
    }
    if (const auto* detail = std::get_if<JobDetail>(&answer); detail && ticket == m_jobTicket) {
        m_jobTicket = 0;
        m_inspector->showDetail(*detail);
    }
}

void DeadLettersPage::takePage(const DeadPage& page) {
    m_pageTicket = 0;
    m_state = State::shown;
    m_jobs->addPage(page);
    refreshState();
}

void DeadLettersPage::takeFailure(quint64 ticket, const Failure& failure) {
    if (ticket == m_groupsTicket) {
        m_groupsTicket = 0;
        m_groupsOf.reset();
        m_groups->showNote(failure.sentence());
    } else if (ticket == m_jobTicket) {
        m_jobTicket = 0;
        m_inspector->showFailure(failure);
    } else if (ticket == m_pageTicket) {
        m_pageTicket = 0;
        m_failure = failure;
        if (m_jobs->rowCount() > 0) {  // what was read stays
            m_jobs->pageFailed();
            m_pageProblem = failure.what;
        } else {
            m_state = State::failed;
        }
        refreshState();
    }
}

QString DeadLettersPage::scopeText() const {
    if (!m_scope.queue.isEmpty()) return visibleText(m_scope.queue, 60);
    const ConnectionView* view = findConnection(m_views, m_scope.connection);
    if (view && view->last && !m_scope.system.isEmpty())
        for (const auto& system : view->last->systems)
            if (system.identity.key() == m_scope.system) return systemText(system.identity);
    return visibleText(m_scope.connection, 60);
}

void DeadLettersPage::refreshHeader() {
    const ConnectionView* view = findConnection(m_views, m_scope.connection);
    m_header->setVisible(view && view->last);
    if (!view || !view->last) return;
    QString stale;
    if (view->state != ConnectionState::live)
        stale = u"%1 does not answer; these figures are %2 old"_s.arg(
            visibleText(view->name, 40),
            durationText(ageOfLast(*view, QDateTime::currentDateTime()).value_or(0)));
    m_header->setSummary(deadSummary(queuesIn(*view, m_scope)), scopeText(), stale);
    m_jobs->setStale(view->state != ConnectionState::live);
    refreshCount();
}

void DeadLettersPage::refreshCount() {
    QStringList parts;
    if (m_state == State::shown) {
        const int loaded = m_jobs->rowCount();
        const Count& total = m_jobs->total();
        parts << (total.known() && *total.value != loaded
                      ? u"%1 of %2"_s.arg(exactCountText(loaded), countText(total))
                      : exactCountText(loaded));
        if (m_pageTicket != 0) parts << u"reading more…"_s;
        if (!m_pageProblem.isEmpty()) parts << u"no more: %1"_s.arg(m_pageProblem);
        if (m_jobs->isFull()) parts << u"narrow the filter to see further"_s;
        const ConnectionView* view = findConnection(m_views, m_scope.connection);
        if (view && view->last && m_pageTicket == 0 &&
            deadSummary(queuesIn(*view, m_scope)).dead.value != m_deadThen.value)
            parts << u"changed since"_s;
    }
    m_count->setSafeText(parts.join(u" · "_s));
}

EmptyText DeadLettersPage::emptyText(const ConnectionView* view) const {
    const QDateTime now = QDateTime::currentDateTime();
    if (!view) return m_views.empty() ? nothingConnectedText() : loadingText(m_views.front().name);
    if (!view->last) return emptyTextFor({*view}, now).value_or(loadingText(view->name));
    if (m_state == State::failed) return failureText(m_failure, std::nullopt, now);
    if (m_state == State::cancelled)
        return {u"stale"_s, u"Not read"_s, {}, u"Reading the dead letters was stopped."_s, u"Read them"_s};
    const DeadSummary summary = deadSummary(queuesIn(*view, m_scope));
    if (m_state == State::shown && !summary.kept)
        return {u"queue"_s,
                u"%1 keeps no dead letters"_s.arg(scopeText()),
                {},
                summary.verdict.isEmpty() ? u"Failed jobs leave no trace here."_s : summary.verdict,
                {}};
    if (m_state == State::shown && m_filter->isFiltered())
        return {u"search"_s,
                u"No dead letter matches the filter"_s,
                {},
                u"Clear it to see all of %1."_s.arg(scopeText()),
                u"Clear filter"_s};
    if (m_state == State::shown)
        return {u"good"_s,
                u"No dead letter in %1"_s.arg(scopeText()),
                {},
                u"A job shows here once it is given up for good."_s,
                {}};
    return {u"connecting"_s, u"Reading the dead letters of %1…"_s.arg(scopeText()), {}, {}, u"Stop"_s};
}

void DeadLettersPage::refreshState() {
    const ConnectionView* view = findConnection(m_views, m_scope.connection);
    const bool rows = m_jobs->rowCount() > 0;
    if (!rows) m_empty->setText(emptyText(view));
    m_stack->setCurrentIndex(rows ? 0 : 1);
    m_panels->widget(0)->setVisible(view && view->last &&
                                    (m_inspector->isHidden() || width() >= kRoomForThree));
    m_filter->setEnabled(view && view->last);
    m_copy->setEnabled(rows);
    m_reload->setEnabled(view && view->last);
    refreshCount();
}

void DeadLettersPage::emptyButtonClicked() {
    const ConnectionView* view = findConnection(m_views, m_scope.connection);
    if (m_views.empty()) return emit connectRequested();
    if (view && !view->last) return emit retryRequested(view->name);
    if (m_state == State::loading) return cancel();
    if (m_state == State::failed || m_state == State::cancelled) return reload();
    m_filter->clear();
    filterChanged();
}

// Where three panels have no room, the causes give way to the job.
void DeadLettersPage::fitPanels() {
    const bool job = !m_inspector->isHidden();
    m_groups->setVisible(!job || width() >= kRoomForThree);
    const bool narrow = job && width() < kRoomForThree;
    const bool oneQueue = !m_scope.queue.isEmpty();
    m_table->setColumnHidden(column(DeadColumn::queue), oneQueue || narrow);
    m_table->setColumnHidden(column(DeadColumn::kind), narrow || width() < 700);
    m_table->setColumnHidden(column(DeadColumn::died), narrow || width() < kRoomForThree);
}

void DeadLettersPage::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    if (m_dirty) askAnew();
}

void DeadLettersPage::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    fitPanels();
}

void DeadLettersPage::focusFilter() {
    m_filter->focusFirst();
}

void DeadLettersPage::copySelection() const {
    copyTable(*m_table);
}

void DeadLettersPage::keyPressEvent(QKeyEvent* event) {
    if (event->matches(QKeySequence::Copy)) return copySelection();
    if (event->key() == Qt::Key_Escape && !m_inspector->isHidden()) {
        closeJob();
        return m_table->setFocus();
    }
    if (event->key() == Qt::Key_Escape && m_filter->isFiltered()) {
        m_filter->clear();
        filterChanged();
        return m_table->setFocus();
    }
    QWidget::keyPressEvent(event);
}

}  // namespace spillway
