#include "widgets/acting/environment_strip.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QPainter>

#include "widgets/parts/safe_label.h"
#include "widgets/parts/theme.h"

namespace spillway {

EnvironmentStrip::EnvironmentStrip(QWidget* parent)
    : QWidget(parent), m_word(new SafeLabel({}, LabelRole::strong)), m_place(new SafeLabel) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(20, 6, 20, 6);
    row->setSpacing(12);
    row->addWidget(m_word);
    row->addWidget(m_place, 1);
    QFont spaced = m_word->font();
    spaced.setLetterSpacing(QFont::AbsoluteSpacing, 1.2);
    m_word->setFont(spaced);
    m_place->setElided(true);
    m_place->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    recolor();
}

void EnvironmentStrip::setPlace(Environment environment, const QString& place) {
    m_environment = environment;
    m_word->setSafeText(environmentName(environment).toUpper());
    m_place->setSafeText(place);
    recolor();
}

void EnvironmentStrip::recolor() {
    const QColor color = environmentTextColor(currentTokens(), m_environment);
    m_word->setColor(color);
    m_place->setColor(color);
    update();
}

void EnvironmentStrip::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) recolor();
}

void EnvironmentStrip::paintEvent(QPaintEvent*) {
    QPainter(this).fillRect(rect(), environmentColor(currentTokens(), m_environment));
}

}  // namespace spillway
