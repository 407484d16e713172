// The preferences of the window: read at its start, shown, kept, and followed at once. GUI thread.
#pragma once

#include <QObject>
#include <functional>

#include "widgets/models/preferences.h"

class QWidget;

namespace spillway {

class PreferencesDialog;

class PreferencesDesk : public QObject {
    Q_OBJECT
public:
    // `redactionFile`: where the redaction rules are.
    PreferencesDesk(QString redactionFile, QWidget* window);

    [[nodiscard]] const Preferences& preferences() const { return m_preferences; }
    PreferencesDialog* show();
    void keepTheme(int mode);  // chosen elsewhere

signals:
    void changed(const spillway::Preferences& preferences);

private:
    void take(PreferencesDialog* dialog, const Preferences& preferences);

    QString m_redactionFile;
    QWidget* m_window;
    Preferences m_preferences;
};

}  // namespace spillway
