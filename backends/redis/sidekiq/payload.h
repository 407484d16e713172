// The fields of a Sidekiq job's JSON that health needs. Pure; any bytes may come in.
#pragma once

#include <QByteArray>
#include <QJsonObject>
#include <optional>

#include "backends/domain/clock.h"

namespace spillway {

struct SidekiqJob {
    QByteArray queue;
    std::optional<ServerTime> enqueued_at;
    QString jid;
    QString kind;                     // its class; of a wrapped ActiveJob the wrapped one
    std::optional<int> retry_count;   // 0 after the first failure; absent before
    std::optional<int> max_attempts;  // retry: true is 25 retries, false none; absent: not said
    QString error;                    // "class: message"; empty: it never failed
    qsizetype backtrace_bytes = 0;    // of the compressed backtrace
    std::optional<ServerTime> created_at, failed_at, retried_at;

    // Attempts that have failed; of a job in retry or dead all that were made.
    [[nodiscard]] std::optional<int> failures() const {
        if (retry_count) return *retry_count + 1;
        return error.isEmpty() ? std::nullopt : std::optional(1);
    }
};

// nullopt: not a JSON object (also one nested deeper than 1 024 levels).
[[nodiscard]] std::optional<SidekiqJob> sidekiqJobFrom(const QByteArray& payload);
[[nodiscard]] SidekiqJob sidekiqJobFrom(const QJsonObject& job);
// The key that says that a job which went with its process was put back: of all consoles that remember it,
// one does it, once. `start`: "" or "namespace:".
[[nodiscard]] QByteArray sidekiqPutBackMark(const QByteArray& start, const QString& jid);
// Seconds as a float up to version 7, whole milliseconds from version 8: told apart by size.
[[nodiscard]] std::optional<ServerTime> sidekiqTimeFrom(const QJsonValue& value);

}  // namespace spillway
