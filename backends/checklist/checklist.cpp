#include "backends/checklist/checklist.h"

#include <QRandomGenerator>
#include <QRegularExpression>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr qsizetype kLongestText = 4000;
constexpr qsizetype kShortestCommit = 4;

Failure unanswerable(const QString& what, const QString& next = {}) {
    return {FailureKind::usage, what, {}, next};
}

}  // namespace

int questionNumber(ChecklistQuestion question) {
    return static_cast<int>(question) + 1;
}

QString questionName(ChecklistQuestion question) {
    switch (question) {
        case ChecklistQuestion::sequential:
            return u"sequential"_s;
        case ChecklistQuestion::concurrent_load:
            return u"concurrent-load"_s;
        case ChecklistQuestion::rollback:
            return u"rollback"_s;
        case ChecklistQuestion::shared_state:
            break;
    }
    return u"shared-state"_s;
}

QString questionSentence(ChecklistQuestion question) {
    switch (question) {
        case ChecklistQuestion::sequential:
            return u"Does the logic assume sequential execution?"_s;
        case ChecklistQuestion::concurrent_load:
            return u"Has it been tested under concurrent load?"_s;
        case ChecklistQuestion::rollback:
            return u"Does the rollback procedure work without manual data correction?"_s;
        case ChecklistQuestion::shared_state:
            break;
    }
    return u"Does this job touch shared state?"_s;
}

std::optional<ChecklistQuestion> questionFromName(const QString& name) {
    for (const auto question : kChecklistQuestions)
        if (name == questionName(question) || name == QString::number(questionNumber(question)))
            return question;
    return std::nullopt;
}

QString silentFailureQuestion() {
    return u"What would have to be true about the execution environment for this to fail silently?"_s;
}

QString answerName(AnswerChoice choice) {
    switch (choice) {
        case AnswerChoice::yes:
            return u"yes"_s;
        case AnswerChoice::no:
            return u"no"_s;
        case AnswerChoice::not_applicable:
            break;
    }
    return u"na"_s;
}

std::optional<AnswerChoice> answerFromName(const QString& name) {
    for (const auto choice : {AnswerChoice::yes, AnswerChoice::no, AnswerChoice::not_applicable})
        if (name == answerName(choice)) return choice;
    return std::nullopt;
}

bool Checklist::touchesNothingShared() const {
    const auto& choice = answer(ChecklistQuestion::shared_state).choice;
    return choice && *choice != AnswerChoice::yes;
}

QString newChecklistId() {
    return u"c-%1"_s.arg(QRandomGenerator::system()->generate(), 8, 16, QChar(u'0'));
}

bool isChecklistId(const QString& text) {
    static const QRegularExpression form(u"^c-[0-9a-f]{8}$"_s);
    return form.match(text).hasMatch();
}

bool sameCommit(const QString& one, const QString& other) {
    const QString& shorter = one.size() < other.size() ? one : other;
    const QString& longer = one.size() < other.size() ? other : one;
    if (one.compare(other, Qt::CaseInsensitive) == 0) return true;
    return shorter.size() >= kShortestCommit && longer.startsWith(shorter, Qt::CaseInsensitive);
}

Outcome<Done> giveAnswer(Checklist& checklist, ChecklistQuestion question, AnswerChoice choice,
                         const QString& text, ServerTime now) {
    const QString said = text.trimmed();
    if (said.size() > kLongestText)
        return unanswerable(u"The text is longer than %1 characters."_s.arg(kLongestText),
                            u"Put the long form where --link points."_s);
    if (said.isEmpty() && question == ChecklistQuestion::shared_state && choice != AnswerChoice::yes)
        return unanswerable(u"A job that touches no shared state needs one sentence that says why."_s,
                            u"Give it with --text, for example \"reads only, sends nothing\"."_s);
    if (said.isEmpty() && question == ChecklistQuestion::rollback)
        return unanswerable(u"The rollback needs one sentence: what is done, and what it leaves."_s,
                            u"Give it with --text."_s);
    if (said.isEmpty() && choice == AnswerChoice::not_applicable)
        return unanswerable(u"\"Not applicable\" needs one sentence that says why."_s,
                            u"Give it with --text."_s);
    auto& answer = checklist.answer(question);
    answer.choice = choice;
    answer.text = said;
    answer.at = now;
    return Done{};
}

Outcome<Done> giveSilentFailure(Checklist& checklist, const QString& text, ServerTime now) {
    const QString said = text.trimmed();
    if (said.isEmpty())
        return unanswerable(u"The last question is answered in words."_s,
                            u"Give --text what would have to be true for this to fail unseen."_s);
    if (said.size() > kLongestText)
        return unanswerable(u"The text is longer than %1 characters."_s.arg(kLongestText));
    checklist.silent_failure = said;
    checklist.silent_failure_at = now;
    return Done{};
}

void attachEvidence(Checklist& checklist, ChecklistQuestion question, Evidence evidence, ServerTime now) {
    evidence.attached_at = now;
    evidence.workers = checklist.workers;
    if (evidence.commit.isEmpty()) evidence.commit = checklist.commit;
    if (evidence.job.isEmpty() && checklist.jobs.size() == 1) evidence.job = checklist.jobs.front();
    checklist.answer(question).evidence.push_back(std::move(evidence));
}

bool isAuthor(const Checklist& checklist, const QString& reviewer) {
    return reviewer.simplified().compare(checklist.author.simplified(), Qt::CaseInsensitive) == 0;
}

Outcome<Done> signOff(Checklist& checklist, SignOff signature) {
    signature.reviewer = signature.reviewer.simplified();
    signature.accept_risk = signature.accept_risk.trimmed();
    if (signature.reviewer.isEmpty() || signature.reviewer.size() > 120)
        return unanswerable(u"A signature needs the reviewer's name, of at most 120 characters."_s);
    if (!signature.accept_risk.isEmpty() && isAuthor(checklist, signature.reviewer))
        return unanswerable(u"The author cannot accept the risk of the own change."_s,
                            u"Have a second person sign it with --accept-risk."_s);
    std::erase_if(checklist.sign_offs, [&](const SignOff& old) {
        return old.reviewer.compare(signature.reviewer, Qt::CaseInsensitive) == 0;
    });
    checklist.sign_offs.push_back(std::move(signature));
    return Done{};
}

}  // namespace spillway
