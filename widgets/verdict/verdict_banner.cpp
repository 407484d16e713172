#include "widgets/verdict/verdict_banner.h"

#include <QEvent>
#include <QHBoxLayout>
#include <algorithm>
#include <cstdlib>

#include "widgets/parts/icon.h"
#include "widgets/parts/theme.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kClock_ms = 1000;

QString iconOf(Verdict::Tone tone) {
    switch (tone) {
        case Verdict::Tone::critical:
            return u"critical"_s;
        case Verdict::Tone::warning:
            return u"warning"_s;
        case Verdict::Tone::note:
            return u"info"_s;
        case Verdict::Tone::quiet:
            return u"good"_s;
        case Verdict::Tone::waiting:
            break;
    }
    return u"connecting"_s;
}

QColor colorOf(Verdict::Tone tone, const ThemeTokens& tokens) {
    switch (tone) {
        case Verdict::Tone::critical:
            return tokens.critical;
        case Verdict::Tone::warning:
            return tokens.warning;
        case Verdict::Tone::note:
            return tokens.selection;
        case Verdict::Tone::quiet:
            return tokens.good;
        case Verdict::Tone::waiting:
            break;
    }
    return tokens.secondary;
}

}  // namespace

VerdictBanner::VerdictBanner(QWidget* parent)
    : Card(parent), m_now([] { return QDateTime::currentDateTime(); }), m_icon(new QLabel),
      m_word(new SafeLabel({}, LabelRole::title)), m_headline(new SafeLabel({}, LabelRole::title)),
      m_reasons(new SafeLabel({}, LabelRole::secondary)), m_since(new SafeLabel({}, LabelRole::secondary)),
      m_more(new QPushButton), m_open(new QPushButton) {
    auto* line = new QHBoxLayout;
    line->setSpacing(8);
    line->addWidget(m_icon);
    line->addWidget(m_word);
    line->addWidget(m_headline, 1);
    auto* text = new QVBoxLayout;
    text->setSpacing(4);
    text->addLayout(line);
    auto* next = new QHBoxLayout;
    next->setSpacing(12);
    next->addWidget(m_reasons, 1);
    next->addWidget(m_more);
    text->addLayout(next);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(20, 10, 12, 10);
    row->setSpacing(12);
    row->addLayout(text, 1);
    row->addWidget(m_since);
    row->addWidget(m_open);
    for (SafeLabel* label : {m_headline, m_reasons}) {
        label->setElided(true);
        label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    }
    m_open->setProperty("primary", true);
    m_open->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    m_more->setProperty("link", true);
    m_more->setCursor(Qt::PointingHandCursor);
    m_more->setAccessibleDescription(u"Lists every finding"_s);
    connect(m_more, &QPushButton::clicked, this, &VerdictBanner::moreActivated);
    // What the button said when the press began.
    connect(m_open, &QPushButton::pressed, this, [this] { m_pressed = m_verdict; });
    connect(m_open, &QPushButton::clicked, this,
            [this] { emit placeActivated(m_pressed.place, m_pressed.target); });
    connect(&m_clock, &QTimer::timeout, this, &VerdictBanner::refresh);
    m_clock.setInterval(kClock_ms);
    setAccessibleName(u"Verdict"_s);
    setConnections({});
}

void VerdictBanner::setConnections(const ConnectionViews& views) {
    m_views = views;
    refresh();
}

void VerdictBanner::setClock(std::function<QDateTime()> now) {
    m_now = std::move(now);
}

void VerdictBanner::refresh() {
    const QDateTime now = m_now();
    Verdict fresh = verdictOn(m_views, now);
    const bool held = mustWait(fresh, now);
    held || fresh.silent ? m_clock.start() : m_clock.stop();
    if (held) return;
    if (fresh.id != m_verdict.id) m_shown_at = now;
    m_verdict = std::move(fresh);
    say();
}

// Nothing changes under the mouse: another verdict waits, unless it is worse or the old one has no ground.
bool VerdictBanner::mustWait(const Verdict& fresh, const QDateTime& now) const {
    if (m_open->isDown()) return true;
    if (fresh.past || m_verdict.past) return false;  // a person has chosen the moment
    if (fresh.id == m_verdict.id || m_verdict.tone == Verdict::Tone::waiting || isWorse(fresh, m_verdict))
        return false;
    const QString& about = m_verdict.target.connection;
    if (m_views.empty() || (!about.isEmpty() && !findConnection(m_views, about))) return false;
    return std::abs(m_shown_at.msecsTo(now)) < kHold_ms;  // a clock that was set holds nothing for long
}

void VerdictBanner::say() {
    m_word->setSafeText(m_verdict.word);
    m_word->setVisible(!m_verdict.word.isEmpty());
    m_since->setSafeText(m_verdict.since);
    m_since->setVisible(!m_verdict.since.isEmpty());
    m_more->setText(u"%1 more"_s.arg(m_verdict.more));
    m_more->setVisible(m_verdict.more > 0);
    m_open->setText(QString(m_verdict.button).replace(u'&', "&&"_L1));
    m_open->setVisible(!m_verdict.button.isEmpty());
    recolor();
    fit();
}

void VerdictBanner::fit() {
    layout()->activate();
    const bool narrow = m_headline->fontMetrics().horizontalAdvance(m_verdict.headline) > m_headline->width();
    const bool shorter = narrow && !m_verdict.title.isEmpty() && m_verdict.title != m_verdict.headline;
    m_headline->setSafeText(shorter ? m_verdict.title : m_verdict.headline);
    m_reasons->setSafeText(shorter ? m_verdict.headline + u"  ·  "_s + m_verdict.reasons : m_verdict.reasons);
}

void VerdictBanner::resizeEvent(QResizeEvent* event) {
    Card::resizeEvent(event);
    fit();
}

void VerdictBanner::changeEvent(QEvent* event) {
    Card::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) recolor();
}

void VerdictBanner::recolor() {
    const QColor color = colorOf(m_verdict.tone, currentTokens());
    const bool loud = m_verdict.tone == Verdict::Tone::critical || m_verdict.tone == Verdict::Tone::warning;
    m_word->setColor(color);
    m_icon->setPixmap(iconPixmap(iconOf(m_verdict.tone), color, 18, devicePixelRatioF()));
    setStrip(loud ? color : QColor());
}

}  // namespace spillway
