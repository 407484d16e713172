#include "widgets/checklist/question_step.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

#include "backends/checklist/evidence.h"
#include "widgets/checklist/drill_panel.h"
#include "widgets/parts/safe_label.h"
#include "widgets/parts/theme.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

SafeLabel* wrapped(const QString& text, LabelRole role) {
    auto* label = new SafeLabel(text, role);
    label->setWordWrap(true);
    return label;
}

QString hintFor(std::optional<ChecklistQuestion> question) {
    if (!question) return u"In words. What would nobody notice?"_s;
    switch (*question) {
        case ChecklistQuestion::shared_state:
            return u"Which, or why none: with “no” the next two need no answer"_s;
        case ChecklistQuestion::sequential:
            return u"What if two run it at once, or one runs it twice?"_s;
        case ChecklistQuestion::concurrent_load:
            return u"Where, and how many at once? “Yes” needs evidence"_s;
        case ChecklistQuestion::rollback:
            break;
    }
    return u"What is done, and what does it leave?"_s;
}

void emptyOut(QVBoxLayout& layout) {
    while (auto* item = layout.takeAt(0)) {
        delete item->widget();
        delete item;
    }
}

}  // namespace

QuestionStep::QuestionStep(QWidget* parent)
    : QWidget(parent), m_sentence(wrapped({}, LabelRole::title)), m_choices(new QWidget),
      m_group(new QButtonGroup(this)), m_text(new QLineEdit), m_known(nullptr),
      m_live(wrapped({}, LabelRole::body)), m_parity(wrapped({}, LabelRole::body)),
      m_rules(wrapped({}, LabelRole::body)), m_evidence(new QVBoxLayout),
      m_attachLive(new QPushButton(u"Attach what is &live"_s)),
      m_attachParity(new QPushButton(u"Attach &parity"_s)), m_drill(new DrillPanel) {
    auto* row = new QHBoxLayout(m_choices);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(8);
    const auto add = [&](const QString& text, AnswerChoice choice) {
        auto* button = new QPushButton(text);
        button->setCheckable(true);
        button->setMinimumWidth(110);
        m_group->addButton(button, static_cast<int>(choice));
        row->addWidget(button);
    };
    add(u"&Yes"_s, AnswerChoice::yes);
    add(u"&No"_s, AnswerChoice::no);
    add(u"N&ot applicable"_s, AnswerChoice::not_applicable);
    row->addStretch(1);
    m_text->setAccessibleName(u"Why, or how"_s);
    m_known = buildKnown();
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(14);
    column->addWidget(m_sentence);
    column->addWidget(m_choices);
    column->addWidget(m_text);
    column->addWidget(m_known, 1);
    column->addStretch(0);
    connect(m_text, &QLineEdit::returnPressed, this, &QuestionStep::finished);
    connect(m_group, &QButtonGroup::idClicked, m_text, [this] { m_text->setFocus(); });
}

QWidget* QuestionStep::buildKnown() {
    auto* inside = new QWidget;
    auto* column = new QVBoxLayout(inside);
    column->setContentsMargins(0, 8, 0, 0);
    column->setSpacing(8);
    column->addWidget(new SafeLabel(u"What is known"_s, LabelRole::heading));
    for (auto* label : {m_live, m_parity, m_rules}) column->addWidget(label);
    m_evidence->setSpacing(6);
    column->addLayout(m_evidence);
    auto* row = new QHBoxLayout;
    auto* file = new QPushButton(u"Attach a &file…"_s);
    file->setToolTip(u"What a drill wrote with --output, JUnit XML, or another tool's JSON"_s);
    m_attachParity->setToolTip(u"Workers of staging and production, queue by queue"_s);
    for (auto* button : {m_attachLive, m_attachParity, file}) row->addWidget(button);
    row->addStretch(1);
    column->addLayout(row);
    column->addWidget(m_drill);
    column->addStretch(1);
    connect(file, &QPushButton::clicked, this, &QuestionStep::attachFileRequested);
    connect(m_attachLive, &QPushButton::clicked, this, &QuestionStep::attachLiveRequested);
    connect(m_attachParity, &QPushButton::clicked, this, &QuestionStep::attachParityRequested);
    auto* scroll = new QScrollArea;
    scroll->setWidget(inside);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    return scroll;
}

void QuestionStep::ask(const Checklist& checklist, std::optional<ChecklistQuestion> question) {
    m_question = question;
    m_sentence->setSafeText(question ? questionSentence(*question) : silentFailureQuestion());
    m_choices->setVisible(question.has_value());
    m_known->setVisible(question.has_value());
    m_drill->setVisible(question == ChecklistQuestion::sequential ||
                        question == ChecklistQuestion::concurrent_load);
    m_text->setPlaceholderText(hintFor(question));
    m_text->setText(question ? checklist.answer(*question).text : checklist.silent_failure);
    m_group->setExclusive(false);
    for (auto* button : m_group->buttons())
        button->setChecked(question && checklist.answer(*question).choice ==
                                           static_cast<AnswerChoice>(m_group->id(button)));
    m_group->setExclusive(true);
    if (question)
        (m_group->checkedButton() ? m_group->checkedButton() : m_group->buttons().front())->setFocus();
    else
        m_text->setFocus();
}

void QuestionStep::showKnown(const Checklist& checklist, const ChecklistJudgement& judgement,
                             const KnownNow& now) {
    if (!m_question) return;
    showNow(checklist, now);
    showEvidence(checklist, judgement);
}

void QuestionStep::showNow(const Checklist& checklist, const KnownNow& now) {
    const QString live = now.liveText();
    m_attachLive->setEnabled(!live.isEmpty());
    m_live->setSafeText(live.isEmpty()
                            ? u"No open connection shows this queue, so nothing is seen of it now."_s
                            : u"Duplicate claims now: "_s + live);
    m_parity->setSafeText(now.parity ? u"Workers: "_s + now.parityText(checklist.queueOrKind())
                          : checklist.staging.isEmpty()
                              ? u"No staging is named, so its workers cannot be compared."_s
                              : u"Workers: %1 and %2 must both be open to be compared."_s.arg(
                                    checklist.staging, checklist.connection));
    m_parity->setVisible(m_question == ChecklistQuestion::concurrent_load || now.parity);
    m_attachParity->setVisible(now.parity.has_value());
    m_rules->setSafeText(now.rulesText());
    m_rules->setVisible(!now.rules.empty());
    m_rules->setColor(now.rulesHold() ? QColor() : currentTokens().critical);
}

void QuestionStep::showEvidence(const Checklist& checklist, const ChecklistJudgement& judgement) {
    emptyOut(*m_evidence);
    const auto& evidence = checklist.answer(*m_question).evidence;
    for (size_t i = 0; i < evidence.size(); ++i) {
        const auto& judged = judgement.answer(*m_question).evidence[i];
        QString text = u"%1: %2\n%3"_s.arg(evidenceKindTitle(evidence[i].kind), judged.judgement.sentence,
                                           evidenceOrigin(evidence[i]));
        if (judged.expired) text += u"\nExpired: %1."_s.arg(*judged.expired);
        if (!judged.judgement.caveats.isEmpty()) text += u'\n' + judged.judgement.caveats.join(u' ');
        auto* label = new SafeLabel({}, judged.counts() ? LabelRole::body : LabelRole::secondary);
        label->setWordWrap(true);
        QFont font = label->font();
        font.setStrikeOut(!judged.counts());
        label->setFont(font);
        label->setSafeText(text);
        if (judged.counts() && judged.judgement.bearing == Bearing::contradicts)
            label->setColor(currentTokens().critical);
        m_evidence->addWidget(label);
    }
}

std::optional<AnswerChoice> QuestionStep::choice() const {
    const int id = m_group->checkedId();
    return id < 0 ? std::nullopt : std::optional(static_cast<AnswerChoice>(id));
}

QString QuestionStep::text() const {
    return m_text->text();
}

}  // namespace spillway
