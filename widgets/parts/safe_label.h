// A label for text that may come from a server: always plain text, control characters visible, cut with
// "…" where the place is too narrow (or wrapped), the whole text in the tool tip.
#pragma once

#include <QLabel>

namespace spillway {

// A tool tip shows markup when it finds some: this makes the text inert and lets long lines wrap.
[[nodiscard]] QString plainToolTip(const QString& text);

// With no-break blanks inside every figure: "12 400", "≈ 2.0 M", "3 d 4 h", "8 / 24", "48 %". For text that
// wraps; elsewhere plain blanks can be searched for.
[[nodiscard]] QString withWholeFigures(QString text);

enum class LabelRole { body, secondary, heading, title, strong };

class SafeLabel : public QLabel {
    Q_OBJECT
public:
    explicit SafeLabel(const QString& text = {}, LabelRole role = LabelRole::body, QWidget* parent = nullptr);

    void setSafeText(const QString& text);  // may hold anything
    [[nodiscard]] QString safeText() const { return m_text; }
    void setRole(LabelRole role);
    void setColor(const QColor& color);  // overrides the role's; an invalid colour goes back to it
    // Cut with "…" instead of asking for more room. Off by default; not together with word wrap.
    void setElided(bool elided);
    void setHint(const QString& toolTip);  // shown under the whole text, when that is cut

    [[nodiscard]] QSize minimumSizeHint() const override;
    [[nodiscard]] QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    [[nodiscard]] bool isCut() const;
    void updateColor();
    void updateToolTip();

    QString m_text;
    QString m_hint;
    QColor m_color;  // invalid: the role's
    LabelRole m_role = LabelRole::body;
    bool m_elided = false;
};

}  // namespace spillway
