// The colours of the charts' data, by the role they play.
#pragma once

#include "backends/domain/finding.h"
#include "widgets/parts/theme.h"

namespace spillway {

enum class ChartColor { arrivals, drain, waiting, ages, dead, retries, wave, duplicates, budget, plain };

[[nodiscard]] QColor chartColor(const ThemeTokens& tokens, ChartColor color);

}  // namespace spillway
