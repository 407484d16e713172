// How the signals beyond the backlog read in the queue table: what is about to be lost, what retries cost,
// claims that are stuck, and jobs that ran twice. Pure.
#pragma once

#include "widgets/models/queue_cells.h"

namespace spillway {

[[nodiscard]] QueueCell lossCell(const QueueHealth& queue);
[[nodiscard]] QueueCell amplificationCell(const QueueHealth& queue);  // "3.1×", "1.08×", "only retries"
[[nodiscard]] QueueCell stuckCell(const QueueHealth& queue);
[[nodiscard]] QueueCell twiceCell(const QueueHealth& queue);  // per million: "931", "≤ 12", "learning"
// Critical where they wait for jobs that are dead; "–" also where none is blocked, so that the column can go.
[[nodiscard]] QueueCell blockedCell(const QueueHealth& queue);

[[nodiscard]] QString lossHint(const QueueHealth& queue);
[[nodiscard]] QString amplificationHint(const QueueHealth& queue);
[[nodiscard]] QString stuckHint(const QueueHealth& queue);
[[nodiscard]] QString twiceHint(const QueueHealth& queue);
[[nodiscard]] QString blockedHint(const QueueHealth& queue);

// The tone of executions per job: above the budget, or nothing but retries.
[[nodiscard]] std::optional<Severity> budgetSeverity(const RetryAmplification& retry,
                                                     const QueueLimits& limits);
// The tone of the oldest dead letter's age: above the limits of its queue.
[[nodiscard]] std::optional<Severity> deadAgeSeverity(const QueueHealth& queue);
// For sorting; NaN: unknown. A bound counts less than any rate that was seen.
[[nodiscard]] double amplificationValue(const QueueHealth& queue);
[[nodiscard]] double twiceValue(const QueueHealth& queue);

}  // namespace spillway
