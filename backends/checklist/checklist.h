// The pre-deploy checklist: four questions about a change of a background job, and one kept for last; answers
// lean on evidence that was measured, not on how sure somebody feels. Values; what they amount to is in
// checklist_rules.h.
#pragma once

#include <QStringList>
#include <array>
#include <optional>
#include <vector>

#include "backends/checklist/evidence.h"
#include "backends/domain/connection_settings.h"

namespace spillway {

enum class ChecklistQuestion { shared_state, sequential, concurrent_load, rollback };
inline constexpr std::array kChecklistQuestions{
    ChecklistQuestion::shared_state, ChecklistQuestion::sequential, ChecklistQuestion::concurrent_load,
    ChecklistQuestion::rollback};
[[nodiscard]] int questionNumber(ChecklistQuestion question);        // 1 to 4
[[nodiscard]] QString questionName(ChecklistQuestion question);      // "shared-state"
[[nodiscard]] QString questionSentence(ChecklistQuestion question);  // "Does this job touch shared state?"
[[nodiscard]] std::optional<ChecklistQuestion> questionFromName(const QString& name);  // "1", "shared-state"
[[nodiscard]] QString silentFailureQuestion();  // the one kept for last; answered by text only
inline constexpr auto kSilentFailure = "silent-failure";

enum class AnswerChoice { yes, no, not_applicable };
[[nodiscard]] QString answerName(AnswerChoice choice);  // "yes", "no", "na"
[[nodiscard]] std::optional<AnswerChoice> answerFromName(const QString& name);

struct ChecklistAnswer {
    std::optional<AnswerChoice> choice;  // nullopt: evidence may be there before the answer is
    QString text;
    std::optional<ServerTime> at;
    std::vector<Evidence> evidence;
    bool operator==(const ChecklistAnswer&) const = default;
};

// A reviewer has read it. One machine cannot prove two people, so this is an acknowledgement.
struct SignOff {
    QString reviewer;
    ServerTime at;
    QString account;  // that ran the program
    QString host;
    QString accept_risk;     // why a job without a rollback may go all the same; empty: not accepted
    QString content;         // contentHash() of what was read
    bool on_export = false;  // made on an exported file, not in the store of who wrote it
    bool operator==(const SignOff&) const = default;
};

struct DeployWindow {
    std::optional<ServerTime> from;
    std::optional<ServerTime> until;
    bool operator==(const DeployWindow&) const = default;
};

struct Checklist {
    QString id;
    QString title;  // of the change
    QString link;
    QString commit;
    QStringList jobs;  // kinds
    QString queue;
    QString connection;  // where it will run: "@prod" or a URL without a secret; empty: not told
    std::optional<Environment> environment;  // of that connection; nullopt counts as production
    QString staging;                         // where it was tried
    QString author;
    ServerTime created;  // the times of a checklist are those of the machine that wrote it
    DeployWindow window;
    std::optional<qint64> workers;  // jobs that production runs at once on that queue, as last known
    std::array<ChecklistAnswer, 4> answers;
    QString silent_failure;
    std::optional<ServerTime> silent_failure_at;
    std::vector<SignOff> sign_offs;
    std::optional<ServerTime> deployed;  // when the deploy mark was set

    [[nodiscard]] ChecklistAnswer& answer(ChecklistQuestion question) {
        return answers[static_cast<size_t>(question)];
    }
    [[nodiscard]] const ChecklistAnswer& answer(ChecklistQuestion question) const {
        return answers[static_cast<size_t>(question)];
    }
    // "N/A: this change does not touch shared state": questions 2 and 3 need no answer then.
    [[nodiscard]] bool touchesNothingShared() const;
    // Some systems have no names of queues: there the kind of job is the queue.
    [[nodiscard]] QString queueOrKind() const { return queue.isEmpty() ? jobs.value(0) : queue; }
    [[nodiscard]] bool onProduction() const {
        return environment.value_or(Environment::production) == Environment::production;
    }
    bool operator==(const Checklist&) const = default;
};

// Short enough to type: "c-3f9a1c07".
[[nodiscard]] QString newChecklistId();
[[nodiscard]] bool isChecklistId(const QString& text);
// "4f2c" and "4F2C91…" are the same commit; at least four digits are needed to say so.
[[nodiscard]] bool sameCommit(const QString& one, const QString& other);

// The answers as a person gives them. Failure kind usage, with what is missing: a reason for "no" on shared
// state, a text for the rollback, any text for the last question.
[[nodiscard]] Outcome<Done> giveAnswer(Checklist& checklist, ChecklistQuestion question, AnswerChoice choice,
                                       const QString& text, ServerTime now);
[[nodiscard]] Outcome<Done> giveSilentFailure(Checklist& checklist, const QString& text, ServerTime now);
// Stamps it with what is known of production now, so that a later change of it can be seen.
void attachEvidence(Checklist& checklist, ChecklistQuestion question, Evidence evidence, ServerTime now);
// Failure kind usage: no name, or a risk accepted by the author.
[[nodiscard]] Outcome<Done> signOff(Checklist& checklist, SignOff signature);
[[nodiscard]] bool isAuthor(const Checklist& checklist, const QString& reviewer);

}  // namespace spillway
