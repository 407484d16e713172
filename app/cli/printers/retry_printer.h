// The retry wave of every queue against what its workers clear. Pure.
#pragma once

#include <QJsonObject>

#include "app/cli/printers/text_style.h"
#include "backends/health/health_report.h"

namespace spillway {

[[nodiscard]] QJsonObject retriesJson(const Reading& reading);
// Only queues with retries, fullest peak first; a bar for each minute that has any.
[[nodiscard]] QString retriesText(const Reading& reading, const TextStyle& style);

}  // namespace spillway
