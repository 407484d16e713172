#include "widgets/pages/dead_letters_page.h"

#include <QKeyEvent>
#include <QSplitter>
#include <QTableView>
#include <QVBoxLayout>
#include <algorithm>

#include "backends/domain/human_text.h"
#include "backends/health/dead_letter_age.h"
#include "widgets/dead/age_strip.h"
#include "widgets/dead/filter_bar.h"
#include "widgets/dead/group_list.h"
#include "widgets/dead/header.h"
#include "widgets/dead/job_inspector.h"
#include "widgets/dead/job_list.h"
#include "widgets/models/dead_groups_model.h"
#include "widgets/models/dead_jobs_model.h"
#include "widgets/models/dead_summary.h"
#include "widgets/parts/safe_label.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kPageSize = 200;
constexpr int kFilterPause_ms = 300;
constexpr int kWalkPause_ms = 150;
constexpr int kRoomForThree = 1080;  // pixels at normal font size: causes, jobs and one job side by side

// The causes are those of everything else the filter says: choosing one does not make the others vanish.
JobFilter withoutCause(JobFilter filter) {
    filter.error_signature.clear();
    filter.kind.clear();
    filter.ids.clear();
    return filter;
}

}  // namespace

DeadLettersPage::DeadLettersPage(QWidget* parent)
    : QWidget(parent), m_header(new DeadHeader), m_filter(new DeadFilterBar), m_groups(new DeadGroupList),
      m_list(new DeadJobList), m_inspector(new JobInspector), m_panels(new QSplitter(Qt::Horizontal)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(10);
    column->addWidget(m_header);
    column->addWidget(m_filter);
    m_panels->setHandleWidth(10);
    m_panels->setChildrenCollapsible(false);
    m_panels->addWidget(m_groups);
    m_panels->addWidget(m_list);
    m_panels->addWidget(m_inspector);
    m_panels->setStretchFactor(0, 0);
    m_panels->setStretchFactor(1, 1);
    m_panels->setStretchFactor(2, 0);
    m_groups->setMinimumWidth(220);
    m_inspector->hide();
    column->addWidget(m_panels, 1);
    m_debounce.setSingleShot(true);
    m_debounce.setInterval(kFilterPause_ms);
    m_jobDebounce.setSingleShot(true);
    m_jobDebounce.setInterval(kWalkPause_ms);
    setFocusProxy(m_list);
    wire();
    refreshHeader();
    refreshState();
}

void DeadLettersPage::wire() {
    connect(m_filter, &DeadFilterBar::scopeChanged, this, &DeadLettersPage::takeScope);
    connect(m_filter, &DeadFilterBar::changed, this, &DeadLettersPage::filterChanged);
    connect(m_groups, &DeadGroupList::groupActivated, this, &DeadLettersPage::groupChosen);
    connect(m_header, &DeadHeader::bucketActivated, this, &DeadLettersPage::bucketChosen);
    connect(&m_list->model(), &DeadJobsModel::pageWanted, this, &DeadLettersPage::askNextPage);
    connect(m_list, &DeadJobList::orderChanged, this, &DeadLettersPage::askSoon);
    connect(m_list, &DeadJobList::reloadRequested, this, &DeadLettersPage::reload);
    connect(m_list, &DeadJobList::emptyButtonClicked, this, &DeadLettersPage::emptyButtonClicked);
    connect(m_list, &DeadJobList::selectionChanged, this, &DeadLettersPage::refreshReplay);
    connect(m_list, &DeadJobList::replayRequested, this, &DeadLettersPage::replay);
    connect(m_list, &DeadJobList::jobActivated, this, &DeadLettersPage::openJob);
    connect(m_list, &DeadJobList::jobPassed, this, [this] {
        if (m_inspector->isVisible()) m_jobDebounce.start();
    });
    connect(m_panels, &QSplitter::splitterMoved, this, [this] { m_placed = true; });
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
    if (m_dirty && isVisible() && view && view->last && !m_debounce.isActive() &&
        m_state == DeadListState::idle)
        askAnew();
}

void DeadLettersPage::suggestScope() {
    if (!m_scope.connection.isEmpty()) return;
    const QueueRef scope = worstDeadScope(m_views);
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
    m_state = DeadListState::idle;
    m_dirty = true;
    m_list->model().clear();
    refreshHeader();
    refreshState();
    if (isVisible()) askSoon();
}

void DeadLettersPage::showOnlyId(const QString& id) {
    m_filter->clear();
    m_filter->idField()->setText(id);
    filterChanged();
}

void DeadLettersPage::takeScope() {
    const QueueRef chosen = m_filter->scope();
    if (chosen == m_scope) return;
    m_scope = chosen;
    m_groups->setCurrent({}, {});
    closeJob();
    refreshHeader();
    askSoon();
    emit scopeChosen(m_scope);
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
        m_state = DeadListState::idle;
        return refreshState();
    }
    m_dirty = false;
    m_state = DeadListState::loading;
    m_pageProblem.clear();
    m_list->model().clear();
    refreshState();
    m_deadThen = deadSummary(queuesIn(*view, m_scope)).dead;
    DeadQuery query;
    query.filter = m_filter->filter();
    query.limit = kPageSize;
    query.newest_first = m_list->newestFirst();
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
    query.newest_first = m_list->newestFirst();
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
    const QModelIndex index = m_list->table()->currentIndex();
    m_jobDebounce.stop();
    if (!index.isValid() || !m_inspector->isVisibleTo(this)) return;
    const DeadJob& job = m_list->model().job(index.row());
    m_inspector->showLoading(job);
    (void)ask(JobQuery{job.system, job.queue, job.id});
}

void DeadLettersPage::closeJob() {
    m_list->table()->clearSelection();
    m_jobTicket = 0;
    m_jobDebounce.stop();
    m_inspector->hide();
    fitPanels();
}

void DeadLettersPage::cancel() {
    m_pageTicket = m_groupsTicket = 0;
    m_groupsOf.reset();
    m_groups->showNote(u"Not read."_s);
    m_state = DeadListState::cancelled;
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
    m_state = DeadListState::shown;
    m_list->model().addPage(page);
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
        if (m_list->model().rowCount() > 0) {  // what was read stays
            m_list->model().pageFailed();
            m_pageProblem = failure.what;
        } else {
            m_state = DeadListState::failed;
        }
        refreshState();
    }
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
    m_header->setSummary(deadSummary(queuesIn(*view, m_scope)), scopeName(view, m_scope), stale);
    m_list->model().setStale(view->state != ConnectionState::live);
    refreshCount();
}

void DeadLettersPage::refreshCount() {
    QStringList parts;
    if (m_state == DeadListState::shown) {
        const int loaded = m_list->model().rowCount();
        const Count& total = m_list->model().total();
        if (total.known() && *total.value != loaded)
            parts << u"%1 of %2"_s.arg(exactCountText(loaded), countText(total));
        else
            parts << (m_list->model().hasMore() ? u"the first %1"_s : u"%1"_s).arg(exactCountText(loaded));
        if (m_pageTicket != 0) parts << u"reading more…"_s;
        if (!m_pageProblem.isEmpty()) parts << u"no more: %1"_s.arg(m_pageProblem);
        if (m_list->model().isFull()) parts << u"narrow the filter to see further"_s;
        const ConnectionView* view = findConnection(m_views, m_scope.connection);
        if (view && view->last && m_pageTicket == 0 &&
            deadSummary(queuesIn(*view, m_scope)).dead.value != m_deadThen.value)
            parts << u"changed since"_s;
    }
    m_list->setCount(parts.join(u" · "_s));
}

void DeadLettersPage::refreshState() {
    const ConnectionView* view = findConnection(m_views, m_scope.connection);
    m_list->setEmptyText(deadListText(m_views, view, m_scope, {m_state, m_filter->isFiltered(), m_failure},
                                      QDateTime::currentDateTime()));
    m_list->setReloadable(view && view->last);
    m_filter->setEnabled(view && view->last);
    fitPanels();
    refreshCount();
    refreshReplay();
}

void DeadLettersPage::setReplayGap(std::function<QString(const QueueRef&)> gap) {
    m_replayGap = std::move(gap);
    refreshReplay();
}

// Selected jobs by their ids, or else whatever the filter asks for.
ActionRequest DeadLettersPage::replayRequest() const {
    ActionRequest request;
    request.filter = m_filter->filter();
    const auto jobs = m_list->selectedJobs();
    if (jobs.empty()) return request;
    request.filter = {};
    request.filter.system = jobs.front().system;
    request.filter.queues << jobs.front().queue;
    for (const DeadJob& job : jobs) {
        request.filter.ids << job.id;
        if (job.queue != jobs.front().queue || job.system != jobs.front().system)
            request.filter.queues.clear();  // of several queues
    }
    return request;
}

void DeadLettersPage::refreshReplay() {
    const ActionRequest request = replayRequest();
    const qsizetype selected = m_list->selectedJobs().empty() ? 0 : request.filter.ids.size();
    const QueueRef queue{m_scope.connection, request.filter.system, request.filter.queues.value(0)};
    const QString gap = m_replayGap ? m_replayGap(queue) : u"This window only observes."_s;
    const QString text = selected == 0 ? (m_filter->isFiltered() ? u"Replay matching…"_s : u"Replay all…"_s)
                         : selected == 1 ? u"Replay 1 job…"_s
                                         : u"Replay %1 jobs…"_s.arg(exactCountText(selected));
    m_list->setReplay(text, gap, u"A plan first; nothing is changed before it is confirmed."_s);
}

void DeadLettersPage::replay() {
    const ActionRequest request = replayRequest();
    const QueueRef queue{m_scope.connection, request.filter.system, request.filter.queues.value(0)};
    if (m_replayGap && m_replayGap(queue).isEmpty()) emit replayRequested(m_scope.connection, request);
}

void DeadLettersPage::emptyButtonClicked() {
    const ConnectionView* view = findConnection(m_views, m_scope.connection);
    if (m_views.empty()) return emit connectRequested();
    if (view && !view->last) return emit retryRequested(view->name);
    if (m_state == DeadListState::loading) return cancel();
    if (m_state == DeadListState::failed || m_state == DeadListState::cancelled) return reload();
    m_filter->clear();
    filterChanged();
}

// Where three panels have no room, the causes give way to the job.
void DeadLettersPage::fitPanels() {
    const bool job = !m_inspector->isHidden(), room = width() >= kRoomForThree;
    const ConnectionView* view = findConnection(m_views, m_scope.connection);
    m_groups->setVisible(view && view->last && (!job || room));
    m_list->setOneQueue(!m_scope.queue.isEmpty());
    if (m_placed) return;  // by hand
    const int causes = std::clamp(width() / 4, 220, 320), one = std::clamp(width() / 3, 360, 420);
    m_panels->setSizes({causes, width() - causes - (job ? one : 0), one});
}

void DeadLettersPage::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    if (m_dirty) askAnew();
}

void DeadLettersPage::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    fitPanels();
}

QTableView* DeadLettersPage::table() const {
    return m_list->table();
}

ColumnFit* DeadLettersPage::columns() const {
    return m_list->columns();
}

void DeadLettersPage::focusFilter() {
    m_filter->focusFirst();
}

void DeadLettersPage::copySelection() const {
    m_list->copySelection();
}

void DeadLettersPage::keyPressEvent(QKeyEvent* event) {
    if (event->matches(QKeySequence::Copy)) return copySelection();
    if (event->key() == Qt::Key_Escape && !m_inspector->isHidden()) {
        closeJob();
        return m_list->setFocus();
    }
    if (event->key() == Qt::Key_Escape && m_filter->isFiltered()) {
        m_filter->clear();
        filterChanged();
        return m_list->setFocus();
    }
    QWidget::keyPressEvent(event);
}

}  // namespace spillway
