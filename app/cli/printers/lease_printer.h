// Running jobs and workers: the contract's documents and the tables for a terminal. Pure.
#pragma once

#include <QJsonObject>

#include "backends/health/health_report.h"

namespace spillway {

[[nodiscard]] QJsonObject leasesJson(const Reading& reading, bool onlyStuck);
[[nodiscard]] QString leasesText(const Reading& reading, bool onlyStuck, bool colours);
[[nodiscard]] QJsonObject workersJson(const Reading& reading);
[[nodiscard]] QString workersText(const Reading& reading, bool colours);

}  // namespace spillway
