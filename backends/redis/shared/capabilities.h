// The capabilities of a system as one poll has shown them: a signal that no queue could give is a gap,
// with the reason that the reading itself carries. Pure.
#pragma once

#include "backends/domain/queue_reading.h"

namespace spillway {

// `known` lists every signal of the status document in order, with how it is read where it can be read.
[[nodiscard]] Capabilities capabilitiesOf(const SystemReading& reading, const std::vector<Capability>& known);

}  // namespace spillway
