// How a connection that was tried step by step is shown. Pure.
#pragma once

#include <QJsonArray>

#include "app/cli/printers/text_style.h"
#include "backends/domain/trial.h"

namespace spillway {

[[nodiscard]] QJsonArray stagesJson(const ConnectionTrial& trial);
// A line for each stage, with the server's words and the next step under it.
[[nodiscard]] QString stagesText(const ConnectionTrial& trial, const TextStyle& style);

}  // namespace spillway
