#include "widgets/parts/empty_state.h"

#include <QEvent>
#include <QVBoxLayout>
#include <algorithm>

#include "backends/domain/human_text.h"
#include "widgets/parts/icon.h"
#include "widgets/parts/theme.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QString iconFor(FailureKind kind) {
    switch (kind) {
        case FailureKind::permission:
        case FailureKind::authentication:
        case FailureKind::tls:
            return u"lock"_s;
        case FailureKind::no_system:
            return u"search"_s;
        case FailureKind::starting:
        case FailureKind::overloaded:
        case FailureKind::timeout:
            return u"stale"_s;
        default:
            return u"unplugged"_s;
    }
}

bool hasQueues(const ConnectionView& view) {
    return view.last && std::any_of(view.last->systems.begin(), view.last->systems.end(),
                                    [](const auto& system) { return !system.queues.empty(); });
}

}  // namespace

EmptyText nothingConnectedText() {
    return {u"unplugged"_s,
            u"Nothing is connected"_s,
            {},
            u"Connect to a PostgreSQL or Redis server that holds job queues."_s,
            u"Connect…"_s};
}

EmptyText loadingText(const QString& connection) {
    return {u"connecting"_s,
            u"Connecting to %1…"_s.arg(connection),
            {},
            u"Looking for queue systems; the first figures arrive with the first poll."_s,
            {}};
}

EmptyText learningText(int polls, int needed) {
    return {u"stale"_s,
            u"Learning: %1 of %2 polls"_s.arg(polls).arg(needed),
            {},
            u"Rates and forecasts need a few polls; figures that are already known are shown."_s,
            {}};
}

EmptyText noQueuesText() {
    return {u"queue"_s,
            u"No queue holds or has held a job yet"_s,
            {},
            u"The queue system is there, but empty. A queue shows here as soon as a job is enqueued."_s,
            {}};
}

EmptyText noMatchText(const QString& filter) {
    return {u"search"_s,
            u"No queue matches “%1”"_s.arg(visibleText(filter, 60)),
            {},
            u"Clear the filter to see all queues."_s,
            u"Clear filter"_s};
}

EmptyText failureText(const Failure& failure, const std::optional<QDateTime>& retryAt, const QDateTime& now) {
    EmptyText text{iconFor(failure.kind), failure.what, failure.serverSaid, failure.nextStep,
                   u"Try again now"_s};
    if (!text.detail.isEmpty()) text.detail = u"The server said: %1"_s.arg(text.detail);
    if (!retryAt) return text;
    const double wait = static_cast<double>(std::max<qint64>(0, now.msecsTo(*retryAt))) / 1000;
    text.next_step += u" Trying again by itself in %1."_s.arg(durationText(std::ceil(wait)));
    return text;
}

std::optional<EmptyText> emptyTextFor(const ConnectionViews& views, const QDateTime& now) {
    if (views.empty()) return nothingConnectedText();
    if (std::any_of(views.begin(), views.end(), hasQueues)) return std::nullopt;
    for (const auto& view : views)
        if (view.failure) return failureText(*view.failure, view.retry_at, now);
    for (const auto& view : views)
        if (!view.last) return loadingText(view.name);
    return noQueuesText();
}

EmptyState::EmptyState(QWidget* parent)
    : QWidget(parent), m_icon(new QLabel), m_sentence(new SafeLabel({}, LabelRole::title)),
      m_detail(new SafeLabel({}, LabelRole::secondary)), m_nextStep(new SafeLabel),
      m_button(new QPushButton) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(24, 24, 24, 24);
    column->setSpacing(10);
    column->addStretch(2);
    column->addWidget(m_icon, 0, Qt::AlignHCenter);
    for (SafeLabel* label : {m_sentence, m_detail, m_nextStep}) {
        label->setWordWrap(true);
        label->setAlignment(Qt::AlignHCenter);
        column->addWidget(label);
    }
    column->addSpacing(6);
    column->addWidget(m_button, 0, Qt::AlignHCenter);
    column->addStretch(3);
    m_button->setProperty("primary", true);
    m_button->hide();  // until setText() gives it words
    connect(m_button, &QPushButton::clicked, this, &EmptyState::buttonClicked);
}

void EmptyState::setText(const EmptyText& text) {
    if (m_text == text) return;
    m_text = text;
    m_sentence->setSafeText(text.sentence);
    m_detail->setSafeText(text.detail);
    m_detail->setVisible(!text.detail.isEmpty());
    m_nextStep->setSafeText(text.next_step);
    m_button->setText(text.button);
    m_button->setVisible(!text.button.isEmpty());
    updateIcon();
}

void EmptyState::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) updateIcon();
}

void EmptyState::updateIcon() {
    if (m_text.icon.isEmpty()) return;
    m_icon->setPixmap(iconPixmap(m_text.icon, currentTokens().secondary, 40, devicePixelRatioF()));
}

}  // namespace spillway
