#include "widgets/acting/run_pane.h"

#include <QEvent>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSlider>
#include <QVBoxLayout>
#include <cmath>

#include "backends/domain/human_text.h"
#include "backends/remediation/pacing.h"
#include "widgets/acting/action_bar.h"
#include "widgets/acting/action_text.h"
#include "widgets/models/scope_choice.h"
#include "widgets/parts/explained_button.h"
#include "widgets/parts/icon.h"
#include "widgets/parts/safe_label.h"
#include "widgets/parts/theme.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr double kLowestRate = 0.1;
constexpr int kFigureColumns = 4;

QColor colorOf(ActionTone tone, const ThemeTokens& tokens) {
    switch (tone) {
        case ActionTone::good:
            return tokens.good;
        case ActionTone::halted:
            return tokens.warning;
        case ActionTone::bad:
            return tokens.critical;
        case ActionTone::running:
            break;
    }
    return tokens.selection;
}

SafeLabel* wrappedText(LabelRole role) {
    auto* label = new SafeLabel({}, role);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    return label;
}

}  // namespace

double RunPane::rateAt(int step) {
    const double rate = kLowestRate * std::pow(kHighestReplayRate / kLowestRate, step / double{kSteps});
    return rate >= 10 ? std::round(rate) : std::round(rate * 10) / 10;
}

int RunPane::stepOf(double rate) {
    const double share =
        std::log(std::max(rate, kLowestRate) / kLowestRate) / std::log(kHighestReplayRate / kLowestRate);
    return static_cast<int>(std::lround(std::min(1.0, share) * kSteps));
}

RunPane::RunPane(QWidget* parent)
    : QWidget(parent), m_sign(new QLabel), m_title(new SafeLabel({}, LabelRole::title)),
      m_why(wrappedText(LabelRole::body)), m_bar(new ActionBar), m_canary(new SafeLabel),
      m_figures(new QGridLayout), m_backlog(new SafeLabel({}, LabelRole::secondary)),
      m_reason(wrappedText(LabelRole::secondary)), m_rateRow(buildRate()) {
    auto* head = new QHBoxLayout;
    head->setSpacing(8);
    head->addWidget(m_sign);
    head->addWidget(m_title, 1);
    m_title->setElided(true);
    m_title->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_figures->setHorizontalSpacing(24);
    m_figures->setVerticalSpacing(2);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(12);
    column->addLayout(head);
    column->addWidget(m_why);
    column->addWidget(m_bar);
    column->addWidget(m_canary);
    column->addLayout(m_figures);
    column->addWidget(m_backlog);
    column->addWidget(m_reason);
    column->addStretch(1);
    column->addWidget(m_rateRow);
    column->addWidget(buildButtons());
}

QWidget* RunPane::buildRate() {
    m_rate = new QSlider(Qt::Horizontal);
    m_rateText = new SafeLabel({}, LabelRole::strong);
    m_rate->setRange(0, kSteps);
    m_rate->setAccessibleName(u"Rate"_s);
    m_rateText->setMinimumWidth(70);
    auto* whole = new QWidget;
    auto* row = new QHBoxLayout(whole);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(12);
    row->addWidget(new SafeLabel(u"Rate"_s, LabelRole::secondary));
    row->addWidget(m_rate, 1);
    row->addWidget(m_rateText);
    connect(m_rate, &QSlider::valueChanged, this, [this](int step) {
        m_rateText->setSafeText(rateText(rateAt(step)));
        emit rateWanted(rateAt(step));
    });
    return whole;
}

QWidget* RunPane::buildButtons() {
    m_pause = new QPushButton(u"Pause"_s);
    m_cancel = new QPushButton(u"Stop here"_s);
    m_activity = new QPushButton(u"Open activity"_s);
    m_close = new QPushButton(u"Close"_s);
    auto* whole = new QWidget;
    auto* row = new QHBoxLayout(whole);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(m_pause);
    row->addWidget(m_cancel);
    row->addStretch(1);
    row->addWidget(m_activity);
    row->addWidget(m_close);
    for (QPushButton* button : {m_pause, m_cancel, m_activity, m_close}) button->setAutoDefault(false);
    connect(m_pause, &QPushButton::clicked, this,
            [this] { m_action.paused ? emit goOnWanted() : emit pauseWanted(); });
    connect(m_cancel, &QPushButton::clicked, this, &RunPane::cancelWanted);
    connect(m_activity, &QPushButton::clicked, this, &RunPane::activityWanted);
    connect(m_close, &QPushButton::clicked, this, &RunPane::dismissed);
    return whole;
}

void RunPane::setConnections(const ConnectionViews& views) {
    m_views = views;
    refreshBacklog();
}

void RunPane::setAction(const ActionView& action) {
    if (action.begun != m_action.begun) m_readyBefore.reset();
    m_action = action;
    refresh();
}

void RunPane::refresh() {
    const ActionWords words = actionWords(m_action);
    const QColor color = colorOf(words.tone, currentTokens());
    m_sign->setPixmap(iconPixmap(toneIcon(words.tone), color, 18, devicePixelRatioF()));
    m_title->setSafeText(words.title);
    m_why->setSafeText(words.why);
    m_why->setVisible(!words.why.isEmpty());
    m_bar->setCounts(countsOf(m_action));
    const CanaryReport& canary = m_action.report ? m_action.report->canary : m_action.snapshot.canary;
    const QString text = canaryText(canary, !m_action.ended());
    m_canary->setSafeText(u"Canary: "_s + text);
    m_canary->setVisible(!text.isEmpty());
    m_canary->setColor(canary.failed > 0 ? currentTokens().critical : QColor());
    QString about = u"Reason: %1"_s.arg(m_action.reason);
    if (m_action.report && !m_action.report->refused())
        about += u"\nAudit: %1"_s.arg(m_action.report->action);
    m_reason->setSafeText(about);
    const bool running = !m_action.ended();
    m_rateRow->setVisible(running);
    const QSignalBlocker quiet(m_rate);
    if (!m_rate->isSliderDown()) m_rate->setValue(stepOf(m_action.rate));
    m_rateText->setSafeText(rateText(m_action.rate));
    m_pause->setVisible(running);
    m_cancel->setVisible(running);
    m_pause->setText(m_action.paused ? u"Go on"_s : u"Pause"_s);
    const QString stopping = m_action.stopping ? u"It stops after the batch under way."_s : QString();
    explainButton(*m_pause, stopping, u"Within a second; nothing is lost."_s);
    explainButton(*m_cancel, stopping, u"After the batch under way; the rest is not touched."_s);
    m_close->setToolTip(running ? u"The action goes on; Activity shows it."_s : QString());
    refreshFigures();
    refreshBacklog();
}

// Each figure above its name, four in a row. The labels stay, also because this may run while the
// application polishes all widgets for another theme.
void RunPane::refreshFigures() {
    const bool none = m_action.failure || (m_action.report && m_action.report->refused());
    const auto figures = none ? std::vector<ActionFigure>() : actionFigures(m_action);
    while (m_figureLabels.size() < figures.size()) {
        const int at = static_cast<int>(m_figureLabels.size());
        const int row = at / kFigureColumns * 3, column = at % kFigureColumns;
        m_figureLabels.emplace_back(new SafeLabel({}, LabelRole::title),
                                    new SafeLabel({}, LabelRole::secondary));
        m_figures->addWidget(m_figureLabels.back().first, row, column);
        m_figures->addWidget(m_figureLabels.back().second, row + 1, column);
        m_figures->setRowMinimumHeight(row + 2, 8);
        m_figures->setColumnStretch(column, 1);
    }
    for (size_t i = 0; i < m_figureLabels.size(); ++i) {
        const auto& [value, name] = m_figureLabels[i];
        value->setVisible(i < figures.size());
        name->setVisible(i < figures.size());
        if (i >= figures.size()) continue;
        const ActionFigure& figure = figures[i];
        value->setSafeText(figure.value);
        value->setAccessibleName(u"%1 %2"_s.arg(figure.value, figure.label));
        value->setColor(figure.loud ? currentTokens().critical : QColor());
        name->setSafeText(figure.label);
        name->setHint(figure.hint);
    }
}

void RunPane::refreshBacklog() {
    std::optional<qint64> now;
    if (const ConnectionView* view = findConnection(m_views, m_action.connection); view && view->last)
        for (const auto& [system, queue] :
             queuesIn(*view, {m_action.connection, m_action.system, m_action.queue}))
            now = queue->reading.ready.value;
    if (!m_readyBefore) m_readyBefore = now;
    auto before = m_readyBefore, after = now;
    if (m_action.report && m_action.report->readyBefore) before = m_action.report->readyBefore;
    if (m_action.report && m_action.report->readyAfter) after = m_action.report->readyAfter;
    const auto text = [](const std::optional<qint64>& n) { return n ? exactCountText(*n) : u"–"_s; };
    m_backlog->setSafeText(
        u"Waiting in %1: %2 before, %3 %4"_s.arg(visibleText(m_action.queue, 60), text(before), text(after),
                                                 m_action.ended() ? u"at the end"_s : u"now"_s));
    m_backlog->setVisible(before || after);
}

void RunPane::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) refresh();
}

}  // namespace spillway
