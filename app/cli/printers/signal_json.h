// The signals of one queue or system beyond its counts, as the contract's JSON. Pure.
#pragma once

#include <QJsonArray>
#include <QJsonObject>

#include "backends/health/health_report.h"

namespace spillway {

// Null where there is none.
[[nodiscard]] QJsonValue timeJson(const std::optional<ServerTime>& time);
[[nodiscard]] QJsonValue measuredTimeJson(const Measured<ServerTime>& time);

void insertDeadAges(QJsonObject& queue, const QueueHealth& health);
void insertRetries(QJsonObject& queue, const QueueHealth& health);
void insertDuplicates(QJsonObject& queue, const QueueHealth& health);  // at most 5 incidents
// {"peak", "peak_over_drain", "overdue", "later", "synchronised"}; null where due times are not recorded.
[[nodiscard]] QJsonValue waveJson(const QueueHealth& health);
[[nodiscard]] QJsonArray conditionsJson(const std::vector<Condition>& conditions);
[[nodiscard]] QJsonArray invariantsJson(const std::vector<InvariantReading>& invariants);

}  // namespace spillway
