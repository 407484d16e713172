#include "backends/postgres/engine/unread_system.h"

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;

SystemReading unreadReading(const UnreadSystem& unread) {
    SystemReading reading;
    reading.identity = unread.identity;
    const auto nothing = Count::notObservable(unread.why);
    reading.workers = {nothing, nothing, nothing, {}};
    reading.leases.total = nothing;
    reading.leases.gap = unread.why;
    if (unread.failure)
        for (const auto& signal : {u"queues"_s, u"ready"_s, u"dead"_s})
            reading.capabilities.set(signal, false, unread.why);
    Condition condition;
    condition.kind = ConditionKind::unread;
    condition.subject = u"%1 in schema %2"_s.arg(unread.identity.name(), visibleText(unread.schema, 80));
    condition.evidence = unread.why;
    reading.conditions.push_back(std::move(condition));
    return reading;
}

}  // namespace spillway
