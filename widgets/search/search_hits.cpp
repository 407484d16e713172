#include "widgets/search/search_hits.h"

#include <algorithm>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QString workerDetail(const Worker& worker) {
    QStringList parts;
    if (!worker.alive) parts << u"no sign of life"_s;
    if (worker.heartbeat_age_s.known())
        parts << u"last heartbeat %1 ago"_s.arg(durationText(*worker.heartbeat_age_s.value));
    if (!worker.queues.isEmpty()) parts << u"serves %1"_s.arg(worker.queues.join(u", "_s));
    return parts.join(u" · "_s);
}

bool isCalled(const Worker& worker, const QString& text) {
    return worker.id.contains(text, Qt::CaseInsensitive) || worker.host.contains(text, Qt::CaseInsensitive) ||
           (worker.pid && QString::number(*worker.pid) == text);
}

template <typename Visit>
void eachSystem(const ConnectionViews& views, Visit visit) {
    for (const auto& view : views) {
        if (!view.last) continue;
        for (const auto& system : view.last->systems)
            visit(QueueRef{view.name, system.identity.key(), {}}, system);
    }
}

}  // namespace

std::vector<SearchHit> queuesNamed(const QString& text, const ConnectionViews& views) {
    std::vector<SearchHit> hits;
    eachSystem(views, [&](QueueRef ref, const SystemHealth& system) {
        for (const auto& queue : system.queues) {
            if (hits.size() >= kMostHits || !queue.reading.queue.contains(text, Qt::CaseInsensitive))
                continue;
            ref.queue = queue.reading.queue;
            hits.push_back({SearchHit::Kind::queue, ref, {}, ref.queue, system.identity.label()});
        }
    });
    return hits;
}

std::vector<SearchHit> workersNamed(const QString& text, const ConnectionViews& views) {
    std::vector<SearchHit> hits;
    eachSystem(views, [&](const QueueRef& ref, const SystemHealth& system) {
        for (const Worker& worker : system.workers.list)
            if (hits.size() < kMostHits && isCalled(worker, text))
                hits.push_back({SearchHit::Kind::worker, ref, worker.id, worker.id, workerDetail(worker)});
    });
    return hits;
}

}  // namespace spillway
