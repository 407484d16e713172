#include "widgets/parts/queue_figures.h"

#include <QEvent>
#include <QGridLayout>
#include <QVBoxLayout>
#include <cmath>

#include "backends/domain/human_text.h"
#include "widgets/models/queue_cells.h"
#include "widgets/parts/theme.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

enum Figure : size_t {
    Waiting,
    Oldest,
    Overdue,
    Running,
    Scheduled,
    Blocked,
    Retrying,
    Dead,
    DeadAge,
    Lost,
    Workers
};
constexpr size_t kFigures = Workers + 1;

QString nameOf(size_t figure) {
    static const QString names[kFigures] = {
        u"Waiting"_s,  u"Oldest waiting"_s, u"Overdue"_s,     u"Running"_s,      u"Scheduled"_s, u"Blocked"_s,
        u"Retrying"_s, u"Dead"_s,           u"Oldest dead"_s, u"Lost in 24 h"_s, u"Workers"_s};
    return names[figure];
}

QString workersText(const WorkersReading& workers) {
    if (!workers.live.known()) return u"–"_s;
    const QString live = countText(workers.live);
    return workers.concurrency.known() ? u"%1 · %2 slots"_s.arg(live, countText(workers.concurrency)) : live;
}

// 19.4 times more workers is no plan; 20 is.
QString wholeFactor(double factor) {
    return factor < 10 ? factorText(factor) : exactCountText(std::llround(std::ceil(factor))) + u'×';
}

}  // namespace

QString holdSentence(const DrainForecast& forecast) {
    QStringList parts;
    if (forecast.hold_factor.known())
        parts << u"The backlog stays as it is at %1%2 today's drain."_s.arg(
            provenanceSign(forecast.hold_factor.provenance), factorText(*forecast.hold_factor.value));
    if (forecast.clear_1h_factor.known())
        parts << u"At %1%2 it is gone in 1 h."_s.arg(provenanceSign(forecast.clear_1h_factor.provenance),
                                                     wholeFactor(*forecast.clear_1h_factor.value));
    return parts.join(u' ');
}

QueueFigures::QueueFigures(QWidget* parent) : Card(parent), m_grid(new QGridLayout), m_hold(new SafeLabel) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(16, 12, 16, 12);
    column->setSpacing(8);
    column->addWidget(new SafeLabel(u"Figures"_s, LabelRole::heading));
    column->addLayout(m_grid);
    column->addSpacing(2);
    column->addWidget(m_hold);
    m_grid->setHorizontalSpacing(12);
    m_grid->setVerticalSpacing(6);
    m_grid->setColumnStretch(0, 1);
    m_hold->setWordWrap(true);
    for (size_t i = 0; i < kFigures; ++i) addLine(nameOf(i));
}

void QueueFigures::addLine(const QString& name) {
    const auto row = static_cast<int>(m_lines.size());
    Line line{new SafeLabel(name, LabelRole::secondary), new SafeLabel, std::nullopt};
    line.figure->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_grid->addWidget(line.name, row, 0);
    m_grid->addWidget(line.figure, row, 1);
    m_lines.push_back(line);
}

void QueueFigures::set(size_t line, const QString& figure, const QString& hint,
                       std::optional<Severity> loud) {
    Line& shown = m_lines[line];
    const bool sign = loud && *loud != Severity::info;
    shown.loud = sign ? loud : std::nullopt;
    const QString mark = !sign ? QString() : *loud == Severity::critical ? u"▲ "_s : u"● "_s;
    shown.figure->setSafeText(mark + figure);
    shown.figure->setAccessibleName(u"%1: %2"_s.arg(shown.name->safeText(), figure));
    shown.figure->setHint(hint);
    shown.name->setHint(hint);
}

void QueueFigures::setQueue(const QueueHealth& queue, const WorkersReading& workers) {
    const QueueRow row{{},    {}, std::shared_ptr<const QueueHealth>(std::shared_ptr<void>(), &queue), 0, {},
                       false, 0};
    const auto cell = [&](size_t line, QueueColumn column) {
        const QueueCell c = cellOf(row, column);
        set(line, c.text, u"%1\n%2"_s.arg(columnHint(column), hintOf(row, column)), c.loud);
    };
    const auto count = [&](size_t line, const Count& n, const QString& what) {
        const QString exact = n.known() ? exactCountText(*n.value) + u' ' : QString();
        set(line, countText(n), u"%1\n%2%3"_s.arg(what, exact, provenanceText(n.provenance, n.method)));
    };
    cell(Waiting, QueueColumn::waiting);
    cell(Oldest, QueueColumn::oldest);
    cell(Running, QueueColumn::running);
    cell(Retrying, QueueColumn::retrying);
    cell(Dead, QueueColumn::dead);
    cell(DeadAge, QueueColumn::dead_age);
    count(Overdue, queue.reading.overdue,
          u"Scheduled or retrying jobs whose time has come, not promoted by the scheduler."_s);
    count(Scheduled, queue.reading.scheduled, u"Jobs due in the future that were never tried."_s);
    count(Blocked, queue.reading.blocked, u"Jobs that wait for another job to end."_s);
    count(Lost, queue.reading.lost_next_24h,
          u"Dead jobs that the queue system itself will delete within 24 h."_s);
    set(Workers, workersText(workers),
        u"Worker processes with a fresh sign of life, of the whole queue system.\n%1"_s.arg(
            provenanceText(workers.live.provenance, workers.live.method)));
    m_hold->setSafeText(holdSentence(queue.forecast));
    m_hold->setVisible(!m_hold->safeText().isEmpty());
    recolor();
}

void QueueFigures::setStale(bool stale) {
    m_stale = stale;
    recolor();
}

void QueueFigures::changeEvent(QEvent* event) {
    Card::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) recolor();
}

void QueueFigures::recolor() {
    const ThemeTokens& tokens = currentTokens();
    for (const Line& line : m_lines)
        line.figure->setColor(m_stale     ? tokens.secondary
                              : line.loud ? severityColor(tokens, *line.loud)
                                          : QColor());
    m_hold->setColor(m_stale ? tokens.secondary : QColor());
}

}  // namespace spillway
