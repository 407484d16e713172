#include "widgets/search/dead_search.h"

#include <algorithm>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;

void DeadSearch::start(const QString& text, bool payloads, const QStringList& connections) {
    m_text = text;
    m_payloads = payloads;
    m_hits.clear();
    m_more = false;
    m_places.clear();
    for (const QString& name : connections) m_places.push_back({.connection = name});
    for (size_t i = 0; i < m_places.size(); ++i) {  // an answer may come from within the question
        DeadQuery query;
        query.filter.ids << text;
        query.limit = 20;
        ask(m_places[i], query);
    }
    emit changed();
}

void DeadSearch::stop() {
    for (Place& place : m_places) {
        if (place.step == Step::done) continue;
        place.step = Step::done, place.ticket = 0;
        place.problem = u"stopped"_s;
    }
    emit changed();
}

bool DeadSearch::running() const {
    return std::any_of(m_places.begin(), m_places.end(),
                       [](const Place& place) { return place.step != Step::done; });
}

void DeadSearch::ask(Place& place, const Inquiry& inquiry) {
    place.ticket = ++m_lastTicket;
    emit inquiryMade(place.connection, place.ticket, inquiry);
}

void DeadSearch::askNewest(Place& place, const QString& after) {
    place.step = Step::newest;
    DeadQuery query;
    query.limit = kPage;
    query.newest_first = true;
    query.after = after;
    ask(place, query);
}

void DeadSearch::askPayload(Place& place) {
    if (!m_payloads || place.unread.empty()) {
        place.step = Step::done, place.ticket = 0;
        return;
    }
    place.step = Step::payloads;
    const JobQuery next = place.unread.front();
    place.unread.pop_front();
    ask(place, next);
}

void DeadSearch::takeAnswer(quint64 ticket, const Answer& answer) {
    const auto it = std::find_if(m_places.begin(), m_places.end(), [&](const Place& place) {
        return place.ticket == ticket && place.step != Step::done;
    });
    if (it == m_places.end()) return;
    if (const auto* failure = std::get_if<Failure>(&answer)) takeFailure(*it, *failure);
    if (const auto* page = std::get_if<DeadPage>(&answer)) takePage(*it, *page);
    if (const auto* detail = std::get_if<JobDetail>(&answer)) takeDetail(*it, *detail);
    emit changed();
}

void DeadSearch::takePage(Place& place, const DeadPage& page) {
    for (const DeadJob& job : page.jobs) consider(place, job);
    if (place.step == Step::by_id) return askNewest(place, {});
    place.looked_at += static_cast<qint64>(page.jobs.size());
    place.total = page.total;
    place.all = page.next.isEmpty();
    if (place.all || place.looked_at >= kNewest) return askPayload(place);
    askNewest(place, page.next);
}

void DeadSearch::takeDetail(Place& place, const JobDetail& detail) {
    ++place.read;
    if (QString::fromUtf8(detail.payload).contains(m_text, Qt::CaseInsensitive))
        add(place, detail.job, u"in the payload"_s);
    askPayload(place);
}

// One job that went away meanwhile is none of the search's business.
void DeadSearch::takeFailure(Place& place, const Failure& failure) {
    if (place.step == Step::payloads && failure.kind == FailureKind::changed) return askPayload(place);
    place.step = Step::done, place.ticket = 0;
    place.problem = failure.sentence();
}

void DeadSearch::consider(Place& place, const DeadJob& job) {
    const auto has = [this](const QString& text) { return text.contains(m_text, Qt::CaseInsensitive); };
    if (has(job.id)) return add(place, job, {});
    if (has(job.kind) || has(job.queue)) return add(place, job, job.error);
    if (has(job.error)) return add(place, job, job.error);
    if (place.unread.size() < kPayloads) place.unread.push_back({job.system, job.queue, job.id});
}

void DeadSearch::add(const Place& place, const DeadJob& job, const QString& where) {
    const QueueRef ref{place.connection, job.system, job.queue};
    const bool known = std::any_of(m_hits.begin(), m_hits.end(),
                                   [&](const SearchHit& hit) { return hit.id == job.id && hit.ref == ref; });
    if (known) return;
    const auto mine = std::count_if(m_hits.begin(), m_hits.end(), [&](const SearchHit& hit) {
        return hit.ref.connection == place.connection;
    });
    m_more = m_more || static_cast<size_t>(mine) >= kMostHits;
    if (static_cast<size_t>(mine) >= kMostHits) return;
    const QString found = job.kind.isEmpty() ? job.id : u"%1  %2"_s.arg(job.kind, job.id);
    m_hits.push_back({SearchHit::Kind::dead_job, ref, job.id, found, where.isEmpty() ? job.error : where});
}

QStringList DeadSearch::reach() const {
    QStringList sentences;
    for (const Place& place : m_places) {
        QStringList parts;
        if (place.looked_at > 0 || place.all)
            parts << (place.all ? u"all %1 dead letters"_s.arg(exactCountText(place.looked_at))
                                : u"the newest %1 of %2 dead letters"_s.arg(exactCountText(place.looked_at),
                                                                            countText(place.total)));
        if (place.read > 0) parts << u"%1 payloads"_s.arg(exactCountText(place.read));
        if (!place.problem.isEmpty()) parts << place.problem;
        if (parts.isEmpty()) parts << u"…"_s;
        sentences << u"%1: %2"_s.arg(place.connection, parts.join(u", "_s));
    }
    return sentences;
}

}  // namespace spillway
