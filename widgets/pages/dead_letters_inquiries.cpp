// What the page asks about its scope and filter, and what it does with the answers.
#include <QTableView>

#include "widgets/dead/filter_bar.h"
#include "widgets/dead/group_list.h"
#include "widgets/dead/job_inspector.h"
#include "widgets/dead/job_list.h"
#include "widgets/models/dead_jobs_model.h"
#include "widgets/models/dead_summary.h"
#include "widgets/pages/dead_letters_page.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kPageSize = 200;

// The causes are those of everything else the filter says: choosing one does not make the others vanish.
JobFilter withoutCause(JobFilter filter) {
    filter.error_signature.clear();
    filter.kind.clear();
    filter.ids.clear();
    return filter;
}

}  // namespace

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

void DeadLettersPage::askForJob() {
    const QModelIndex index = m_list->table()->currentIndex();
    m_jobDebounce.stop();
    if (!index.isValid() || !m_inspector->isVisibleTo(this)) return;
    const DeadJob& job = m_list->model().job(index.row());
    m_inspector->showLoading(job);
    (void)ask(JobQuery{job.system, job.queue, job.id});
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

}  // namespace spillway
