// The bytes of a Sidekiq job that is put back, and back again. Pure.
#pragma once

#include <QString>
#include <optional>

#include "backends/domain/clock.h"

namespace spillway {

// As "retry" does it: one attempt back, a new time of enqueuing. nullopt: it is no job.
[[nodiscard]] std::optional<QByteArray> sidekiqRetried(const QByteArray& member, ServerTime now);
// What sidekiqRetried() changes, for sidekiqAsBefore(): "enqueued_at|retry_count|queue"; a member that was
// not there is empty.
[[nodiscard]] QString sidekiqBefore(const QByteArray& member, const QByteArray& queue);
// The member as it was, proved by its digest (SHA-1, hex); nullopt: this is another job of that id.
[[nodiscard]] std::optional<QByteArray> sidekiqAsBefore(const QByteArray& waiting, const QString& before,
                                                        const QByteArray& digest);

}  // namespace spillway
