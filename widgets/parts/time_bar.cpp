#include "widgets/parts/time_bar.h"

#include <QDateTime>
#include <QHBoxLayout>
#include <QPushButton>
#include <QSlider>
#include <algorithm>
#include <cmath>

#include "backends/domain/display_zone.h"
#include "backends/domain/human_text.h"
#include "widgets/parts/safe_label.h"
#include "widgets/parts/theme.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kPace_ms = 200;
constexpr double kMinute_s = 60;

QPushButton* stepButton(const QString& text, const QString& words) {
    auto* button = new QPushButton(text);
    button->setToolTip(words);
    button->setAccessibleName(words);
    button->setAutoRepeat(true);
    return button;
}

}  // namespace

TimeBar::TimeBar(QWidget* parent)
    : QFrame(parent), m_slider(new QSlider(Qt::Horizontal)), m_text(new SafeLabel({}, LabelRole::strong)),
      m_missing(new SafeLabel({}, LabelRole::secondary)), m_present(new SafeLabel({}, LabelRole::secondary)),
      m_back(new QPushButton(u"Back to now"_s)) {
    setObjectName(u"past"_s);
    m_slider->setAccessibleName(u"The moment that is shown"_s);
    m_slider->setMinimumWidth(120);
    m_slider->setPageStep(600);
    m_slider->setSingleStep(60);
    m_back->setProperty("primary", true);
    m_missing->setElided(true);
    m_missing->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    auto* earlier = stepButton(u"−1 min"_s, u"One minute earlier"_s);
    auto* later = stepButton(u"+1 min"_s, u"One minute later"_s);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(12, 6, 12, 6);
    row->setSpacing(10);
    row->addWidget(m_text);
    row->addWidget(earlier);
    row->addWidget(m_slider, 3);
    row->addWidget(later);
    row->addWidget(m_missing, 1);
    row->addWidget(m_present);
    row->addWidget(m_back);
    m_pace.setSingleShot(true);
    m_pace.setInterval(kPace_ms);
    connect(&m_pace, &QTimer::timeout, this, [this] { emit momentChanged(m_moment); });
    connect(m_slider, &QSlider::valueChanged, this, &TimeBar::moved);
    connect(earlier, &QPushButton::clicked, this, [this] { step(-kMinute_s); });
    connect(later, &QPushButton::clicked, this, [this] { step(kMinute_s); });
    connect(m_back, &QPushButton::clicked, this, &TimeBar::nowWanted);
    setMissing({});
    setNow({}, false);
}

void TimeBar::setReach(double oldest, double now) {
    m_oldest = std::min(oldest, now - kMinute_s);
    m_end = now;
    const QSignalBlocker quiet(m_slider);
    m_slider->setRange(0, static_cast<int>(std::ceil(m_end - m_oldest)));
    m_slider->setValue(static_cast<int>(std::lround(m_moment - m_oldest)));
    say();
}

void TimeBar::setMoment(double at) {
    m_moment = std::clamp(at, m_oldest, m_end);
    {
        const QSignalBlocker quiet(m_slider);
        m_slider->setValue(static_cast<int>(std::lround(m_moment - m_oldest)));
    }
    say();
    emit momentChanged(m_moment);
}

void TimeBar::step(double seconds) {
    setMoment(m_moment + seconds);
}

void TimeBar::moved(int value) {
    m_moment = m_oldest + value;
    say();
    if (!m_pace.isActive()) m_pace.start();
}

void TimeBar::say() {
    const QDateTime at = displayTime(serverTimeFromSeconds(m_moment));
    const bool today = at.date() == displayTime(QDateTime::currentDateTimeUtc()).date();
    m_text->setSafeText(
        u"As it was at %1"_s.arg(at.toString(today ? u"HH:mm:ss"_s : u"ddd d MMM, HH:mm:ss"_s)));
    m_text->setHint(u"%1 UTC"_s.arg(at.toUTC().toString(u"yyyy-MM-dd HH:mm:ss"_s)));
}

void TimeBar::setNow(const QString& text, bool urgent) {
    m_present->setSafeText(text.isEmpty() ? QString() : u"Now: %1"_s.arg(text));
    m_present->setVisible(!text.isEmpty());
    m_present->setColor(urgent ? severityColor(currentTokens(), Severity::critical) : QColor());
}

void TimeBar::setMissing(const QString& text) {
    m_missing->setSafeText(text);
}

}  // namespace spillway
