// What a page can be narrowed to: everything, a connection, or one of its queue systems. Pure.
#pragma once

#include <QString>
#include <vector>

#include "widgets/models/connection_view.h"
#include "widgets/models/queue_ref.h"

namespace spillway {

struct ScopeChoice {
    QString text;    // safe to show
    QueueRef scope;  // without a queue
    bool operator==(const ScopeChoice&) const = default;
};

// "prod-pg", "prod-pg · pg-boss", … A connection stands alone where it has only one system. `everything`:
// with "All connections" in front.
[[nodiscard]] std::vector<ScopeChoice> scopeChoices(const ConnectionViews& views, bool everything);
// The choice that holds `scope`, or -1.
[[nodiscard]] int indexOfScope(const std::vector<ScopeChoice>& choices, const QueueRef& scope);

// Every system of the scope that was read, for as long as `views` live.
struct ScopedSystem {
    const ConnectionView* view;
    const SystemHealth* system;
    [[nodiscard]] QString where() const;  // "prod-pg · River"
};
[[nodiscard]] std::vector<ScopedSystem> systemsIn(const ConnectionViews& views, const QueueRef& scope);

// Every queue of the scope, for as long as `view.last` lives.
struct ScopedQueue {
    const SystemHealth* system;
    const QueueHealth* queue;
};
[[nodiscard]] std::vector<ScopedQueue> queuesIn(const ConnectionView& view, const QueueRef& scope);

}  // namespace spillway
