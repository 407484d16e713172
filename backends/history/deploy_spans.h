// The history of a queue on both sides of a deploy mark, as a checklist compares it.
#pragma once

#include "backends/checklist/deploy_comparison.h"
#include "backends/history/history_values.h"

namespace spillway {

[[nodiscard]] HistoryQuery spanQuery(const HistoryQueueKey& queue, ServerTime from, ServerTime to);
[[nodiscard]] QueueSpan queueSpan(const HistoryAnswer& answer);  // to a spanQuery()

}  // namespace spillway
