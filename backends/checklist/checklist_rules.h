// What a checklist amounts to. Risky combinations are refused, not averaged; what has expired counts no more.
// Pure.
#pragma once

#include "backends/checklist/evidence_judgement.h"

namespace spillway {

enum class ChecklistVerdict { pass, blocked, incomplete, expired };
[[nodiscard]] QString checklistVerdictName(ChecklistVerdict verdict);  // "pass"

// How well an answer stands.
enum class AnswerStanding {
    unanswered,
    not_needed,   // nothing shared is touched
    stated,       // somebody says so
    proven,       // and evidence that counts shows it
    unproven,     // it would need evidence, and has none that counts
    expired,      // like unproven, because what it had has expired
    contradicted  // evidence that counts says otherwise
};
[[nodiscard]] QString standingName(AnswerStanding standing);  // "not_needed"

struct JudgedEvidence {
    EvidenceJudgement judgement;
    std::optional<QString> expired;  // why
    bool superseded = false;         // a newer one of the same kind counts instead
    [[nodiscard]] bool counts() const { return !expired && !superseded; }
    bool operator==(const JudgedEvidence&) const = default;
};

struct JudgedAnswer {
    AnswerStanding standing = AnswerStanding::unanswered;
    std::vector<JudgedEvidence> evidence;  // as in the answer
    bool operator==(const JudgedAnswer&) const = default;
};

struct JudgedSignOff {
    bool counts = false;
    QString why_not;
    bool operator==(const JudgedSignOff&) const = default;
};

struct ChecklistJudgement {
    ChecklistVerdict verdict = ChecklistVerdict::incomplete;
    QStringList reasons;   // why it does not pass, worst first
    QStringList warnings;  // what passes all the same, and should be known
    std::array<JudgedAnswer, 4> answers;
    std::vector<JudgedSignOff> sign_offs;
    QString sentence;             // "Blocked: …"
    QString not_to_sign;          // why a signature would not help yet; empty: it may be signed
    bool risk_to_accept = false;  // it takes a signature with an accepted risk
    [[nodiscard]] const JudgedAnswer& answer(ChecklistQuestion question) const {
        return answers[static_cast<size_t>(question)];
    }
    bool operator==(const ChecklistJudgement&) const = default;
};

struct ChecklistDemands {
    ChecklistMoment moment;
    bool second_signature = false;  // two people, of whom one signed elsewhere
};
[[nodiscard]] ChecklistJudgement judgedChecklist(const Checklist& checklist, const ChecklistDemands& demands);

}  // namespace spillway
