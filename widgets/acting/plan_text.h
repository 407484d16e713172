// A plan in words, and what is missing before it may be carried out. Pure.
#pragma once

#include <vector>

#include "widgets/models/acting_view.h"

namespace spillway {

[[nodiscard]] QString jobsText(qint64 n);            // "1 job", "2 000 jobs"
[[nodiscard]] QString actionVerb(ActionKind kind);   // "Replay"
[[nodiscard]] QString actionDoing(ActionKind kind);  // "Replaying"
[[nodiscard]] QString actionDone(ActionKind kind);   // "put back", "released", "taken back"

struct PlanFact {
    QString label, value, hint;
};

[[nodiscard]] QString planTitle(const ActionPlan& plan);  // "Replay 312 dead jobs of emails"
[[nodiscard]] QString planLead(const ActionPlan& plan);   // what will happen, and that nothing has yet
[[nodiscard]] std::vector<PlanFact> planFacts(const ActionPlan& plan, const LoadForecast& load);

struct CauseLine {
    qint64 jobs = 0;
    QString text;
};
// The most frequent error signatures, at most `most`; the rest in one line.
[[nodiscard]] std::vector<CauseLine> planCauses(const ActionPlan& plan, size_t most);

// Something a person should read before confirming, worst first.
struct PlanNote {
    Permission tone = Permission::warning;
    QString text;
    std::optional<Guard> overridable;  // a tick and a typed reason get past it
    bool overridden = false;
};
[[nodiscard]] std::vector<PlanNote> planNotes(const PlannedAction& planned, const GuardFacts& facts);

// What a person has entered.
struct ConfirmationEntry {
    QString queue, count, reason;
};
// Why the plan cannot be carried out yet: a sentence. Empty: it can.
[[nodiscard]] QString confirmationGap(const PlannedAction& planned, const GuardFacts& facts,
                                      const ConfirmationEntry& entry);

}  // namespace spillway
