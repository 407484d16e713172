// Drills and parity as the contract's documents: what `--json` prints, and evidence for the checklist. Pure.
#pragma once

#include <QJsonObject>

#include "backends/domain/connection_settings.h"
#include "backends/drill/claim_drill.h"
#include "backends/drill/invariant_drill.h"
#include "backends/drill/parity.h"

namespace spillway {

// Who measured, and for what; makes a result evidence for the checklist.
struct EvidenceHead {
    QString kind;         // "drill_claim", "drill_invariant", "parity", "live"
    QString measured_at;  // ISO, UTC
    QString measured_by;
    QString host;
    QString where;   // connection, without secrets
    QString commit;  // empty: not told
    QString job;     // the kind of job that it speaks for; empty: not told
};
[[nodiscard]] QJsonObject withHead(const QJsonObject& document, const EvidenceHead& head);

[[nodiscard]] QString workerName(int number);  // "worker 3"
[[nodiscard]] QJsonObject claimDrillJson(const ClaimDrillResult& result, Environment environment);
[[nodiscard]] QJsonObject parityJson(const Parity& parity);
[[nodiscard]] QJsonObject invariantDrillJson(const InvariantDrillResult& result, int processes);

}  // namespace spillway
