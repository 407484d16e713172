// Why there is nothing to put back in a system that keeps its jobs while they run.
#pragma once

#include "backends/domain/failure.h"

namespace spillway {

// For ActingBackend::lostPlan(); `why` says where a job is kept while it runs.
[[nodiscard]] inline Failure nothingLost(const QString& why) {
    return {FailureKind::usage,
            QStringLiteral("There is nothing to put back: %1.").arg(why),
            {},
            QStringLiteral("Jobs of a worker that has gone are released (\"spillwayctl release --stuck\").")};
}

// The reason of a system that keeps a row for each job.
[[nodiscard]] inline QString rowsStay(const QString& system) {
    return QStringLiteral("%1 keeps the row of a job while it runs: none is lost with its process")
        .arg(system);
}

}  // namespace spillway
