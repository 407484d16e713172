// The history of a queue on both sides of a deploy mark, as a checklist compares it.
#pragma once

#include "backends/checklist/deploy_comparison.h"
#include "backends/history/history_values.h"

namespace spillway {

// The newest mark that speaks of this change, on this queue.
[[nodiscard]] std::optional<HistoryMark> newestDeploy(const std::vector<HistoryMark>& marks,
                                                      const Checklist& checklist, const QString& connection,
                                                      const QString& queue);
[[nodiscard]] HistoryQuery spanQuery(const HistoryQueueKey& queue, ServerTime from, ServerTime to);
[[nodiscard]] QueueSpan queueSpan(const HistoryAnswer& answer);  // to a spanQuery()

}  // namespace spillway
