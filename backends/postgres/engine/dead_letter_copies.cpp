#include "backends/postgres/engine/dead_letter_copies.h"

#include <algorithm>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// A source whose dead cannot be counted may keep the originals of all that lies here.
std::optional<qint64> originals(const std::vector<const QueueReading*>& sources) {
    qint64 sum = 0;
    for (const auto* source : sources) {
        if (!source->dead.known()) return std::nullopt;
        sum += *source->dead.value;
    }
    return sum;
}

void leaveCopiesOut(QueueReading& queue, const std::vector<const QueueReading*>& sources) {
    // Their arrival here is the death that was counted there.
    queue.flow.enqueued = Count::notObservable(u"counted where they died"_s);
    if (queue.ready.valueOr(0) == 0) return;
    const QString where = queue.dead_letter_of.join(u", "_s);
    const auto kept = originals(sources);
    if (!kept) {
        queue.ready = Count::notObservable(
            u"how many of them are copies of dead letters that %1 still keeps is not known"_s.arg(where));
        return;
    }
    const qint64 copies = std::min(*kept, *queue.ready.value);
    if (copies == 0) return;
    queue.ready =
        Count::estimated(*queue.ready.value - copies,
                         u"%1 more are copies of dead letters that %2 still keeps, and count there"_s.arg(
                             countText(copies), where));
    if (*queue.ready.value == 0)
        queue.oldest_ready_at = Measured<ServerTime>::notObservable(u"the originals have the age"_s);
}

}  // namespace

void countCopiesOnce(std::vector<QueueReading>& readings, const std::vector<ListedQueue>& queues) {
    for (size_t i = 0; i < readings.size() && i < queues.size(); ++i) {
        std::vector<const QueueReading*> sources;
        for (size_t k = 0; k < readings.size() && k < queues.size(); ++k) {
            if (k == i || queues[k].deadLetter != queues[i].name) continue;
            sources.push_back(&readings[k]);
            readings[i].dead_letter_of << readings[k].queue;
        }
        if (sources.empty()) continue;
        readings[i].dead_letter_queue = true;
        leaveCopiesOut(readings[i], sources);
    }
}

}  // namespace spillway
