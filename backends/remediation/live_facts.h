// What the polls know that a guard asks for. Pure.
#pragma once

#include "backends/remediation/guards.h"

namespace spillway {

// Whether an alive worker takes the queue; nullopt: the system does not say which queues its workers take.
[[nodiscard]] std::optional<bool> liveWorkerFor(const WorkersReading& workers, const QString& queue);

// Backlog and retry budget of the queue, which an acting session does not know.
void addSignals(const QueueHealth& queue, GuardFacts& facts);

// Everything that a poll says for the guards, to grey a button; an action asks its own session again.
// nullopt: the reading does not hold this queue.
[[nodiscard]] std::optional<GuardFacts> polledFacts(const Reading& reading, const QString& system,
                                                    const QString& queue);

// What `rate` jobs per second more mean for this queue.
[[nodiscard]] LoadForecast loadOn(const QueueHealth& queue, double rate);

// Why no action of this kind can be begun here, whatever a person confirms: a sentence. Empty: it can be
// planned. `otherAction`: id of one that is under way on this connection.
[[nodiscard]] QString actionGap(const Reading& reading, ActionKind kind, const QString& system,
                                const QString& queue, const QString& otherAction);

}  // namespace spillway
