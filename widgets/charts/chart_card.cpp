#include "widgets/charts/chart_card.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QToolButton>
#include <QVBoxLayout>

#include "widgets/parts/icon.h"
#include "widgets/parts/theme.h"

namespace spillway {
using namespace Qt::StringLiterals;

ChartCard::ChartCard(TimeChart* chart, const QString& name)
    : m_name(name), m_chart(chart), m_verdict(new SafeLabel({}, LabelRole::title)),
      m_note(new SafeLabel({}, LabelRole::secondary)), m_column(new QVBoxLayout(this)),
      m_legendRow(new QHBoxLayout) {
    m_column->setContentsMargins(2, 10, 2, 4);
    m_column->setSpacing(4);
    m_column->addWidget(buildHeader());
    m_column->addWidget(m_chart, 1);
    m_chart->setAccessibleName(name);
    connect(m_chart, &TimeChart::crosshairMoved, this, &ChartCard::refresh);
}

QWidget* ChartCard::buildHeader() {
    auto* header = new QWidget;
    auto* top = new QHBoxLayout;
    top->setSpacing(14);
    top->addWidget(new SafeLabel(m_name, LabelRole::heading));
    top->addStretch(1);
    m_legendRow->setSpacing(12);
    top->addLayout(m_legendRow);
    top->addWidget(buildSave());
    auto* column = new QVBoxLayout(header);
    column->setContentsMargins(14, 0, 14, 0);
    column->setSpacing(2);
    column->addLayout(top);
    column->addWidget(m_verdict);
    column->addWidget(m_note);
    for (SafeLabel* label : {m_verdict, m_note}) {
        label->setElided(true);
        label->setMinimumHeight(label->fontMetrics().height());  // also without words: charts stay level
    }
    return header;
}

QWidget* ChartCard::buildSave() {
    m_save = new QToolButton;
    m_save->setAutoRaise(true);
    m_save->setIconSize({14, 14});
    m_save->setFixedSize(22, 22);
    m_save->setToolTip(u"Copy or save this chart"_s);
    m_save->setAccessibleName(u"Copy or save the chart %1"_s.arg(m_name));
    connect(m_save, &QToolButton::clicked, this,
            [this] { m_chart->showMenu(m_save->mapToGlobal(m_save->rect().bottomLeft())); });
    return m_save;
}

void ChartCard::setQueue(std::shared_ptr<const QueueHealth> queue, const QueueHistory* history) {
    m_queue = std::move(queue);
    m_chart->setData(history, m_queue);
    showBelow(m_queue.get());
    refresh();
}

void ChartCard::setSubject(const QString& queue, const QString& system, const QString& connection) {
    m_caption.queue = queue, m_caption.system = system, m_caption.connection = connection;
    tellCaption();
}

// As it stands on the screen, colours and all.
void ChartCard::tellCaption() {
    m_caption.name = m_name, m_caption.verdict = m_words.verdict;
    m_caption.legend.clear();
    for (const auto& word : m_words.legend)
        m_caption.legend.emplace_back(word.text, chartColor(currentTokens(), word.color));
    m_chart->setCaption(m_caption);
}

void ChartCard::setStale(bool stale) {
    if (m_stale == stale) return;
    m_stale = stale;
    recolor();
}

void ChartCard::refresh() {
    ChartMoment moment{nullptr, m_chart->crosshair()};
    const TimeView& view = m_chart->view();
    const auto [from, to] = view.visible();
    moment.ghost = view.ghost().get();
    moment.now = view.now();
    if (m_chart->history()) moment.series = &m_chart->history()->forTimes(from, to, view.now());
    m_words = m_queue ? words(*m_queue, moment) : ChartWords();
    m_verdict->setSafeText(m_words.verdict);
    m_verdict->setHint(m_words.verdict_hint);
    m_note->setSafeText(m_words.note);
    m_note->setHint(m_words.note_hint);
    m_chart->setMissing(m_words.missing);
    showLegend(m_words.legend);
    recolor();
}

void ChartCard::showLegend(const std::vector<LegendWord>& legend) {
    while (m_legend.size() < legend.size()) {
        m_legend.push_back(new SafeLabel({}, LabelRole::secondary));
        m_legend.back()->setElided(true);
        m_legendRow->addWidget(m_legend.back());
    }
    for (size_t i = 0; i < m_legend.size(); ++i) {
        m_legend[i]->setVisible(i < legend.size());
        if (i >= legend.size()) continue;
        m_legend[i]->setSafeText(legend[i].text);
        m_legend[i]->setHint(legend[i].hint);
    }
}

QString ChartCard::legend() const {
    QStringList texts;
    for (const auto& word : m_words.legend) texts << word.text;
    return texts.join(u"  "_s);
}

void ChartCard::changeEvent(QEvent* event) {
    Card::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) recolor();
}

void ChartCard::recolor() {
    const ThemeTokens& tokens = currentTokens();
    const auto colorOf = [&](std::optional<Severity> loud, const QColor& quiet) {
        return m_stale ? tokens.secondary : loud ? severityColor(tokens, *loud) : quiet;
    };
    m_save->setIcon(icon(u"save"_s, tokens.secondary));
    const bool told = m_words.verdict != u"not observable"_s;
    m_verdict->setColor(colorOf(m_words.loud, told ? tokens.text : tokens.secondary));
    m_note->setColor(colorOf(m_words.note_loud, tokens.secondary));
    for (size_t i = 0; i < m_words.legend.size() && i < m_legend.size(); ++i)
        m_legend[i]->setColor(chartColor(tokens, m_words.legend[i].color));
    tellCaption();
}

}  // namespace spillway
