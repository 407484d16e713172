#include "backends/health/blindness.h"

#include <algorithm>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

bool isRight(const QString& why) {
    return why.contains("GRANT "_L1) || why.contains("ACL"_L1) || why.contains("Row-level security"_L1) ||
           why.contains("may not"_L1);
}

// Streams have no dead letters, and a mapping need not name any.
bool mayLackDead(const SystemHealth& system, const QString& why) {
    const QString& name = system.identity.system;
    return (name == "redis_stream"_L1 || name.startsWith("mapped:"_L1)) && !isRight(why);
}

std::optional<QString> hiddenIn(const SystemHealth& system, const QueueReading& queue) {
    if (!queue.ready.known()) return queue.ready.method;
    if (!queue.dead.known() && !mayLackDead(system, queue.dead.method)) return queue.dead.method;
    return std::nullopt;
}

// A count that is missing may have been counted otherwise, if only we were allowed to.
QString closedRight(const SystemHealth& system) {
    for (const auto& capability : system.capabilities.list())
        if (!capability.observable && isRight(capability.why)) return capability.why;
    return {};
}

// Not one queue is listed: are there none, or may we not see them?
std::optional<Blindness> hiddenSystem(const SystemHealth& system) {
    for (const QString& signal : {u"queues"_s, u"ready"_s, u"dead"_s}) {
        const QString why = system.capabilities.why(signal);
        const bool gap = !system.capabilities.observable(signal) && !why.isEmpty();
        if (gap && !(signal == "dead"_L1 && mayLackDead(system, why)))
            return Blindness{1, system.identity.label(), why, isRight(why)};
    }
    return std::nullopt;
}

}  // namespace

std::optional<Blindness> blindnessOf(const SystemHealth& system) {
    if (system.queues.empty()) return hiddenSystem(system);
    Blindness found;
    for (const auto& queue : system.queues) {
        const auto why = hiddenIn(system, queue.reading);
        if (!why) continue;
        if (found.queues++ > 0) continue;
        found.where = visibleText(queue.reading.queue, 80);
        found.why = *why;
        found.right = isRight(*why);
    }
    if (found.queues == 0) return std::nullopt;
    if (const QString closed = closedRight(system); !found.right && !closed.isEmpty()) {
        found.why = closed;
        found.right = true;
    }
    if (found.queues > 1)
        found.where = u"%1 and %2 more %3"_s.arg(found.where)
                          .arg(found.queues - 1)
                          .arg(found.queues == 2 ? u"queue"_s : u"queues"_s);
    return found;
}

std::optional<Blindness> blindnessOf(const Reading& reading) {
    std::optional<Blindness> first;
    for (const auto& system : reading.systems) {
        const auto blind = blindnessOf(system);
        if (!blind) continue;
        if (first)
            first->queues += blind->queues;
        else
            first = blind;
    }
    return first;
}

bool lacksRight(const Reading& reading) {
    return std::any_of(reading.systems.begin(), reading.systems.end(),
                       [](const SystemHealth& system) { return !closedRight(system).isEmpty(); });
}

QString blindnessText(const Blindness& blindness) {
    const QString why = blindness.why.isEmpty() ? u"no reason is known."_s : blindness.why;
    return u"%1 cannot be seen: %2"_s.arg(blindness.where, visibleText(why, 400));
}

}  // namespace spillway
