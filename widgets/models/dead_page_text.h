// What the dead-letter page says where its list is empty, and where it stands first. Pure.
#pragma once

#include "backends/domain/failure.h"
#include "widgets/models/connection_view.h"
#include "widgets/models/queue_ref.h"
#include "widgets/parts/empty_state.h"

namespace spillway {

enum class DeadListState { idle, loading, cancelled, shown, failed };

struct DeadListSituation {
    DeadListState state = DeadListState::idle;
    bool filtered = false;
    Failure failure;  // with failed
};

// `view`: of the scope's connection, or null. For a list without rows.
[[nodiscard]] EmptyText deadListText(const ConnectionViews& views, const ConnectionView* view,
                                     const QueueRef& scope, const DeadListSituation& situation,
                                     const QDateTime& now);
// "payments", "River", "prod-pg": the narrowest that the scope names.
[[nodiscard]] QString scopeName(const ConnectionView* view, const QueueRef& scope);
// Where a person most likely wants to look: the connection with the worst finding on dead letters.
[[nodiscard]] QueueRef worstDeadScope(const ConnectionViews& views);

}  // namespace spillway
