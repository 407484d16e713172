// The rule of an invariant drill, asked once; and the SQL that sets a round up. Each on a connection of its
// own.
#pragma once

#include "backends/domain/connection_settings.h"
#include "backends/domain/queue_reading.h"

namespace spillway {

// As the drift watch judges it: one number that must be 0, or two that must agree, within 10 s. Failure kind
// usage: it cannot be checked, and why.
[[nodiscard]] Outcome<InvariantReading> checkedRule(const ConnectionSettings& settings, const QString& sql);
// In one transaction. Refused in production by the callers.
[[nodiscard]] Outcome<Done> runSetup(const ConnectionSettings& settings, const QString& sql);

}  // namespace spillway
