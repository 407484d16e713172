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
    QString next;                    // what to do, where `why` does not say it; may be empty
};

// No queue, the condition `unread`, and, where it should have been read, gaps with the reason: there "none"
// may not be said.
[[nodiscard]] SystemReading unreadReading(const UnreadSystem& unread);
// As detection lists it beside what is read.
[[nodiscard]] DetectedSystem unreadDetected(const UnreadSystem& unread);
// Nothing is read here, and this is why.
[[nodiscard]] Failure nothingButUnread(const std::vector<UnreadSystem>& unread);

}  // namespace spillway
