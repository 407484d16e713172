// What a test asks of the rights that are printed.
#pragma once

#include "backends/domain/queue_backend.h"
#include "backends/domain/rights.h"

namespace spillway::test {

inline Outcome<ServerRights> rightsOf(QueueBackend& backend, const QString& role) {
    return dynamic_cast<RightsTeller&>(backend).rights(role);
}

// "pgboss ready, pgboss dead": all that is observable, but for acting.
inline QStringList observable(const std::vector<DetectedSystem>& systems) {
    QStringList signalNames;
    for (const auto& system : systems)
        for (const auto& capability : system.capabilities.list())
            if (capability.observable && capability.signal != u"replay" && capability.signal != u"release" &&
                capability.signal != u"undo")
                signalNames << system.identity.key() + u' ' + capability.signal;
    return signalNames;
}

// Polls twice and looks into every dead letter; empty, or what could not be done.
inline QString trouble(QueueBackend& backend) {
    for (int poll = 0; poll < 2; ++poll) {
        const auto reading = backend.read();
        if (!reading) return reading.failure().sentence();
        for (const auto& system : reading->systems)
            for (const auto& condition : system.conditions)
                if (condition.kind == ConditionKind::unread) return condition.evidence;
    }
    if (const auto groups = backend.deadGroups({}); !groups) return groups.failure().sentence();
    const auto page = backend.deadPage({});
    if (!page) return page.failure().sentence();
    if (page->jobs.empty()) return QStringLiteral("no dead job");
    for (const auto& job : page->jobs) {
        const auto detail = backend.deadJob({job.system, job.queue, job.id});
        if (!detail) return detail.failure().sentence();
        if (detail->payload.isEmpty()) return QStringLiteral("no payload of ") + job.id;
    }
    return {};
}

}  // namespace spillway::test
