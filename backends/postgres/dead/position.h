// Where a page of dead letters ended: what `DeadPage::next` holds. A value.
#pragma once

#include <QString>
#include <map>
#include <optional>
#include <string>

#include "backends/domain/outcome.h"

namespace spillway {

// The time of death of the last job, as the server wrote it, and how many jobs that died at exactly this
// moment each queue has already given. Millions may have died at once, and no index orders those.
struct DeadPosition {
    std::string died_at;                                     // empty: the start
    std::map<std::pair<QString, std::string>, qint64> skip;  // by system key and raw queue name
    qint64 counted = -1;  // jobs that match the filter, as counted for the first page; -1: not counted
    bool countedAll = false;

    bool operator==(const DeadPosition&) const = default;
};

[[nodiscard]] QString toToken(const DeadPosition& position);
// Failure kind usage for what toToken() did not make.
[[nodiscard]] Outcome<DeadPosition> deadPositionFrom(const QString& token);

}  // namespace spillway
