// A queue system that is there and was not read: the reading that says so beside the healthy ones.
#pragma once

#include <optional>

#include "backends/domain/outcome.h"
#include "backends/domain/queue_reading.h"

namespace spillway {

struct UnreadSystem {
    SystemIdentity identity;
    QString schema;
    QString why;                     // a sentence
    std::optional<Failure> failure;  // nullopt: nobody tried, see distrust() in catalog.h
};

// No queue, the condition `unread`, and, where it should have been read, gaps with the reason: there "none"
// may not be said.
[[nodiscard]] SystemReading unreadReading(const UnreadSystem& unread);

}  // namespace spillway
