// Drills and parity: the contract's documents, and what a terminal shows. Pure.
#pragma once

#include <QJsonObject>

#include "backends/drill/claim_drill.h"
#include "backends/drill/invariant_drill.h"
#include "backends/drill/parity.h"

namespace spillway {

// Who measured, and for what; makes a result evidence for the checklist.
struct EvidenceHead {
    QString kind;         // "drill_claim", "drill_invariant", "parity"
    QString measured_at;  // ISO, UTC
    QString measured_by;
    QString host;
    QString where;   // connection, without secrets
    QString commit;  // empty: not told
    QString job;     // the kind of job that it speaks for; empty: not told
};
[[nodiscard]] QJsonObject withHead(const QJsonObject& document, const EvidenceHead& head);

[[nodiscard]] QJsonObject claimDrillJson(const ClaimDrillResult& result);
[[nodiscard]] QString claimDrillText(const ClaimDrillResult& result, bool colours);
[[nodiscard]] QJsonObject parityJson(const Parity& parity);
[[nodiscard]] QString parityText(const Parity& parity, bool colours);
[[nodiscard]] QJsonObject invariantDrillJson(const InvariantDrillResult& result);

}  // namespace spillway
