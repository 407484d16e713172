#include "widgets/charts/backlog_card.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QVBoxLayout>
#include <cmath>

#include "backends/domain/human_text.h"
#include "widgets/charts/axis_format.h"
#include "widgets/models/queue_cells.h"
#include "widgets/parts/theme.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

bool isBad(const QueueHealth& queue) {
    const bool bad = queue.forecast.verdict == DrainVerdict::never_drains ||
                     queue.forecast.verdict == DrainVerdict::stalled;
    return bad && queue.severity && *queue.severity != Severity::info;
}

std::optional<ForecastCone> coneOf(const QueueHealth& queue) {
    if (!queue.forecast.net_drain || !queue.reading.ready.known()) return std::nullopt;
    const auto [low, high] = *queue.forecast.net_drain;
    return ForecastCone{static_cast<double>(*queue.reading.ready.value), low, high};
}

QString legendHint(const QString& what, Provenance provenance, const QString& method) {
    return u"%1: %2"_s.arg(what, provenanceText(provenance, method));
}

QString rateAt(const ChartBuffer& buffer, double at) {
    const auto value = buffer.valueAt(at);
    return value ? compactRateText(*value) + u"/s"_s : u"–"_s;
}

// Says in words what the picture cannot: which line is missing or derived, and why.
QString noteOn(const QueueHealth& queue) {
    QStringList notes;
    const auto add = [&notes](const QString& what, const Rate& rate) {
        if (!rate.known())
            notes << u"– %1 not observable"_s.arg(what);
        else if (!rate.isExact())
            notes << u"%1%2 %3"_s.arg(
                provenanceSign(rate.provenance), what,
                rate.provenance == Provenance::lower_bound ? u"at least"_s : u"estimated"_s);
    };
    add(u"arrivals"_s, queue.flow.arrival);
    add(u"drain"_s, queue.flow.drain);
    return notes.join(u" · "_s);
}

}  // namespace

BacklogCard::BacklogCard(QWidget* parent)
    : Card(parent), m_chart(new BacklogChart), m_verdict(new SafeLabel({}, LabelRole::title)),
      m_note(new SafeLabel({}, LabelRole::secondary)), m_moment(new SafeLabel({}, LabelRole::secondary)),
      m_arrivals(new SafeLabel({}, LabelRole::secondary)), m_drain(new SafeLabel({}, LabelRole::secondary)),
      m_waiting(new SafeLabel({}, LabelRole::secondary)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(2, 12, 2, 4);
    column->setSpacing(6);
    column->addWidget(buildHeader());
    column->addWidget(m_chart, 1);
    connect(m_chart, &BacklogChart::crosshairMoved, this, &BacklogCard::showValues);
    recolor();
}

QWidget* BacklogCard::buildHeader() {
    auto* header = new QWidget;
    auto* top = new QHBoxLayout;
    top->setSpacing(14);
    top->addWidget(new SafeLabel(u"Backlog against drain"_s, LabelRole::heading));
    top->addStretch(1);
    for (SafeLabel* label : {m_moment, m_arrivals, m_drain, m_waiting}) top->addWidget(label);
    auto* below = new QHBoxLayout;
    below->addWidget(m_verdict, 1);
    below->addWidget(m_note);
    auto* column = new QVBoxLayout(header);
    column->setContentsMargins(14, 0, 14, 0);
    column->setSpacing(2);
    column->addLayout(top);
    column->addLayout(below);
    m_verdict->setElided(true);
    m_verdict->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    return header;
}

void BacklogCard::setQueue(const QueueHealth* queue, const QueueHistory* history, double now) {
    m_history = history;
    m_queue = queue ? std::make_shared<const QueueHealth>(*queue) : nullptr;
    m_chart->setData(history, now, queue ? coneOf(*queue) : std::nullopt);
    showVerdict();
    showValues(m_chart->crosshair());
}

void BacklogCard::showVerdict() {
    m_verdict->setSafeText(m_queue ? drainVerdictText(m_queue->forecast, m_queue->flow) : QString());
    m_note->setSafeText(m_queue ? noteOn(*m_queue) : QString());
    m_note->setVisible(m_queue && !m_note->safeText().isEmpty());
    if (!m_queue) return;
    m_arrivals->setHint(legendHint(u"Arrivals: jobs enqueued for the first time"_s,
                                   m_queue->flow.arrival.provenance, m_queue->flow.arrival.method));
    m_drain->setHint(legendHint(u"Drain: jobs that left for good"_s, m_queue->flow.drain.provenance,
                                m_queue->flow.drain.method));
    m_waiting->setHint(legendHint(u"Waiting: jobs that a worker could claim now"_s,
                                  m_queue->reading.ready.provenance, m_queue->reading.ready.method));
    recolor();
}

void BacklogCard::showValues(std::optional<double> at) {
    Values values{u"–"_s, u"–"_s, u"–"_s};
    if (at && m_history) {
        const QueueSeries& series = m_history->forSpan(m_chart->range());
        const auto jobs = series.waiting.valueAt(*at);
        values = {rateAt(series.arrivals, *at), rateAt(series.drain, *at),
                  jobs ? countText(std::llround(*jobs)) : u"–"_s};
    } else if (m_queue) {
        const auto rate = [](const Rate& r) {
            return r.known() ? provenanceSign(r.provenance) + compactRateText(*r.value) + u"/s"_s : u"–"_s;
        };
        values = {rate(m_queue->flow.arrival), rate(m_queue->flow.drain), countText(m_queue->reading.ready)};
    }
    m_moment->setSafeText(at ? u"at %1"_s.arg(timeTickText(*at, 1, QTimeZone::systemTimeZone())) : QString());
    m_arrivals->setSafeText(u"━ arrivals %1"_s.arg(values.arrivals));
    m_drain->setSafeText(u"━ drain %1"_s.arg(values.drain));
    m_waiting->setSafeText(u"━ waiting %1"_s.arg(values.waiting));
}

void BacklogCard::changeEvent(QEvent* event) {
    Card::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) recolor();
}

void BacklogCard::recolor() {
    const ThemeTokens& tokens = currentTokens();
    m_arrivals->setColor(tokens.arrivals);
    m_drain->setColor(tokens.drain);
    m_waiting->setColor(tokens.backlog);
    m_verdict->setColor(m_queue && isBad(*m_queue) ? severityColor(tokens, *m_queue->severity) : tokens.text);
}

}  // namespace spillway
