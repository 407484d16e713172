// A measured value as the contract's JSON, and back.
#pragma once

#include <QJsonObject>

#include "backends/domain/measured.h"

namespace spillway {

// {"value", "provenance", "method" or "why"}
[[nodiscard]] QJsonObject measuredJson(const Count& count);
[[nodiscard]] QJsonObject measuredJson(const Measured<double>& number);

// Not observable, with a reason, where it is none.
[[nodiscard]] Count countFromJson(const QJsonValue& value);

}  // namespace spillway
