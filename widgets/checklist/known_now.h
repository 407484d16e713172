// What the open connections say about a checklist now: duplicates in production and staging, the workers of
// both side by side, and whether the rules of the data hold. Pure.
#pragma once

#include "backends/checklist/checklist.h"
#include "backends/checklist/live_evidence.h"
#include "backends/drill/parity.h"
#include "widgets/models/connection_view.h"

namespace spillway {

struct KnownNow {
    std::optional<LiveQueue> production, staging;
    std::optional<Parity> parity;  // nullopt: one of the two is not open
    QString parity_where;
    std::vector<RuleOfData> rules;

    [[nodiscard]] QString liveText() const;  // empty: the queue is on no open connection
    [[nodiscard]] QString parityText(const QString& queue) const;
    [[nodiscard]] QString rulesText() const;  // empty: no rule is watched
    [[nodiscard]] bool rulesHold() const;
};
[[nodiscard]] KnownNow knownNow(const Checklist& checklist, const ConnectionViews& views);

}  // namespace spillway
