// One recorded poll as bytes: checksum, layout, then compressed the run and every queue's numbers. Pure.
#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <optional>

#include "backends/health/recorded_past.h"

namespace spillway::history {

[[nodiscard]] QByteArray encodePoll(const RecordedPoll& poll);
// nullopt: damaged, or written by a newer program. Times are kept to the millisecond.
[[nodiscard]] std::optional<RecordedPoll> decodePoll(ServerTime at, const QByteArray& bytes);

}  // namespace spillway::history
