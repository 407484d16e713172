// Workers of two servers, compared: what `parity` prints and a checklist takes as evidence.
#pragma once

#include <chrono>

#include "app/cli/connection_options.h"
#include "backends/drill/parity.h"

namespace spillway {

// One connection, polled for a while. Some systems learn only between two polls who is alive.
[[nodiscard]] Outcome<ReadingPtr> lookAt(CommandContext& context, const ConnectionOptions& connection,
                                         std::chrono::milliseconds window);

struct ComparedWorkers {
    Parity parity;
    QString where;  // "@staging against @prod"
    ReadingPtr a, b;
};
// Blocks for about a second.
[[nodiscard]] Outcome<ComparedWorkers> measuredParity(CommandContext& context, const ConnectionOptions& a,
                                                      const ConnectionOptions& b);

}  // namespace spillway
