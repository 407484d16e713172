// Theme, time zone, notifications, the charts' first range, and what of a payload is hidden.
#pragma once

#include <QDialog>

#include "widgets/models/preferences.h"

class QCheckBox;
class QComboBox;

namespace spillway {

class SafeLabel;
class TextLines;

class PreferencesDialog : public QDialog {
    Q_OBJECT
public:
    explicit PreferencesDialog(const Preferences& preferences, QWidget* parent = nullptr);
    [[nodiscard]] Preferences preferences() const;
    void tell(const QString& text);  // why they were not taken; it stays open
    [[nodiscard]] QComboBox* theme() const { return m_theme; }
    [[nodiscard]] QComboBox* zone() const { return m_zone; }
    [[nodiscard]] TextLines* rules() const { return m_rules; }

signals:
    void accepting(const spillway::Preferences& preferences);  // accept() or tell() answers

private:
    void fillZones(const QByteArray& chosen);
    void sayTime();
    void check();

    QComboBox *m_theme, *m_zone, *m_range;
    QCheckBox* m_notifications;
    TextLines* m_rules;
    SafeLabel *m_time, *m_told;
};

}  // namespace spillway
