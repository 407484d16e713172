#include "backends/report/report_dead.h"

#include "backends/polling/poller.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kMostDeadQueues = 5;

}  // namespace

void addDeadLetters(IncidentReport& report, const ConnectionSettings& settings,
                    std::unique_ptr<QueueBackend> backend, const RedactionRules& rules) {
    Poller poller(settings, std::move(backend), {});
    int asked = 0;
    for (const ReportQueue& queue : report.queues) {
        const HistoryLine* dead = queue.line(u"dead"_s);
        if (queue.key.connection != settings.name || !dead || dead->buckets.back().last <= 0) continue;
        if (asked++ == kMostDeadQueues) return;
        DeadGroupsQuery query;
        query.filter.queues = {queue.key.queue};
        ReportDead part{queue.key.connection, queue.key.queue, {}, {}};
        const Answer answer = redact(poller.answer(query), rules);
        if (const auto* failure = std::get_if<Failure>(&answer))
            part.failure = u"They could not be read. %1"_s.arg(failure->sentence());
        else
            part.groups = std::get<DeadGroups>(answer);
        report.dead.push_back(std::move(part));
        if (!report.dead.back().failure.isEmpty()) return;
    }
}

}  // namespace spillway
