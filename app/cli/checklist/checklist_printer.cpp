#include "app/cli/checklist/checklist_printer.h"

#include "app/cli/printers/text_table.h"
#include "backends/checklist/checklist_markdown.h"
#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

Paint paintOfVerdict(ChecklistVerdict verdict) {
    switch (verdict) {
        case ChecklistVerdict::pass:
            return Paint::good;
        case ChecklistVerdict::blocked:
            return Paint::critical;
        case ChecklistVerdict::expired:
        case ChecklistVerdict::incomplete:
            break;
    }
    return Paint::warning;
}

Paint paintOfStanding(AnswerStanding standing) {
    switch (standing) {
        case AnswerStanding::proven:
            return Paint::good;
        case AnswerStanding::contradicted:
            return Paint::critical;
        case AnswerStanding::unproven:
        case AnswerStanding::expired:
        case AnswerStanding::unanswered:
            return Paint::warning;
        case AnswerStanding::stated:
        case AnswerStanding::not_needed:
            break;
    }
    return Paint::faint;
}

QString questionText(const Checklist& checklist, ChecklistQuestion question, const JudgedAnswer& judged,
                     const TextStyle& style) {
    const auto& answer = checklist.answer(question);
    QString text = u"%1. %2 %3  "_s.arg(questionNumber(question))
                       .arg(questionSentence(question), answer.choice ? answerName(*answer.choice) : u"–"_s);
    text += painted(standingName(judged.standing).replace(u'_', u' '), paintOfStanding(judged.standing),
                    style.colours) +
            u'\n';
    if (!answer.text.isEmpty()) text += u"     %1\n"_s.arg(visibleText(answer.text, 1000));
    for (size_t i = 0; i < answer.evidence.size(); ++i) {
        const auto& one = judged.evidence[i];
        text += painted(u"     - "_s + visibleText(evidenceLine(answer.evidence[i], one), 1500),
                        one.counts() ? Paint::none : Paint::faint, style.colours) +
                u'\n';
    }
    return text;
}

}  // namespace

QString verdictText(const ChecklistJudgement& judgement, const TextStyle& style) {
    QString text = painted(judgement.sentence, paintOfVerdict(judgement.verdict), style.colours) + u'\n';
    for (qsizetype i = 1; i < judgement.reasons.size(); ++i) text += u"  - "_s + judgement.reasons[i] + u'\n';
    for (const auto& warning : judgement.warnings) text += u"  to be known: "_s + warning + u'\n';
    return fitted(text, style.width);
}

QString checklistText(const Checklist& c, const ChecklistJudgement& judgement, const TextStyle& style) {
    QString text = painted(u"%1  %2"_s.arg(c.id, visibleText(c.title)), Paint::strong, style.colours) + u'\n';
    const auto add = [&](const QString& name, const QString& value) {
        if (!value.isEmpty()) text += u"  %1: %2\n"_s.arg(name, visibleText(value));
    };
    add(u"job"_s, c.jobs.join(u", "_s));
    add(u"queue"_s, c.queue);
    add(u"connection"_s, c.connection);
    add(u"environment"_s,
        c.environment ? environmentName(*c.environment) : u"not told, counts as production"_s);
    add(u"staging"_s, c.staging);
    add(u"commit"_s, c.commit);
    add(u"link"_s, c.link);
    add(u"author"_s, c.author);
    for (const auto question : kChecklistQuestions)
        text += questionText(c, question, judgement.answer(question), style);
    text += u"%1 %2\n"_s.arg(silentFailureQuestion(),
                             c.silent_failure.isEmpty() ? u"–"_s : visibleText(c.silent_failure, 1000));
    for (size_t i = 0; i < c.sign_offs.size(); ++i) {
        const auto& judged = judgement.sign_offs[i];
        text += u"Signed by %1, %2%3\n"_s.arg(
            visibleText(c.sign_offs[i].reviewer), toIsoUtc(c.sign_offs[i].at),
            judged.counts ? QString() : u" (does not count: %1)"_s.arg(judged.why_not));
    }
    return fitted(text, style.width) + verdictText(judgement, style);
}

QString checklistLine(const Checklist& c, const ChecklistJudgement& judgement, const TextStyle& style) {
    const QString verdict = checklistVerdictName(judgement.verdict);
    return u"%1  %2  %3  %4  %5\n"_s.arg(
        c.id, toIsoUtc(c.created).left(16).replace(u'T', u' '),
        painted(verdict.leftJustified(10), paintOfVerdict(judgement.verdict), style.colours),
        visibleText(c.jobs.join(u", "_s), 40), visibleText(c.title, 100));
}

QJsonObject judgedDocument(const Checklist& checklist, const ChecklistJudgement& judgement) {
    QJsonObject document = checklistDocument(checklist);
    const QJsonObject judged = judgementDocument(judgement);
    for (auto it = judged.begin(); it != judged.end(); ++it) document[it.key()] = it.value();
    return document;
}

}  // namespace spillway
