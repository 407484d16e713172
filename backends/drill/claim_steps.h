// A claim in one step, or in two: a check and an act, parted by a line "-- then".
#pragma once

#include <QStringList>

#include "backends/drill/claim_drill.h"

namespace spillway {

// Of the user's script, or of our references in the program ("resources/drill/<folder>"). Trimmed, without
// the semicolon at the end. Failure kind usage: more than two steps, or an empty one.
[[nodiscard]] Outcome<QStringList> claimSteps(const ClaimDrillSettings& drill, ServerKind server);

// A text file inside the program, ":/drill/<name>".
[[nodiscard]] QString drillResource(const QString& name);

}  // namespace spillway
