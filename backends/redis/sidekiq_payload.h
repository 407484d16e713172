// The few fields of a Sidekiq job's JSON that health needs. Pure; any bytes may come in.
#pragma once

#include <QByteArray>
#include <QJsonObject>
#include <optional>

#include "backends/domain/clock.h"

namespace spillway {

struct SidekiqJob {
    QByteArray queue;
    std::optional<ServerTime> enqueued_at;
};

// nullopt: not a JSON object.
[[nodiscard]] std::optional<SidekiqJob> sidekiqJobFrom(const QByteArray& payload);
// Seconds as a float up to version 7, whole milliseconds from version 8: told apart by size.
[[nodiscard]] std::optional<ServerTime> sidekiqTimeFrom(const QJsonValue& value);

}  // namespace spillway
