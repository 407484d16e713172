// One command, run by several processes at once: they wait for each other at the start. Bounded in time and
// in what they may print. Needs a QCoreApplication; runs an event loop of its own in the calling thread.
#pragma once

#include <QProcessEnvironment>
#include <functional>
#include <vector>

#include "backends/drill/invariant_drill.h"

namespace spillway {

struct ProcessEnd {
    int code = 0;     // exit code; -1: it was killed or died by a signal
    QString failure;  // in words, with the end of what it printed; empty: exit code 0
};

// `command` by /bin/sh -c, `processes` times, with SPILLWAY_PROCESS 1, 2 … in the environment. Every process
// has a group of its own, of which nothing is left when this returns. `stopped` is asked 20 times a second.
[[nodiscard]] std::vector<ProcessEnd> runAtOnce(const QString& command, int processes,
                                                const QProcessEnvironment& environment,
                                                const InvariantDrillSettings& limits,
                                                const std::function<bool()>& stopped);

}  // namespace spillway
