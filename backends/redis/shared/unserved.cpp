#include "backends/redis/shared/unserved.h"

#include <QSet>
#include <algorithm>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr std::size_t kMostConditions = 50;
constexpr qsizetype kMostNamed = 5;

// nullopt: it cannot be told. Sorted, so that a sentence made of it stands still.
std::optional<QStringList> servedQueues(const WorkersReading& workers, qsizetype queuesListed) {
    if (!workers.live.isExact()) return std::nullopt;
    QSet<QString> served;
    for (const Worker& worker : workers.list) {
        const bool takesJobs = worker.alive && worker.concurrency.valueOr(1) > 0;
        if (!takesJobs) continue;
        if (worker.queues.isEmpty()) return std::nullopt;
        if (queuesListed > 0 && worker.queues.size() >= queuesListed) return std::nullopt;
        served.unite(QSet<QString>(worker.queues.begin(), worker.queues.end()));
    }
    if (served.isEmpty()) return std::nullopt;  // no worker at all is another matter
    QStringList sorted(served.begin(), served.end());
    sorted.sort();
    return sorted;
}

QString namesOf(const QStringList& queues) {
    const QString shown = visibleText(queues.mid(0, kMostNamed).join(u", "_s), 200);
    return queues.size() > kMostNamed ? u"%1 and %2 more"_s.arg(shown).arg(queues.size() - kMostNamed)
                                      : shown;
}

}  // namespace

void noteUnserved(SystemReading& reading, qsizetype queuesListed) {
    const auto served = servedQueues(reading.workers, queuesListed);
    if (!served) return;
    for (const QueueReading& queue : reading.queues) {
        if (reading.conditions.size() >= kMostConditions) return;
        if (queue.ready.valueOr(0) == 0 || queue.paused.value_or(false)) continue;
        if (served->contains(queue.queue)) continue;
        reading.conditions.push_back({ConditionKind::unserved,
                                      queue.queue,
                                      {},
                                      queue.ready,
                                      queue.oldest_ready_at.value,
                                      u"no live worker listens to %1; they listen to %2"_s.arg(
                                          visibleText(queue.queue, 80), namesOf(*served))});
    }
}

}  // namespace spillway
