// What one piece of evidence says about the answer to a question, and whether it still counts. Pure.
#pragma once

#include "backends/checklist/checklist.h"

namespace spillway {

enum class Bearing {
    supports,     // the reassuring answer: nothing assumes sequence, it was tested, the rollback works
    contradicts,  // it
    undecided     // too little, about something else, or not to be seen
};

struct EvidenceJudgement {
    Bearing bearing = Bearing::undecided;
    QString sentence;     // the figures in words
    QStringList caveats;  // what it does not show, a sentence each
    bool operator==(const EvidenceJudgement&) const = default;
};
// The figures are reckoned again from the counts; what the file says of itself is not taken over.
[[nodiscard]] EvidenceJudgement judgedEvidence(const Evidence& evidence, ChecklistQuestion question,
                                               const Checklist& checklist);

// Whether the measurement saw jobs claimed twice: in production, or in a drill.
[[nodiscard]] bool sawDuplicates(const Evidence& evidence);

// For which moment and which change a checklist is judged.
struct ChecklistMoment {
    ServerTime now;
    QString commit;                 // that is about to be deployed; empty: the checklist's own
    std::optional<qint64> workers;  // that production runs; nullopt: as the checklist knows it
    bool operator==(const ChecklistMoment&) const = default;
};
inline constexpr std::chrono::hours kEvidenceLife{24 * 7};

// Why it no longer counts, in a clause: "measured 9 d ago"; nullopt: it still does.
[[nodiscard]] std::optional<QString> expiredBecause(const Evidence& evidence, const Checklist& checklist,
                                                    const ChecklistMoment& moment);

}  // namespace spillway
