// What a person sets and types on a plan.
#include <QDoubleSpinBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QSpinBox>
#include <QVBoxLayout>

#include "backends/remediation/pacing.h"
#include "widgets/acting/plan_pane.h"
#include "widgets/parts/safe_label.h"

namespace spillway {
using namespace Qt::StringLiterals;

QWidget* PlanPane::buildSettings() {
    m_rate = new QDoubleSpinBox;
    m_canary = new QSpinBox;
    m_halt = new QDoubleSpinBox;
    m_rate->setRange(0.1, kHighestReplayRate);
    m_rate->setDecimals(1);
    m_rate->setSuffix(u" /s"_s);
    m_rate->setAccessibleName(u"Jobs per second"_s);
    m_canary->setRange(0, 500);
    m_canary->setSuffix(u" jobs"_s);
    m_canary->setSpecialValueText(u"none"_s);
    m_canary->setAccessibleName(u"Canary: jobs that must end well before the rest"_s);
    m_halt->setRange(0, 100);
    m_halt->setDecimals(0);
    m_halt->setSuffix(u" %"_s);
    m_halt->setAccessibleName(u"Share of failures that halts"_s);
    auto* settings = new QWidget;
    auto* row = new QHBoxLayout(settings);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(8);
    const std::pair<QString, QAbstractSpinBox*> fields[] = {
        {u"Rate"_s, m_rate}, {u"Canary"_s, m_canary}, {u"Halt above"_s, m_halt}};
    for (const auto& [text, field] : fields) {
        row->addWidget(new SafeLabel(text, LabelRole::secondary));
        row->addWidget(field);
        row->addSpacing(10);
        field->setKeyboardTracking(false);
        field->setButtonSymbols(QAbstractSpinBox::NoButtons);  // wheel, arrow keys, or typed
    }
    row->addWidget(new SafeLabel(u"failures"_s, LabelRole::secondary));
    row->addStretch(1);
    connect(m_rate, &QDoubleSpinBox::valueChanged, this, &PlanPane::settingsChanged);
    connect(m_canary, &QSpinBox::valueChanged, this, &PlanPane::settingsChanged);
    connect(m_halt, &QDoubleSpinBox::valueChanged, this, &PlanPane::settingsChanged);
    return settings;
}

QWidget* PlanPane::buildConfirmation() {
    m_ask = new SafeLabel({}, LabelRole::strong);
    m_confirm = new QLineEdit;
    m_reason = new QLineEdit;
    m_again = new QPushButton(u"Plan again"_s);
    m_cancel = new QPushButton(u"Close"_s);
    m_go = new QPushButton(u"Apply"_s);
    m_go->setProperty("primary", true);
    m_reason->setPlaceholderText(u"Why: what was fixed, ticket"_s);
    m_confirm->setAccessibleName(u"To confirm"_s);
    m_reason->setAccessibleName(u"Reason, for the audit"_s);
    m_scroll->setAccessibleName(u"The plan"_s);
    m_reason->setMaxLength(400);
    auto* whole = new QWidget;
    auto* grid = new QGridLayout(whole);
    grid->setContentsMargins(0, 4, 0, 0);
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(8);
    grid->addWidget(m_ask, 0, 0);
    grid->addWidget(m_confirm, 0, 1);
    grid->addWidget(new SafeLabel(u"Reason"_s, LabelRole::strong), 1, 0);
    grid->addWidget(m_reason, 1, 1);
    grid->setColumnStretch(1, 1);
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    buttons->addWidget(m_again);
    buttons->addStretch(1);
    buttons->addWidget(m_cancel);
    buttons->addWidget(m_go);
    grid->addLayout(buttons, 2, 0, 1, 2);
    for (QPushButton* button : {m_again, m_cancel}) button->setAutoDefault(false);
    m_go->setDefault(false);
    m_go->setAutoDefault(false);  // never by Return alone
    connect(m_confirm, &QLineEdit::textChanged, this, &PlanPane::refreshConfirmation);
    connect(m_reason, &QLineEdit::textChanged, this, &PlanPane::refreshConfirmation);
    connect(m_again, &QPushButton::clicked, this, &PlanPane::replan);
    connect(m_cancel, &QPushButton::clicked, this, &PlanPane::dismissed);
    connect(m_go, &QPushButton::clicked, this, &PlanPane::confirm);
    return whole;
}

}  // namespace spillway
