// Where this program cannot see whether something is wrong: there "none" may not be said. Pure.
#pragma once

#include <optional>

#include "backends/health/health_report.h"

namespace spillway {

// Begins the id of the finding that a right is missing.
inline constexpr QLatin1StringView kBlindRule{"blind:"};

struct Blindness {
    int queues = 0;      // whose waiting or dead jobs cannot be seen
    QString where;       // "orders", "orders and 3 more queues", "pg-boss"
    QString why;         // of the first one: the missing right, column or index, and what would close it
    bool right = false;  // somebody may grant it
    bool operator==(const Blindness&) const = default;
};

// nullopt: waiting and dead jobs of all queues are seen. What a system does not have by its nature (dead
// letters of Redis Streams) hides nothing.
[[nodiscard]] std::optional<Blindness> blindnessOf(const SystemHealth& system);
[[nodiscard]] std::optional<Blindness> blindnessOf(
    const Reading& reading);  // the first system's, queues of all
// Something of any system cannot be seen only because a right is missing: a GRANT may give it back.
[[nodiscard]] bool lacksRight(const Reading& reading);
// "orders cannot be seen: The role …"
[[nodiscard]] QString blindnessText(const Blindness& blindness);

}  // namespace spillway
