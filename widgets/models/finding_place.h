// Where in the window a finding is looked into. Pure.
#pragma once

#include "backends/domain/finding.h"
#include "widgets/models/queue_ref.h"

namespace spillway {

enum class Place { overview, queue, dead_letters, leases };

// By the rule in front of the finding's id: dead letters to their page, workers and claims to theirs, the
// rest to the queue; what is about no queue stays on the overview.
[[nodiscard]] Place placeOf(const Finding& finding);
// What the page should show: connection, system and queue of the finding, as far as it names them.
[[nodiscard]] QueueRef targetOf(const Finding& finding);
// Says where a button leads: "Open orders", "Dead letters of orders", "Leases & workers".
[[nodiscard]] QString placeButtonText(Place place, const QueueRef& target);

}  // namespace spillway
