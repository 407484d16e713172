#include "backends/checklist/evidence.h"

#include <QLocale>
#include <QStringList>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;

QString evidenceKindName(EvidenceKind kind) {
    switch (kind) {
        case EvidenceKind::live:
            return u"live"_s;
        case EvidenceKind::parity:
            return u"parity"_s;
        case EvidenceKind::drill_claim:
            return u"drill_claim"_s;
        case EvidenceKind::drill_invariant:
            return u"drill_invariant"_s;
        case EvidenceKind::junit:
            return u"junit"_s;
        case EvidenceKind::foreign:
            break;
    }
    return u"foreign"_s;
}

QString evidenceKindTitle(EvidenceKind kind) {
    switch (kind) {
        case EvidenceKind::live:
            return u"Duplicate claims, live"_s;
        case EvidenceKind::parity:
            return u"Worker parity"_s;
        case EvidenceKind::drill_claim:
            return u"Claim drill"_s;
        case EvidenceKind::drill_invariant:
            return u"Invariant drill"_s;
        case EvidenceKind::junit:
            return u"Test results"_s;
        case EvidenceKind::foreign:
            break;
    }
    return u"Another tool"_s;
}

std::optional<EvidenceKind> evidenceKindFromName(const QString& name) {
    for (const auto kind : {EvidenceKind::live, EvidenceKind::parity, EvidenceKind::drill_claim,
                            EvidenceKind::drill_invariant, EvidenceKind::junit, EvidenceKind::foreign})
        if (evidenceKindName(kind) == name) return kind;
    return std::nullopt;
}

bool measuredByUs(EvidenceKind kind) {
    return kind != EvidenceKind::junit && kind != EvidenceKind::foreign;
}

QString evidenceOrigin(const Evidence& evidence) {
    QStringList parts;
    QString who =
        evidence.measured_by.isEmpty() ? QString() : u"by "_s + visibleText(evidence.measured_by, 60);
    if (!evidence.host.isEmpty())
        who += (who.isEmpty() ? u"on "_s : u" on "_s) + visibleText(evidence.host, 60);
    if (!who.isEmpty()) parts << who;
    parts << QLocale::c().toString(toUtc(evidence.measured_at), u"d MMM yyyy HH:mm 'UTC'"_s);
    if (!evidence.where.isEmpty()) parts << visibleText(evidence.where, 120);
    if (!evidence.commit.isEmpty()) parts << u"commit "_s + visibleText(evidence.commit.left(12));
    if (!evidence.job.isEmpty()) parts << visibleText(evidence.job, 60);
    return parts.join(u", "_s);
}

}  // namespace spillway
