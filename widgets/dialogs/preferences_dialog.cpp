#include "widgets/dialogs/preferences_dialog.h"

#include <QCheckBox>
#include <QComboBox>
#include <QCompleter>
#include <QDateTime>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QPushButton>
#include <QTimeZone>
#include <QVBoxLayout>
#include <algorithm>

#include "backends/domain/redaction.h"
#include "widgets/dialogs/text_lines.h"
#include "widgets/parts/safe_label.h"
#include "widgets/parts/theme.h"

namespace spillway {
using namespace Qt::StringLiterals;

PreferencesDialog::PreferencesDialog(const Preferences& preferences, QWidget* parent)
    : QDialog(parent), m_theme(new QComboBox), m_zone(new QComboBox), m_range(new QComboBox),
      m_notifications(new QCheckBox(u"Tell me when something turns critical"_s)),
      m_rules(new TextLines(
          u"Redaction rules"_s,
          u"Keys (email) or paths ($.user.email, $.items[*].card, $..iban), one a line. What they name "
          "is never shown, copied or reported, here or by spillwayctl."_s,
          4)),
      m_time(new SafeLabel({}, LabelRole::secondary)), m_told(new SafeLabel({}, LabelRole::secondary)) {
    setWindowTitle(u"Preferences"_s);
    setMinimumWidth(520);
    m_theme->setAccessibleName(u"Theme"_s);
    m_theme->setToolTip(u"F8 changes it as well"_s);
    for (const auto& [text, mode] :
         {std::pair{u"as the system"_s, ThemeMode::automatic}, std::pair{u"dark"_s, ThemeMode::dark},
          std::pair{u"light"_s, ThemeMode::light}})
        m_theme->addItem(text, static_cast<int>(mode));
    m_theme->setCurrentIndex(std::max(0, m_theme->findData(preferences.theme)));
    fillZones(preferences.zone);
    m_range->setAccessibleName(u"First range of the charts"_s);
    m_range->setToolTip(u"What the charts of a queue show when it is opened"_s);
    for (const auto& [text, minutes] :
         {std::pair{u"15 minutes"_s, 15}, std::pair{u"1 hour"_s, 60}, std::pair{u"6 hours"_s, 360},
          std::pair{u"24 hours"_s, 1440}, std::pair{u"7 days"_s, 10080}})
        m_range->addItem(text, minutes);
    m_range->setCurrentIndex(std::max(0, m_range->findData(preferences.range_minutes)));
    m_notifications->setChecked(preferences.notifications);
    m_notifications->setToolTip(
        u"By the desktop; a queue alone is silenced by acknowledging it with an end"_s);
    m_rules->setLines(preferences.redaction_rules);
    m_told->setWordWrap(true);
    m_told->hide();
    auto* form = new QFormLayout;
    form->setVerticalSpacing(9);
    form->setLabelAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    form->addRow(u"&Theme"_s, m_theme);
    form->addRow(u"Time &zone"_s, m_zone);
    form->addRow(QString(), m_time);
    form->addRow(u"&Charts begin with"_s, m_range);
    form->addRow(u"&Notifications"_s, m_notifications);
    form->addRow(u"&Hide in payloads"_s, m_rules);
    auto* limit = new SafeLabel(
        u"In error texts only what stands behind such a key is hidden (email=…). A value without its key "
        "stays, also in the groups of errors."_s,
        LabelRole::secondary);
    limit->setWordWrap(true);
    form->addRow(QString(), limit);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel);
    buttons->button(QDialogButtonBox::Ok)->setProperty("primary", true);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(20, 16, 20, 16);
    column->setSpacing(12);
    column->addLayout(form);
    column->addWidget(m_told);
    column->addWidget(buttons);
    connect(buttons, &QDialogButtonBox::accepted, this, &PreferencesDialog::check);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_zone, &QComboBox::currentTextChanged, this, &PreferencesDialog::sayTime);
    sayTime();
}

void PreferencesDialog::fillZones(const QByteArray& chosen) {
    m_zone->setAccessibleName(u"Time zone"_s);
    m_zone->setToolTip(u"Of all times in the window, in copies, exports and reports. Type to search."_s);
    m_zone->setEditable(true);
    m_zone->setInsertPolicy(QComboBox::NoInsert);
    m_zone->addItem(u"this computer's (%1)"_s.arg(QString::fromUtf8(QTimeZone::systemTimeZoneId())),
                    QByteArray());
    m_zone->addItem(u"UTC"_s, QByteArray("UTC"));
    for (const QByteArray& id : QTimeZone::availableTimeZoneIds())
        if (id != "UTC") m_zone->addItem(QString::fromUtf8(id), id);
    m_zone->completer()->setFilterMode(Qt::MatchContains);
    m_zone->completer()->setCompletionMode(QCompleter::PopupCompletion);
    m_zone->setCurrentIndex(std::max(0, m_zone->findData(chosen)));
}

void PreferencesDialog::sayTime() {
    const int index = m_zone->findText(m_zone->currentText(), Qt::MatchFixedString);
    const QByteArray id = m_zone->itemData(index).toByteArray();
    if (index < 0) return m_time->setSafeText(u"There is no such time zone."_s);
    const QDateTime now = QDateTime::currentDateTimeUtc().toTimeZone(
        id.isEmpty() ? QTimeZone::systemTimeZone() : QTimeZone(id));
    m_time->setSafeText(u"There it is %1."_s.arg(now.toString(u"ddd HH:mm t"_s)));
}

Preferences PreferencesDialog::preferences() const {
    const int zone = m_zone->findText(m_zone->currentText(), Qt::MatchFixedString);
    return {m_theme->currentData().toInt(), m_zone->itemData(std::max(0, zone)).toByteArray(),
            m_notifications->isChecked(), m_range->currentData().toInt(), m_rules->lines()};
}

void PreferencesDialog::check() {
    if (m_zone->findText(m_zone->currentText(), Qt::MatchFixedString) < 0)
        return tell(u"\"%1\" is no time zone."_s.arg(m_zone->currentText()));
    const auto rules = RedactionRules::of(m_rules->lines());
    if (!rules) return tell(rules.failure().sentence());
    emit accepting(preferences());
}

void PreferencesDialog::tell(const QString& text) {
    m_told->setSafeText(text);
    m_told->setVisible(!text.isEmpty());
}

}  // namespace spillway
