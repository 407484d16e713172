#include "widgets/checklist/summary_step.h"

#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

#include "backends/domain/human_text.h"
#include "widgets/parts/explained_button.h"
#include "widgets/parts/safe_label.h"
#include "widgets/parts/theme.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QColor colorOf(ChecklistVerdict verdict) {
    const auto& tokens = currentTokens();
    switch (verdict) {
        case ChecklistVerdict::pass:
            return tokens.good;
        case ChecklistVerdict::blocked:
            return tokens.critical;
        case ChecklistVerdict::incomplete:
        case ChecklistVerdict::expired:
            break;
    }
    return tokens.warning;
}

QString signOf(ChecklistVerdict verdict) {
    return verdict == ChecklistVerdict::pass      ? u"✓ "_s
           : verdict == ChecklistVerdict::blocked ? u"▲ "_s
                                                  : u"● "_s;
}

}  // namespace

SummaryStep::SummaryStep(QWidget* parent)
    : QWidget(parent), m_verdict(new SafeLabel({}, LabelRole::title)),
      m_details(new SafeLabel({}, LabelRole::body)), m_signed(new SafeLabel({}, LabelRole::secondary)),
      m_since(new SafeLabel({}, LabelRole::heading)), m_changes(new SafeLabel({}, LabelRole::body)),
      m_reviewer(new QLineEdit), m_risk(new QLineEdit), m_signature(new QPushButton(u"&Sign"_s)),
      m_deploy(new QPushButton(u"&Deploy now"_s)) {
    for (auto* label : {m_verdict, m_details, m_signed, m_since, m_changes}) label->setWordWrap(true);
    m_reviewer->setPlaceholderText(u"Reviewer"_s);
    m_reviewer->setAccessibleName(u"Reviewer"_s);
    m_risk->setPlaceholderText(u"Why it may go without a rollback"_s);
    m_risk->setAccessibleName(u"Accepted risk"_s);
    auto* signRow = new QHBoxLayout;
    signRow->addWidget(m_reviewer, 1);
    signRow->addWidget(m_risk, 2);
    signRow->addWidget(m_signature);
    auto* copy = new QPushButton(u"&Copy Markdown"_s);
    auto* save = new QPushButton(u"Sa&ve for CI…"_s);
    m_deploy->setProperty("primary", true);
    m_deploy->setToolTip(u"Sets the deploy mark on the charts"_s);
    auto* outRow = new QHBoxLayout;
    outRow->addWidget(copy);
    outRow->addWidget(save);
    outRow->addStretch(1);
    outRow->addWidget(m_deploy);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(14);
    column->addWidget(m_verdict);
    column->addWidget(m_details);
    column->addWidget(m_signed);
    column->addLayout(signRow);
    column->addLayout(outRow);
    column->addWidget(m_since);
    column->addWidget(m_changes);
    column->addStretch(1);
    connect(m_signature, &QPushButton::clicked, this, &SummaryStep::sign);
    connect(m_reviewer, &QLineEdit::textChanged, this, &SummaryStep::explainSigning);
    connect(m_risk, &QLineEdit::textChanged, this, &SummaryStep::explainSigning);
    connect(m_reviewer, &QLineEdit::returnPressed, this, &SummaryStep::sign);
    connect(m_risk, &QLineEdit::returnPressed, this, &SummaryStep::sign);
    connect(copy, &QPushButton::clicked, this, &SummaryStep::copyRequested);
    connect(save, &QPushButton::clicked, this, &SummaryStep::saveRequested);
    connect(m_deploy, &QPushButton::clicked, this, &SummaryStep::deployRequested);
    setFocusProxy(m_reviewer);
}

void SummaryStep::sign() {
    if (m_signature->isEnabled()) emit signRequested(m_reviewer->text(), m_risk->text());
}

void SummaryStep::explainSigning() {
    QString gap;
    if (!m_judgement.not_to_sign.isEmpty())
        gap = u"Not yet: every later answer would undo the signature. %1"_s.arg(m_judgement.not_to_sign);
    else if (m_reviewer->text().trimmed().isEmpty())
        gap = u"Write the reviewer's name."_s;
    else if (m_judgement.verdict == ChecklistVerdict::blocked && m_risk->text().trimmed().isEmpty())
        gap = u"Write why it may go without a rollback: the reviewer accepts that."_s;
    explainButton(*m_signature, gap, u"An acknowledgement, kept with what was signed"_s);
}

void SummaryStep::showComparison(const std::optional<DeployComparison>& comparison) {
    m_since->setVisible(comparison.has_value());
    m_changes->setVisible(comparison.has_value());
    if (!comparison) return;
    m_since->setSafeText((comparison->worse() ? u"▲ "_s : QString()) + comparison->sentence);
    m_since->setColor(comparison->worse() ? currentTokens().critical : QColor());
    QStringList lines;
    for (const auto& change : comparison->changes) lines << u"•  "_s + visibleText(change.sentence, 300);
    m_changes->setSafeText(lines.join(u'\n'));
}

void SummaryStep::showVerdict(const Checklist& checklist, const ChecklistJudgement& judgement, bool marking) {
    m_verdict->setSafeText(signOf(judgement.verdict) + judgement.sentence);
    m_verdict->setColor(colorOf(judgement.verdict));
    QStringList lines;
    for (qsizetype i = 1; i < judgement.reasons.size(); ++i)
        lines << u"•  "_s + visibleText(judgement.reasons[i], 600);
    for (const auto& warning : judgement.warnings) lines << u"To be known:  "_s + visibleText(warning, 600);
    m_details->setSafeText(lines.join(u'\n'));
    m_details->setVisible(!lines.isEmpty());
    QStringList names;
    for (size_t i = 0; i < checklist.sign_offs.size(); ++i)
        names << (judgement.sign_offs[i].counts
                      ? u"Signed by %1."_s.arg(visibleText(checklist.sign_offs[i].reviewer, 60))
                      : u"Does not count: %1"_s.arg(judgement.sign_offs[i].why_not));
    m_judgement = judgement;
    m_risk->setVisible(judgement.risk_to_accept);
    explainSigning();
    m_signed->setSafeText(names.isEmpty() ? u"Nobody has signed it."_s : names.join(u' '));
    m_deploy->setEnabled(judgement.verdict == ChecklistVerdict::pass && !checklist.queue.isEmpty() &&
                         !checklist.deployed && !marking);
    m_deploy->setText(checklist.deployed ? u"Deployed"_s
                      : marking          ? u"Setting the mark…"_s
                                         : u"&Deploy now"_s);
}

}  // namespace spillway
