// A server's answers about dead letters, invented but steady: the same question gets the same answer, and
// pages fit together.
#pragma once

#include <algorithm>
#include <array>

#include "backends/domain/inquiry.h"
#include "backends/health/error_signature.h"

namespace spillway::test {

class InventedDeadLetters {
public:
    explicit InventedDeadLetters(ServerTime now, qint64 dead = 31) : m_now(now), m_dead(dead) {}

    [[nodiscard]] Answer answer(const Inquiry& inquiry) const {
        if (const auto* query = std::get_if<DeadQuery>(&inquiry)) return page(*query);
        if (const auto* query = std::get_if<DeadGroupsQuery>(&inquiry)) return groups(query->filter);
        return detail(std::get<JobQuery>(inquiry));
    }

    // The i-th, from the newest on.
    [[nodiscard]] DeadJob job(qint64 i) const {
        DeadJob job;
        job.system = QStringLiteral("pgboss");
        job.id = QStringLiteral("0192f3c1-77aa-4c%1-9b1e-%2").arg(i % 90 + 10).arg(i, 12, 10, QChar(u'0'));
        job.queue = QStringLiteral("payments");
        job.kind = i % 4 == 3 ? QStringLiteral("RefundCard") : QStringLiteral("ChargeCard");
        job.died_at = m_now - std::chrono::seconds(40 + i * 230);
        job.attempts = job.max_attempts = 5;
        job.error = error(i);
        job.payload_bytes = Measured<qint64>::exact(412);
        return job;
    }
    [[nodiscard]] static QString error(qint64 i) {
        if (i % 4 == 3)
            return QStringLiteral("ConnectionRefused: 10.2.0.%1:8443 after %2 ms").arg(i).arg(i * 7);
        if (i % 7 == 5)
            return QStringLiteral("CardDeclined: \"insufficient funds\" for cus_%1").arg(8812 + i);
        return QStringLiteral("Timeout: gateway.example.com did not answer within 30 s (request %1)").arg(i);
    }

private:
    [[nodiscard]] bool accepts(const DeadJob& job, const JobFilter& filter) const {
        const double age = secondsBetween(*job.died_at, m_now);
        return (filter.kind.isEmpty() || job.kind == filter.kind) &&
               (filter.error_signature.isEmpty() || errorSignature(job.error) == filter.error_signature) &&
               (!filter.older_than_s || age >= *filter.older_than_s) &&
               (!filter.newer_than_s || age < *filter.newer_than_s) &&
               (filter.ids.isEmpty() || filter.ids.contains(job.id)) &&
               (filter.queues.isEmpty() || filter.queues.contains(job.queue));
    }
    [[nodiscard]] std::vector<DeadJob> matching(const JobFilter& filter, bool newestFirst) const {
        std::vector<DeadJob> jobs;
        for (qint64 i = 0; i < m_dead; ++i)
            if (auto each = job(newestFirst ? i : m_dead - 1 - i); accepts(each, filter))
                jobs.push_back(std::move(each));
        return jobs;
    }
    [[nodiscard]] DeadPage page(const DeadQuery& query) const {
        const auto all = matching(query.filter, query.newest_first);
        const auto from = std::min<size_t>(query.after.toULongLong(), all.size());
        const auto to = std::min(all.size(), from + static_cast<size_t>(query.limit));
        DeadPage page;
        page.observed_at = m_now;
        page.jobs.assign(all.begin() + static_cast<std::ptrdiff_t>(from),
                         all.begin() + static_cast<std::ptrdiff_t>(to));
        page.total = Count::exact(static_cast<qint64>(all.size()));
        if (to < all.size()) page.next = QString::number(to);
        return page;
    }
    [[nodiscard]] DeadGroups groups(const JobFilter& filter) const {
        DeadGroups found;
        found.observed_at = m_now;
        for (const auto& job : matching(filter, true)) {
            ++found.scanned;
            const QString signature = errorSignature(job.error);
            auto it = std::find_if(found.groups.begin(), found.groups.end(), [&](const DeadGroup& g) {
                return g.signature == signature && g.kind == job.kind;
            });
            if (it == found.groups.end())
                it = found.groups.insert(
                    it, {signature, job.kind, Count::exact(0), job.died_at, job.died_at, job.error, job.id});
            it->count = Count::exact(*it->count.value + 1);
            it->first_seen = std::min(it->first_seen, job.died_at);
        }
        std::sort(found.groups.begin(), found.groups.end(),
                  [](const auto& a, const auto& b) { return *a.count.value > *b.count.value; });
        found.complete = true;
        return found;
    }
    [[nodiscard]] Answer detail(const JobQuery& query) const {
        for (qint64 i = 0; i < m_dead; ++i)
            if (job(i).id == query.id) return detailOf(job(i));
        return Failure{FailureKind::changed, QStringLiteral("The job is not among the dead."), {}, {}};
    }
    [[nodiscard]] static JobDetail detailOf(const DeadJob& job) {
        JobDetail detail;
        detail.job = job;
        detail.payload =
            R"({"order": 88123, "amount": {"currency": "EUR", "cents": 4999}, "customer": {"id": "cus_8812",
"email": "ada@example.com", "card_number": "4242424242424242"}, "items": [{"sku": "A-1", "count": 2},
{"sku": "B-7", "count": 1}], "idempotency_key": null, "auth_token": "tok_live_9f8e7d", "retry": true})";
        for (int attempt = 1; attempt <= 5; ++attempt)
            detail.errors.push_back(
                {*job.died_at - std::chrono::minutes(8 * (5 - attempt)), attempt,
                 job.error + QStringLiteral("\n    at charge (gateway.ts:41)\n    at run (worker.ts:9)")});
        detail.enqueued_at = *job.died_at - std::chrono::minutes(41);
        detail.scheduled_at = *job.died_at - std::chrono::minutes(1);
        detail.started_at = *job.died_at - std::chrono::seconds(31);
        return detail;
    }

    ServerTime m_now;
    qint64 m_dead;
};

}  // namespace spillway::test
