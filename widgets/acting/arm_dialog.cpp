#include "widgets/acting/arm_dialog.h"

#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

#include "backends/domain/human_text.h"
#include "widgets/acting/environment_strip.h"
#include "widgets/models/connection_label.h"
#include "widgets/parts/explained_button.h"
#include "widgets/parts/failure_card.h"
#include "widgets/parts/safe_label.h"

namespace spillway {
using namespace Qt::StringLiterals;

ArmDialog::ArmDialog(const ConnectionView& connection, const QString& what, bool again, QWidget* parent)
    : QDialog(parent), m_connection(connection.name), m_reason(new QLineEdit), m_result(new FailureCard),
      m_arm(new QPushButton(again ? u"Arm again"_s : u"Arm"_s)) {
    setWindowTitle(u"Arm"_s);
    setMinimumWidth(520);
    auto* strip = new EnvironmentStrip;
    strip->setPlace(connection.environment, connectionLabel(m_connection));
    const QString name = visibleText(connectionLabel(m_connection), 40);
    const QString title = what.isEmpty() ? u"Arm %1"_s.arg(name) : u"Arm %1 %2"_s.arg(name, what);
    auto* heading = new SafeLabel(title, LabelRole::title);
    auto* note = new SafeLabel({}, LabelRole::secondary);
    note->setWordWrap(true);
    note->setSafeText(
        u"For %1 from now on, a second session stands that may change jobs. Every change still needs a plan "
        "and a confirmation of its own. The reason goes into the audit."_s.arg(
            durationText(std::chrono::duration<double>(connection.armed_for).count())));
    m_reason->setPlaceholderText(u"Why: what was fixed, ticket"_s);
    m_reason->setAccessibleName(u"Reason for arming"_s);
    m_reason->setMaxLength(400);
    m_arm->setProperty("primary", true);
    m_arm->setDefault(true);
    auto* cancel = new QPushButton(u"Cancel"_s);
    cancel->setAutoDefault(false);
    auto* buttons = new QHBoxLayout;
    buttons->addStretch(1);
    buttons->addWidget(cancel);
    buttons->addWidget(m_arm);
    auto* inside = new QVBoxLayout;
    inside->setContentsMargins(20, 16, 20, 16);
    inside->setSpacing(12);
    inside->addWidget(heading);
    inside->addWidget(note);
    inside->addWidget(m_reason);
    inside->addWidget(m_result);
    inside->addLayout(buttons);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(strip);
    column->addLayout(inside);
    const auto refused = refusesActing({.name = m_connection, .armedFor = connection.armed_for});
    const auto explain = [this, refused] {
        explainButton(*m_arm,
                      refused                                ? refused->what
                      : m_reason->text().trimmed().isEmpty() ? u"Write why: the reason goes into the audit."_s
                                                             : QString(),
                      {});
    };
    connect(m_reason, &QLineEdit::textChanged, this, explain);
    connect(m_arm, &QPushButton::clicked, this, &ArmDialog::arm);
    connect(cancel, &QPushButton::clicked, this, &QDialog::reject);
    explain();
    m_reason->setEnabled(!refused);
    note->setVisible(!refused);
    if (refused) m_result->showFailed(*refused);
}

void ArmDialog::arm() {
    m_result->showRunning(u"Opening the second session…"_s);
    m_arm->setEnabled(false);
    fitHeight();
    emit armWanted(m_connection, m_reason->text().trimmed());
}

void ArmDialog::showFailed(const Failure& failure) {
    m_result->showFailed(failure);
    m_arm->setEnabled(true);
    fitHeight();
}

void ArmDialog::fitHeight() {
    layout()->activate();
    resize(width(), layout()->totalHeightForWidth(width()));
}

}  // namespace spillway
