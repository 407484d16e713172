#include "app/console/preferences_desk.h"

#include <QSettings>

#include "app/connections/redaction_file.h"
#include "widgets/dialogs/preferences_dialog.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QSettings keptPreferences() {
    return QSettings(u"spillway"_s, u"window"_s);
}

}  // namespace

PreferencesDesk::PreferencesDesk(QString redactionFile, QWidget* window)
    : QObject(window), m_redactionFile(std::move(redactionFile)), m_window(window) {
    const QSettings kept = keptPreferences();
    m_preferences.theme = kept.value(u"theme"_s).toInt();
    m_preferences.zone = kept.value(u"time_zone"_s).toByteArray();
    m_preferences.notifications = kept.value(u"notifications"_s, true).toBool();
    m_preferences.range_minutes = kept.value(u"range"_s, m_preferences.range_minutes).toInt();
    if (const auto rules = listRedactionRules(m_redactionFile)) m_preferences.redaction_rules = *rules;
}

PreferencesDialog* PreferencesDesk::show() {
    const auto rules = listRedactionRules(m_redactionFile);  // somebody may have edited the file
    m_preferences.redaction_rules = rules ? *rules : QStringList();
    auto* dialog = new PreferencesDialog(m_preferences, m_window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    if (!rules) dialog->tell(rules.failure().sentence());
    connect(dialog, &PreferencesDialog::accepting, this,
            [this, dialog](const Preferences& preferences) { take(dialog, preferences); });
    dialog->open();
    return dialog;
}

void PreferencesDesk::take(PreferencesDialog* dialog, const Preferences& preferences) {
    if (preferences.redaction_rules != m_preferences.redaction_rules ||
        !listRedactionRules(m_redactionFile)) {
        const auto saved = saveRedactionRules(m_redactionFile, preferences.redaction_rules);
        if (!saved) return dialog->tell(saved.failure().sentence());
    }
    m_preferences = preferences;
    QSettings kept = keptPreferences();
    kept.setValue(u"theme"_s, preferences.theme);
    kept.setValue(u"time_zone"_s, preferences.zone);
    kept.setValue(u"notifications"_s, preferences.notifications);
    kept.setValue(u"range"_s, preferences.range_minutes);
    emit changed(m_preferences);
    dialog->accept();
}

void PreferencesDesk::keepTheme(int mode) {
    m_preferences.theme = mode;
    keptPreferences().setValue(u"theme"_s, mode);
}

}  // namespace spillway
