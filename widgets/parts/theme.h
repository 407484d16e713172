// The look: one set of colours for dark and one for light, applied to the whole application as palette,
// fonts and one small style sheet on Fusion. Widgets that paint themselves ask currentTokens() when they
// paint, so a change of theme needs no bookkeeping.
#pragma once

#include <QApplication>
#include <QColor>
#include <QObject>
#include <QTimer>

#include "backends/domain/connection_settings.h"
#include "backends/domain/finding.h"

namespace spillway {

struct ThemeTokens {
    bool dark = true;
    QColor window, panel, raised, hairline, grid;           // surfaces and lines
    QColor text, secondary;                                 // the two greys of text
    QColor critical, warning, good, selection;              // meaning
    QColor arrivals, drain, backlog;                        // data of the backlog chart
    QColor on_critical, on_warning, on_good, on_selection;  // text on a surface of that colour
};

[[nodiscard]] const ThemeTokens& darkTokens();
[[nodiscard]] const ThemeTokens& lightTokens();
// Those that fit the application's palette as it is now.
[[nodiscard]] const ThemeTokens& currentTokens();

[[nodiscard]] QColor severityColor(const ThemeTokens& tokens, Severity severity);
[[nodiscard]] QColor environmentColor(const ThemeTokens& tokens, Environment environment);
[[nodiscard]] QColor environmentTextColor(const ThemeTokens& tokens, Environment environment);
// WCAG contrast of two opaque colours, 1..21.
[[nodiscard]] double contrastRatio(const QColor& a, const QColor& b);

enum class ThemeMode { automatic, dark, light };

// One for the application, made after QApplication. Changes only its looks.
class Theme : public QObject {
    Q_OBJECT
public:
    explicit Theme(QApplication& application, ThemeMode mode = ThemeMode::automatic);

    void setMode(ThemeMode mode);  // automatic follows the system's palette, also when it changes later
    [[nodiscard]] ThemeMode mode() const { return m_mode; }
    [[nodiscard]] const ThemeTokens& tokens() const { return *m_tokens; }

signals:
    void changed();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void apply();
    [[nodiscard]] bool systemIsDark();

    QApplication& m_application;
    ThemeMode m_mode;
    const ThemeTokens* m_tokens = nullptr;
    bool m_applying = false;
    QTimer m_reconsider;
};

}  // namespace spillway
