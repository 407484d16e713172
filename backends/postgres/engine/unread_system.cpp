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
    condition.evidence = unread.next.isEmpty() ? unread.why : u"It was known by its tables."_s;
    condition.action = unread.next;
    reading.conditions.push_back(std::move(condition));
    return reading;
}

DetectedSystem unreadDetected(const UnreadSystem& unread) {
    return {unread.identity, {}, unread.next.isEmpty() ? unread.why : unread.why + u' ' + unread.next};
}

Failure nothingButUnread(const std::vector<UnreadSystem>& unread) {
    QStringList why;
    for (const auto& one : unread) why << one.why;
    const QString& next = unread.front().next;
    return {FailureKind::no_system,
            why.join(u' '),
            {},
            next.isEmpty() ? u"Name the schema, or describe the table in a mapping file (--mapping FILE)."_s
                           : next};
}

}  // namespace spillway
