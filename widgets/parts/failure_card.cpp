#include "widgets/parts/failure_card.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "backends/domain/human_text.h"
#include "widgets/parts/icon.h"
#include "widgets/parts/theme.h"

namespace spillway {
using namespace Qt::StringLiterals;

FailureCard::FailureCard(QWidget* parent)
    : Card(parent), m_icon(new QLabel), m_sentence(new SafeLabel({}, LabelRole::strong)),
      m_detail(new SafeLabel({}, LabelRole::secondary)), m_nextStep(new SafeLabel),
      m_cancel(new QPushButton(u"Cancel"_s)) {
    auto* text = new QVBoxLayout;
    text->setSpacing(4);
    for (SafeLabel* label : {m_sentence, m_detail, m_nextStep}) {
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
        text->addWidget(label);
    }
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(18, 12, 12, 12);
    row->setSpacing(12);
    row->addWidget(m_icon, 0, Qt::AlignTop);
    row->addLayout(text, 1);
    row->addWidget(m_cancel, 0, Qt::AlignTop);
    connect(m_cancel, &QPushButton::clicked, this, &FailureCard::cancelled);
    connect(&m_clock, &QTimer::timeout, this, &FailureCard::countDown);
    m_clock.setInterval(500);
    m_cancel->setAccessibleName(u"Cancel"_s);
    m_cancel->setToolTip(u"Stops the attempt"_s);
    m_cancel->hide();
    hide();
}

void FailureCard::showRunning(const QString& sentence) {
    show(Tone::running, sentence, {}, {});
}
void FailureCard::showPassed(const QString& sentence) {
    show(Tone::passed, sentence, {}, {});
}

void FailureCard::showFailed(const Failure& failure, const QDateTime& retryAt) {
    m_retryAt = retryAt;
    show(Tone::failed, failure.what,
         failure.serverSaid.isEmpty() ? QString() : u"The server said: %1"_s.arg(failure.serverSaid),
         failure.nextStep);
    if (retryAt.isValid()) m_clock.start();
    countDown();
}

void FailureCard::setCancellable(bool cancellable) {
    m_cancel->setVisible(cancellable);
}

void FailureCard::clear() {
    m_clock.stop();
    hide();
}

void FailureCard::show(Tone tone, const QString& sentence, const QString& detail, const QString& next) {
    m_clock.stop();
    m_tone = tone;
    m_next = next;
    m_sentence->setSafeText(sentence);
    m_detail->setSafeText(detail);
    m_detail->setVisible(!detail.isEmpty());
    m_nextStep->setSafeText(next);
    m_nextStep->setVisible(!next.isEmpty());
    recolor();
    setVisible(true);
}

void FailureCard::countDown() {
    QString next = m_next;
    if (m_retryAt.isValid()) {
        const double wait =
            static_cast<double>(std::max<qint64>(0, QDateTime::currentDateTime().msecsTo(m_retryAt))) / 1000;
        next += wait > 0 ? u" Trying again by itself in %1."_s.arg(durationText(std::ceil(wait)))
                         : u" Trying again now…"_s;
    }
    m_nextStep->setSafeText(next);
    m_nextStep->setVisible(!next.isEmpty());
}

void FailureCard::changeEvent(QEvent* event) {
    Card::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) recolor();
}

void FailureCard::recolor() {
    const ThemeTokens& tokens = currentTokens();
    const QColor color = m_tone == Tone::failed   ? tokens.critical
                         : m_tone == Tone::passed ? tokens.good
                                                  : tokens.secondary;
    const QString name = m_tone == Tone::failed   ? u"failed"_s
                         : m_tone == Tone::passed ? u"good"_s
                                                  : u"connecting"_s;
    m_icon->setPixmap(iconPixmap(name, color, 18, devicePixelRatioF()));
    setStrip(m_tone == Tone::running ? QColor() : color);
}

}  // namespace spillway
