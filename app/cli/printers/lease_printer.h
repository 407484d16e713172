// Running jobs and workers: the contract's documents and the tables for a terminal. Pure.
#pragma once

#include <QJsonObject>

#include "app/cli/printers/text_style.h"
#include "backends/health/health_report.h"

namespace spillway {

[[nodiscard]] QJsonObject leasesJson(const Reading& reading, bool onlyStuck);
[[nodiscard]] QString leasesText(const Reading& reading, bool onlyStuck, const TextStyle& style);
[[nodiscard]] QJsonObject workersJson(const Reading& reading);
[[nodiscard]] QString workersText(const Reading& reading, const TextStyle& style);

}  // namespace spillway
