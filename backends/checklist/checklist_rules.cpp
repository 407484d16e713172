#include "backends/checklist/checklist_rules.h"

#include <QSet>
#include <algorithm>

#include "backends/checklist/checklist_document.h"
#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

using Q = ChecklistQuestion;

// The answer that reassures; only such a one needs to be shown.
bool reassures(Q question, AnswerChoice choice) {
    switch (question) {
        case Q::shared_state:
            return choice != AnswerChoice::yes;
        case Q::sequential:
            return choice == AnswerChoice::no;
        case Q::concurrent_load:
        case Q::rollback:
            break;
    }
    return choice == AnswerChoice::yes;
}

// Of what the console sees by itself the newest counts; a drill that failed does not go away by another one.
bool supersededBy(const Evidence& one, const Evidence& other) {
    const bool seen = one.kind == EvidenceKind::live || one.kind == EvidenceKind::parity;
    return seen && one.kind == other.kind && other.measured_at > one.measured_at;
}

class ChecklistJudge {
public:
    ChecklistJudge(const Checklist& checklist, const ChecklistDemands& demands)
        : m_list(checklist), m_demands(demands) {}

    ChecklistJudgement judge() {
        for (const auto question : kChecklistQuestions) judgeAnswer(question);
        judgeSignOffs();
        askForAnswers();
        refuseCombinations();
        askForProof();
        askForSignatures();
        judgeTime();
        warn();
        conclude();
        return m_out;
    }

private:
    using Verdict = ChecklistVerdict;
    JudgedAnswer& judged(Q question) { return m_out.answers[static_cast<size_t>(question)]; }
    [[nodiscard]] AnswerStanding standing(Q question) const { return m_out.answer(question).standing; }
    [[nodiscard]] bool answered(Q question, AnswerChoice choice) const {
        return m_list.answer(question).choice == choice;
    }
    void refuse(Verdict verdict, const QString& reason, bool signatureHelps = false) {
        m_refusals.push_back({verdict, reason, signatureHelps});
    }
    void warnOf(int question, const QString& warning) { m_warnings.emplace_back(question, warning); }

    void judgeAnswer(Q question);
    [[nodiscard]] AnswerStanding standingOf(Q question) const;
    void judgeSignOffs();
    [[nodiscard]] JudgedSignOff judgedSignOff(const SignOff& signature) const;
    [[nodiscard]] const SignOff* acceptedRisk() const;
    void askForAnswers();
    void refuseCombinations();
    void refuseSequential();
    void refuseRollback();
    void askForProof();
    void askForSignatures();
    void askForSecondSignature();
    void judgeTime();
    [[nodiscard]] std::optional<ServerTime> lastTouched() const;
    void warn();
    void warnOfRisks();
    void conclude();

    const Checklist& m_list;
    const ChecklistDemands& m_demands;
    ChecklistJudgement m_out;
    struct Refusal {
        Verdict verdict;
        QString reason;
        bool signature_helps;
    };
    std::vector<Refusal> m_refusals;
    std::vector<std::pair<int, QString>> m_warnings;  // by question
};

void ChecklistJudge::judgeAnswer(Q question) {
    const auto& evidence = m_list.answer(question).evidence;
    for (const auto& one : evidence) {
        JudgedEvidence j;
        j.judgement = judgedEvidence(one, question, m_list);
        j.expired = expiredBecause(one, m_list, m_demands.moment);
        j.superseded = std::any_of(evidence.begin(), evidence.end(),
                                   [&](const Evidence& other) { return supersededBy(one, other); });
        judged(question).evidence.push_back(std::move(j));
    }
    judged(question).standing = standingOf(question);
}

AnswerStanding ChecklistJudge::standingOf(Q question) const {
    const auto& answer = m_list.answer(question);
    if (!answer.choice) {
        const bool aboutConcurrency = question == Q::sequential || question == Q::concurrent_load;
        return m_list.touchesNothingShared() && aboutConcurrency ? AnswerStanding::not_needed
                                                                 : AnswerStanding::unanswered;
    }
    if (!reassures(question, *answer.choice)) return AnswerStanding::stated;
    const auto& evidence = m_out.answer(question).evidence;
    const auto any = [&](Bearing bearing, bool counting) {
        return std::any_of(evidence.begin(), evidence.end(), [&](const JudgedEvidence& e) {
            return e.judgement.bearing == bearing && e.counts() == counting;
        });
    };
    if (any(Bearing::contradicts, true)) return AnswerStanding::contradicted;
    if (any(Bearing::supports, true)) return AnswerStanding::proven;
    if (any(Bearing::supports, false)) return AnswerStanding::expired;
    const bool needed = question == Q::concurrent_load && !m_list.touchesNothingShared();
    return needed ? AnswerStanding::unproven : AnswerStanding::stated;
}

JudgedSignOff ChecklistJudge::judgedSignOff(const SignOff& signature) const {
    if (signature.content != contentHash(m_list))
        return {false, u"%1 signed an earlier version; it was changed afterwards."_s.arg(
                           visibleText(signature.reviewer, 60))};
    if (m_list.onProduction() && isAuthor(m_list, signature.reviewer))
        return {false, u"%1 is the author, who cannot be the only reviewer on production."_s.arg(
                           visibleText(signature.reviewer, 60))};
    return {true, {}};
}

void ChecklistJudge::judgeSignOffs() {
    for (const auto& signature : m_list.sign_offs) m_out.sign_offs.push_back(judgedSignOff(signature));
}

const SignOff* ChecklistJudge::acceptedRisk() const {
    for (size_t i = 0; i < m_list.sign_offs.size(); ++i) {
        const auto& signature = m_list.sign_offs[i];
        if (m_out.sign_offs[i].counts && !signature.accept_risk.isEmpty() &&
            !isAuthor(m_list, signature.reviewer))
            return &signature;
    }
    return nullptr;
}

void ChecklistJudge::askForAnswers() {
    for (const auto question : kChecklistQuestions)
        if (standing(question) == AnswerStanding::unanswered)
            refuse(Verdict::incomplete, u"Question %1 is not answered: %2"_s.arg(questionNumber(question))
                                            .arg(questionSentence(question)));
    if (m_list.touchesNothingShared()) {
        if (m_list.answer(Q::shared_state).text.isEmpty())
            refuse(Verdict::incomplete, u"Question 1: nothing says why no shared state is touched."_s);
        if (answered(Q::rollback, AnswerChoice::no))
            refuse(Verdict::incomplete,
                   u"Question 4 says that data must be corrected by hand, so shared state is touched: answer "
                   "question 1 again."_s);
        return;
    }
    if (answered(Q::shared_state, AnswerChoice::yes) && answered(Q::sequential, AnswerChoice::not_applicable))
        refuse(Verdict::incomplete,
               u"Question 2 does apply where shared state is touched: answer yes or no."_s);
    if (m_list.silent_failure.isEmpty())
        refuse(Verdict::incomplete, u"The last question is not answered: "_s + silentFailureQuestion());
}

void ChecklistJudge::refuseCombinations() {
    if (!answered(Q::shared_state, AnswerChoice::yes)) return;
    if (standing(Q::concurrent_load) == AnswerStanding::contradicted)
        refuse(Verdict::blocked, u"It was tested under concurrent load and failed the test (question 3)."_s);
    if (standing(Q::sequential) == AnswerStanding::contradicted)
        refuse(Verdict::blocked,
               u"The logic does assume sequential execution: run at once, it broke the rule (question 2)."_s);
    if (answered(Q::sequential, AnswerChoice::yes)) refuseSequential();
    refuseRollback();
}

void ChecklistJudge::refuseSequential() {
    const auto& tested = m_list.answer(Q::concurrent_load).choice;
    const AnswerStanding shown = standing(Q::concurrent_load);
    if (tested && (*tested != AnswerChoice::yes || shown == AnswerStanding::unproven))
        refuse(Verdict::blocked,
               u"Shared state, logic that assumes sequential execution, and no test under "
               "concurrent load: this is the combination that fails in production first."_s);
    for (const auto question : kChecklistQuestions) {
        const auto& evidence = m_list.answer(question).evidence;
        for (size_t i = 0; i < evidence.size(); ++i)
            if (sawDuplicates(evidence[i]) && m_out.answer(question).evidence[i].counts())
                return refuse(Verdict::blocked,
                              u"The logic assumes sequential execution, and jobs are claimed twice: %1"_s.arg(
                                  m_out.answer(question).evidence[i].judgement.sentence));
    }
}

void ChecklistJudge::refuseRollback() {
    const auto& choice = m_list.answer(Q::rollback).choice;
    if (!choice) return;
    const bool failed = standing(Q::rollback) == AnswerStanding::contradicted;
    if (*choice == AnswerChoice::yes && !failed) return;
    m_out.risk_to_accept = true;
    if (acceptedRisk()) return;
    const QString what = failed ? u"Shared state, and the rollback failed when it was rehearsed"_s
                                : u"Shared state, and no rollback without manual data correction"_s;
    refuse(Verdict::blocked,
           what + u": a reviewer who is not the author must accept that, with a reason (--accept-risk)."_s,
           true);
}

void ChecklistJudge::askForProof() {
    if (m_list.touchesNothingShared()) return;
    for (const auto question : kChecklistQuestions) {
        const int number = questionNumber(question);
        if (standing(question) == AnswerStanding::expired) {
            for (const auto& e : m_out.answer(question).evidence)
                if (e.expired && e.judgement.bearing == Bearing::supports)
                    return refuse(Verdict::expired,
                                  u"Question %1 is unproven: its evidence has expired, %2."_s.arg(number).arg(
                                      *e.expired));
        }
        if (standing(question) == AnswerStanding::unproven)
            refuse(
                Verdict::incomplete,
                u"Question %1 says yes, and nothing that counts shows it: attach a drill, test results or a "
                "parity, or answer no."_s.arg(number));
    }
}

void ChecklistJudge::askForSignatures() {
    const bool any = std::any_of(m_out.sign_offs.begin(), m_out.sign_offs.end(),
                                 [](const JudgedSignOff& s) { return s.counts; });
    if (!any && !m_list.touchesNothingShared()) {
        if (m_list.sign_offs.empty())
            refuse(Verdict::incomplete,
                   m_list.onProduction() ? u"No reviewer has signed it; on production it must be somebody "
                                           "other than the author."_s
                                         : u"No reviewer has signed it."_s,
                   true);
        for (const auto& s : m_out.sign_offs) refuse(Verdict::incomplete, s.why_not, true);
    }
    if (m_demands.second_signature) askForSecondSignature();
}

void ChecklistJudge::askForSecondSignature() {
    QSet<QString> people, places;
    bool onExport = false;
    for (size_t i = 0; i < m_list.sign_offs.size(); ++i) {
        const auto& s = m_list.sign_offs[i];
        if (s.content != contentHash(m_list)) continue;
        people.insert(s.reviewer.toCaseFolded());
        places.insert(s.account + u'@' + s.host);
        onExport |= s.on_export;
    }
    if (people.size() < 2)
        refuse(Verdict::incomplete,
               u"A second signature is asked for: %1 of 2 people signed this version."_s.arg(people.size()),
               true);
    else if (places.size() < 2 && !onExport)
        refuse(Verdict::incomplete,
               u"Both signatures were made in one place by one account. Have the second made on the exported "
               "file: \"spillwayctl checklist sign FILE --reviewer NAME\"."_s,
               true);
}

std::optional<ServerTime> ChecklistJudge::lastTouched() const {
    std::optional<ServerTime> last = m_list.silent_failure_at;
    const auto take = [&](const std::optional<ServerTime>& at) {
        if (at && (!last || *at > *last)) last = at;
    };
    for (const auto& answer : m_list.answers) take(answer.at);
    for (size_t i = 0; i < m_list.sign_offs.size(); ++i)
        if (m_out.sign_offs[i].counts) take(m_list.sign_offs[i].at);
    return last;
}

void ChecklistJudge::judgeTime() {
    const auto& moment = m_demands.moment;
    if (!moment.commit.isEmpty() && m_list.commit.isEmpty())
        refuse(Verdict::incomplete,
               u"It names no commit, and %1 is to be deployed."_s.arg(visibleText(moment.commit.left(12))));
    else if (!moment.commit.isEmpty() && !sameCommit(moment.commit, m_list.commit))
        refuse(Verdict::expired,
               u"It was made for commit %1, and %2 is to be deployed."_s.arg(
                   visibleText(m_list.commit.left(12)), visibleText(moment.commit.left(12))));
    if (const auto last = lastTouched(); last && moment.now - *last > kEvidenceLife)
        refuse(Verdict::expired,
               u"Nobody has looked at it for %1, more than 7 d."_s.arg(
                   durationText(secondsBetween(*last, moment.now))),
               true);
    if (m_list.window.until && *m_list.window.until < moment.now)
        refuse(Verdict::expired, u"Its deploy window has ended at %1."_s.arg(toIsoUtc(*m_list.window.until)));
}

void ChecklistJudge::warn() {
    for (const auto question : kChecklistQuestions)
        for (const auto& e : m_out.answer(question).evidence) {
            if (!e.counts()) continue;
            for (const auto& caveat : e.judgement.caveats)
                warnOf(
                    questionNumber(question),
                    u"Question %1: %2 %3"_s.arg(questionNumber(question)).arg(e.judgement.sentence, caveat));
        }
    if (!m_list.touchesNothingShared()) warnOfRisks();
    std::ranges::stable_sort(m_warnings, {}, &std::pair<int, QString>::first);
    for (const auto& [question, warning] : m_warnings) m_out.warnings << warning;
}

void ChecklistJudge::warnOfRisks() {
    if (standing(Q::rollback) == AnswerStanding::stated && answered(Q::rollback, AnswerChoice::yes))
        warnOf(4, u"Question 4: the rollback is stated, nobody has rehearsed it."_s);
    if (standing(Q::sequential) == AnswerStanding::stated && answered(Q::sequential, AnswerChoice::no))
        warnOf(2, u"Question 2: that nothing assumes sequential execution is stated, not measured."_s);
    if (answered(Q::concurrent_load, AnswerChoice::no) ||
        answered(Q::concurrent_load, AnswerChoice::not_applicable))
        warnOf(3, u"Question 3: it was not tested under concurrent load."_s);
    const auto* risk = acceptedRisk();
    const bool noRollback =
        !answered(Q::rollback, AnswerChoice::yes) || standing(Q::rollback) == AnswerStanding::contradicted;
    if (risk && noRollback)
        warnOf(4, u"%1 accepts that no rollback works without correcting data by hand: %2"_s.arg(
                      visibleText(risk->reviewer, 60), visibleText(risk->accept_risk, 400)));
    if (m_list.window.from && m_demands.moment.now < *m_list.window.from)
        warnOf(5, u"Its deploy window begins at %1."_s.arg(toIsoUtc(*m_list.window.from)));
}

void ChecklistJudge::conclude() {
    m_out.verdict = Verdict::pass;
    for (const auto verdict : {Verdict::blocked, Verdict::incomplete, Verdict::expired})
        for (const auto& refusal : m_refusals) {
            if (refusal.verdict != verdict) continue;
            if (m_out.verdict == Verdict::pass) m_out.verdict = verdict;
            m_out.reasons << refusal.reason;
            if (!refusal.signature_helps && m_out.not_to_sign.isEmpty()) m_out.not_to_sign = refusal.reason;
        }
    switch (m_out.verdict) {
        case Verdict::pass:
            m_out.sentence = m_list.touchesNothingShared()
                                 ? u"Pass: this change does not touch shared state."_s
                                 : u"Pass: nothing speaks against this deploy."_s;
            return;
        case Verdict::blocked:
            m_out.sentence = u"Blocked: "_s + m_out.reasons.front();
            return;
        case Verdict::incomplete:
            m_out.sentence = u"Incomplete: "_s + m_out.reasons.front();
            return;
        case Verdict::expired:
            m_out.sentence = u"Expired: "_s + m_out.reasons.front();
            return;
    }
}

}  // namespace

QString checklistVerdictName(ChecklistVerdict verdict) {
    switch (verdict) {
        case ChecklistVerdict::pass:
            return u"pass"_s;
        case ChecklistVerdict::blocked:
            return u"blocked"_s;
        case ChecklistVerdict::expired:
            return u"expired"_s;
        case ChecklistVerdict::incomplete:
            break;
    }
    return u"incomplete"_s;
}

QString standingName(AnswerStanding standing) {
    switch (standing) {
        case AnswerStanding::not_needed:
            return u"not_needed"_s;
        case AnswerStanding::stated:
            return u"stated"_s;
        case AnswerStanding::proven:
            return u"proven"_s;
        case AnswerStanding::unproven:
            return u"unproven"_s;
        case AnswerStanding::expired:
            return u"expired"_s;
        case AnswerStanding::contradicted:
            return u"contradicted"_s;
        case AnswerStanding::unanswered:
            break;
    }
    return u"unanswered"_s;
}

ChecklistJudgement judgedChecklist(const Checklist& checklist, const ChecklistDemands& demands) {
    return ChecklistJudge(checklist, demands).judge();
}

}  // namespace spillway
