// Evidence of a checklist: what was measured, by whom, when, where, for which commit and job. Values.
#pragma once

#include <QJsonObject>
#include <QString>
#include <optional>

#include "backends/domain/clock.h"

namespace spillway {

enum class EvidenceKind {
    live,             // duplicate claims as the console sees them now
    parity,           // workers of staging against production
    drill_claim,      // many workers on a scratch copy
    drill_invariant,  // the job's own command at once, a rule of the data, perhaps a rollback
    junit,            // results of a test run
    foreign           // another tool's JSON
};
[[nodiscard]] QString evidenceKindName(EvidenceKind kind);   // "drill_claim"
[[nodiscard]] QString evidenceKindTitle(EvidenceKind kind);  // "Claim drill"
[[nodiscard]] std::optional<EvidenceKind> evidenceKindFromName(const QString& name);
// False: somebody else says so.
[[nodiscard]] bool measuredByUs(EvidenceKind kind);

struct Evidence {
    EvidenceKind kind = EvidenceKind::foreign;
    ServerTime measured_at;
    QString measured_by;
    QString host;
    QString where;                  // connection, without secrets
    QString commit;                 // that it speaks for; empty: not told
    QString job;                    // kind that it speaks for; empty: not told
    QString source;                 // the file it came from; empty: measured when it was attached
    std::optional<qint64> workers;  // Checklist::workers when it was attached
    ServerTime attached_at;
    QJsonObject document;  // the figures
    bool operator==(const Evidence&) const = default;
};

// "by ada on build-7, 27 Nov 2026 09:14 UTC, @staging, commit 4f2c"
[[nodiscard]] QString evidenceOrigin(const Evidence& evidence);

}  // namespace spillway
