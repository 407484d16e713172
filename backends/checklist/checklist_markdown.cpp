#include "backends/checklist/checklist_markdown.h"

#include <QLocale>

#include "backends/checklist/checklist_document.h"
#include "backends/domain/human_text.h"
#include "backends/domain/markdown_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QString dayAndTime(ServerTime time) {
    return QLocale::c().toString(toUtc(time), u"d MMM yyyy HH:mm 'UTC'"_s);
}

QString standingText(AnswerStanding standing) {
    switch (standing) {
        case AnswerStanding::proven:
            return u"shown by evidence"_s;
        case AnswerStanding::stated:
            return u"stated"_s;
        case AnswerStanding::unproven:
            return u"unproven"_s;
        case AnswerStanding::expired:
            return u"unproven: its evidence has expired"_s;
        case AnswerStanding::contradicted:
            return u"contradicted by evidence"_s;
        case AnswerStanding::not_needed:
            return u"not needed"_s;
        case AnswerStanding::unanswered:
            break;
    }
    return u"not answered"_s;
}

QString choiceText(const ChecklistAnswer& answer) {
    if (!answer.choice) return u"–"_s;
    switch (*answer.choice) {
        case AnswerChoice::yes:
            return u"Yes"_s;
        case AnswerChoice::no:
            return u"No"_s;
        case AnswerChoice::not_applicable:
            break;
    }
    return u"N/A"_s;
}

QString markdownEvidence(const Evidence& evidence, const JudgedEvidence& judged) {
    const QString line =
        markdownText(u"%1: %2"_s.arg(evidenceKindTitle(evidence.kind), judged.judgement.sentence));
    QString text = judged.counts() ? u"  - "_s + line : u"  - ~~%1~~"_s.arg(line);
    if (judged.expired) text += u" **Expired:** %1."_s.arg(markdownText(*judged.expired));
    if (judged.superseded) text += u" A newer one counts instead."_s;
    text += u" _%1_"_s.arg(markdownText(evidenceOrigin(evidence)));
    for (const auto& caveat : judged.judgement.caveats) text += u" "_s + markdownText(caveat);
    return text + u'\n';
}

QString questionMarkdown(const Checklist& checklist, ChecklistQuestion question, const JudgedAnswer& judged) {
    const auto& answer = checklist.answer(question);
    QString text = u"%1. **%2** %3 (%4)"_s.arg(questionNumber(question))
                       .arg(questionSentence(question), choiceText(answer), standingText(judged.standing));
    if (!answer.text.isEmpty()) text += u": "_s + markdownText(answer.text);
    text += u'\n';
    for (size_t i = 0; i < answer.evidence.size(); ++i)
        text += markdownEvidence(answer.evidence[i], judged.evidence[i]);
    return text;
}

QString changeMarkdown(const Checklist& c) {
    QStringList parts;
    const auto add = [&](const QString& name, const QString& value) {
        if (!value.isEmpty()) parts << u"%1 %2"_s.arg(name, markdownText(value, 300));
    };
    add(u"Job"_s, c.jobs.join(u", "_s));
    add(u"queue"_s, c.queue);
    add(u"on"_s, c.connection);
    add(u"commit"_s, c.commit);
    add(u"by"_s, c.author);
    add(u"see"_s, c.link);
    return parts.join(u", "_s);
}

QString signaturesMarkdown(const Checklist& checklist, const ChecklistJudgement& judgement) {
    if (checklist.sign_offs.empty()) return u"Not reviewed.\n"_s;
    QString text;
    for (size_t i = 0; i < checklist.sign_offs.size(); ++i) {
        const auto& s = checklist.sign_offs[i];
        const auto& judged = judgement.sign_offs[i];
        text += u"- %1 read it, %2 (%3)"_s.arg(markdownText(s.reviewer), dayAndTime(s.at),
                                               markdownText(u"%1 on %2"_s.arg(s.account, s.host)));
        if (!s.accept_risk.isEmpty()) text += u". Accepts the risk: %1"_s.arg(markdownText(s.accept_risk));
        if (!judged.counts) text += u". **Does not count:** %1"_s.arg(markdownText(judged.why_not));
        text += u'\n';
    }
    return text;
}

QString listMarkdown(const QString& title, const QStringList& lines) {
    if (lines.isEmpty()) return {};
    QString text = u"\n%1\n\n"_s.arg(title);
    for (const auto& line : lines) text += u"- %1\n"_s.arg(markdownText(line));
    return text;
}

}  // namespace

QString evidenceLine(const Evidence& evidence, const JudgedEvidence& judged) {
    QString text = u"%1: %2 (%3)"_s.arg(evidenceKindTitle(evidence.kind), judged.judgement.sentence,
                                        evidenceOrigin(evidence));
    if (judged.expired) text = u"EXPIRED (%1): "_s.arg(*judged.expired) + text;
    if (judged.superseded) text = u"superseded: "_s + text;
    if (!judged.judgement.caveats.isEmpty()) text += u' ' + judged.judgement.caveats.join(u' ');
    return text;
}

QString checklistMarkdown(const Checklist& checklist, const ChecklistJudgement& judgement) {
    QString text = u"# Pre-deploy checklist: %1\n\n"_s.arg(markdownText(checklist.title));
    text += u"**%1**\n\n%2\n"_s.arg(markdownText(judgement.sentence), changeMarkdown(checklist));
    if (judgement.reasons.size() > 1) text += listMarkdown(u"What stands in the way:"_s, judgement.reasons);
    text += u"\n## Concurrency considerations\n\n"_s;
    for (const auto question : kChecklistQuestions)
        text += questionMarkdown(checklist, question, judgement.answer(question));
    text += u"\n**%1**\n\n"_s.arg(silentFailureQuestion());
    text += checklist.silent_failure.isEmpty() ? u"Not answered.\n"_s
                                               : markdownText(checklist.silent_failure) + u'\n';
    text += listMarkdown(u"To be known:"_s, judgement.warnings);
    text += u"\n### Reviewed\n\n"_s + signaturesMarkdown(checklist, judgement);
    text += u"\n_Checklist %1, content %2. An acknowledgement is no proof of identity._\n"_s.arg(
        checklist.id, contentHash(checklist).left(12));
    return text;
}

}  // namespace spillway
