#include "widgets/parts/safe_label.h"

#include <QEvent>
#include <QPainter>
#include <QRegularExpression>

#include "backends/domain/human_text.h"
#include "widgets/parts/theme.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kLongest = 2000;
constexpr int kLongestLines = 8000;

QFont fontOf(LabelRole role) {
    QFont font = QApplication::font();
    const double points = font.pointSizeF();
    if (role == LabelRole::title) font.setPointSizeF(points * 1.3);
    if (role == LabelRole::secondary) font.setPointSizeF(points * 0.92);
    if (role != LabelRole::body && role != LabelRole::secondary) font.setWeight(QFont::DemiBold);
    return font;
}

// Line breaks of our own sentences stay; everything else that does not print becomes visible.
QString visibleLines(const QString& text) {
    QStringList lines = text.left(kLongestLines).split(u'\n');
    for (auto& line : lines) line = visibleText(line, kLongest);
    return lines.join(u'\n');
}

}  // namespace

QString plainToolTip(const QString& text) {
    if (text.isEmpty()) return {};
    const QString escaped = visibleLines(text).toHtmlEscaped().replace(u'\n', "<br/>"_L1);
    return u"<p style=\"white-space: pre-wrap\">%1</p>"_s.arg(escaped);
}

QString withWholeFigures(QString text) {
    static const QRegularExpression kBlank(
        u"(?<=\\d) (?=\\d|/ \\d|(?:[kMGsdh%×]|ms|µs|min|[kMG]i?B|ppm)(?!\\w))|(?<=\\d /|[≈≥≤~]) (?=\\d)"_s,
        QRegularExpression::UseUnicodePropertiesOption);
    static const QRegularExpression kBetweenUnits(
        u"(?<=\\d\\x{a0}[dh]|\\d\\x{a0}min) (?=\\d+\\x{a0}(?:h|min|s)\\b)"_s);
    if (!text.contains(u' ')) return text;
    const QString blank(QChar::Nbsp);
    return text.replace(kBlank, blank).replace(kBetweenUnits, blank);
}

SafeLabel::SafeLabel(const QString& text, LabelRole role, QWidget* parent) : QLabel(parent) {
    setTextFormat(Qt::PlainText);
    setRole(role);
    setSafeText(text);
}

void SafeLabel::setSafeText(const QString& text) {
    m_text = text;
    const QString visible = wordWrap() ? withWholeFigures(visibleLines(text)) : visibleText(text, kLongest);
    if (QLabel::text() == visible) return;
    setText(visible);
    setAccessibleName(visible);
    updateToolTip();
}

void SafeLabel::setRole(LabelRole role) {
    m_role = role;
    setFont(fontOf(role));
    updateColor();
}

void SafeLabel::setColor(const QColor& color) {
    m_color = color;
    updateColor();
}

void SafeLabel::setElided(bool elided) {
    m_elided = elided;
    setSizePolicy(elided ? QSizePolicy::Maximum : QSizePolicy::Preferred, QSizePolicy::Preferred);
    updateGeometry();
    updateToolTip();
}

void SafeLabel::setHint(const QString& toolTip) {
    if (m_hint == toolTip) return;
    m_hint = toolTip;
    updateToolTip();
}

QSize SafeLabel::minimumSizeHint() const {
    const QSize size = QLabel::minimumSizeHint();
    if (!m_elided) return size;
    return {std::min(size.width(), fontMetrics().averageCharWidth() * 6), size.height()};
}

QSize SafeLabel::sizeHint() const {
    if (!m_elided) return QLabel::sizeHint();
    const QMargins margins = contentsMargins();
    return {fontMetrics().horizontalAdvance(text()) + margins.left() + margins.right() + 2,
            QLabel::sizeHint().height()};
}

void SafeLabel::paintEvent(QPaintEvent* event) {
    if (!m_elided || !isCut()) return QLabel::paintEvent(event);
    QPainter painter(this);
    painter.setPen(palette().color(QPalette::WindowText));
    const QString cut = fontMetrics().elidedText(text(), Qt::ElideRight, contentsRect().width());
    painter.drawText(contentsRect(), static_cast<int>(alignment()), cut);
}

void SafeLabel::resizeEvent(QResizeEvent* event) {
    QLabel::resizeEvent(event);
    updateToolTip();
}

void SafeLabel::changeEvent(QEvent* event) {
    QLabel::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) updateColor();
    if (event->type() == QEvent::ApplicationFontChange) setFont(fontOf(m_role));
}

bool SafeLabel::isCut() const {
    return m_elided && fontMetrics().horizontalAdvance(text()) > contentsRect().width();
}

void SafeLabel::updateColor() {
    const ThemeTokens& tokens = currentTokens();
    const QColor color = m_color.isValid()                ? m_color
                         : m_role == LabelRole::secondary ? tokens.secondary
                                                          : tokens.text;
    if (palette().color(QPalette::WindowText) == color) return;
    QPalette own = palette();
    own.setColor(QPalette::WindowText, color);
    setPalette(own);
}

void SafeLabel::updateToolTip() {
    QStringList parts;
    if (isCut()) parts << m_text;
    if (!m_hint.isEmpty()) parts << m_hint;
    setToolTip(plainToolTip(parts.join(u'\n')));
}

}  // namespace spillway
