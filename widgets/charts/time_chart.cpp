#include "widgets/charts/time_chart.h"

#include <QClipboard>
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QMenu>
#include <QPainter>
#include <QRubberBand>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "widgets/charts/time_plot.h"
#include "widgets/parts/safe_label.h"
#include "widgets/parts/sight.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {
constexpr int kReplotEvery_ms = 100;
constexpr int kLeastDrag = 8;  // pixels
}  // namespace

TimeChart::TimeChart(TimeView& view, std::unique_ptr<TimePlot> plot, const QString& fileName, QWidget* parent)
    : QWidget(parent), m_view(view), m_plot(std::move(plot)), m_input(std::make_unique<ChartInput>()),
      m_fileName(fileName), m_missing(new SafeLabel({}, LabelRole::secondary)) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_plot->widget());
    m_plot->widget()->setMouseTracking(true);
    m_plot->widget()->setContextMenuPolicy(Qt::NoContextMenu);  // ours, on this widget
    // Set by the plotting library: wheel and right click would end there.
    m_plot->widget()->setAttribute(Qt::WA_NoMousePropagation, false);
    m_plot->widget()->installEventFilter(this);
    m_plot->recolor();
    m_missing->setParent(m_plot->widget());
    m_missing->setWordWrap(true);
    m_missing->setAlignment(Qt::AlignCenter);
    m_missing->setAttribute(Qt::WA_TransparentForMouseEvents);
    m_missing->setAutoFillBackground(true);
    m_missing->setBackgroundRole(QPalette::Base);  // the panel's colour
    m_missing->setMargin(8);
    m_missing->hide();
    setFocusPolicy(Qt::StrongFocus);
    m_replot.setSingleShot(true);
    connect(&m_replot, &QTimer::timeout, this, &TimeChart::replotIfSeen);
    connect(&m_view, &TimeView::redrawNeeded, this, &TimeChart::markDirty);
    connect(&m_view, &TimeView::crosshairMoved, this, [this](std::optional<double> at) {
        m_plot->showCrosshair(at);
        emit crosshairMoved(at);
    });
}

TimeChart::~TimeChart() = default;

void TimeChart::setData(const QueueHistory* history, std::shared_ptr<const QueueHealth> queue) {
    *m_input = {history, std::move(queue)};
    markDirty();
}

void TimeChart::setCaption(const ChartCaption& caption) {
    m_caption = caption;
    setAccessibleName(caption.name);
    setAccessibleDescription(caption.verdict);
}

void TimeChart::setMissing(const QString& reason) {
    m_missing->setSafeText(reason);
    placeMissing();
}

const QueueHistory* TimeChart::history() const {
    return m_input->history;
}

void TimeChart::zoomTo(double from, double to) {
    m_view.zoomTo(from, to);
    replotNow();
}

bool TimeChart::zoomBack() {
    if (!m_view.zoomBack()) return false;
    replotNow();
    return true;
}

QString TimeChart::visibleCsv(QChar separator) const {
    const CsvSubject subject{{u"connection"_s, m_caption.connection}, {u"queue"_s, m_caption.queue}};
    return chartCsv(m_plot->series(), separator, m_caption.queue.isEmpty() ? CsvSubject() : subject) +
           m_plot->furtherCsv(separator);
}

QRect TimeChart::plotArea() const {
    return m_plot->widget()->axisRect()->rect();
}

void TimeChart::markDirty() {
    m_dirty = true;
    if (!isVisible() || m_replot.isActive()) return;
    const qint64 since = m_sinceReplot.isValid() ? m_sinceReplot.elapsed() : kReplotEvery_ms;
    m_replot.start(static_cast<int>(std::max<qint64>(0, kReplotEvery_ms - since)));
}

// Scrolled away or minimised: stays dirty; the first paint event after it is back asks again.
void TimeChart::replotIfSeen() {
    if (m_dirty && isVisible() && !isOutOfSight(*this) && !m_plot->widget()->visibleRegion().isEmpty())
        replotNow();
}

void TimeChart::replotNow() {
    m_dirty = false;
    m_sinceReplot.start();
    ++m_replots;
    m_plot->rebuild(m_view, *m_input);
    m_plot->showCrosshair(m_view.crosshair());
    placeMissing();
}

void TimeChart::placeMissing() {
    const bool shown = m_plot->empty() && !m_missing->safeText().isEmpty();
    m_missing->setVisible(shown);
    if (!shown) return;
    const QRect area = plotArea();
    const int width = std::min(area.width() - 24, 420);
    const int height = std::min(m_missing->heightForWidth(width), area.height());
    m_missing->setGeometry(area.center().x() - width / 2, area.center().y() - height / 2, width, height);
}

void TimeChart::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    if (m_dirty) markDirty();
}

void TimeChart::focusInEvent(QFocusEvent* event) {
    QWidget::focusInEvent(event);
    m_plot->setFocused(true);
    markDirty();
}

void TimeChart::focusOutEvent(QFocusEvent* event) {
    QWidget::focusOutEvent(event);
    m_plot->setFocused(false);
    markDirty();
}

void TimeChart::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    placeMissing();
    markDirty();
}

void TimeChart::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() != QEvent::PaletteChange) return;
    m_plot->recolor();
    markDirty();
}

void TimeChart::keyPressEvent(QKeyEvent* event) {
    const auto [from, to] = m_view.visible();
    const double step = (to - from) / 120;
    const double at = m_view.crosshair().value_or(m_view.now());
    if (event->matches(QKeySequence::Copy)) return copyValues();
    switch (event->key()) {
        case Qt::Key_Left:
            return moveCrosshair(at - step);
        case Qt::Key_Right:
            return moveCrosshair(at + step);
        case Qt::Key_Escape:
            if (zoomBack()) return;
            if (m_view.crosshair()) return setCrosshair(std::nullopt);
            break;
        default:
            break;
    }
    QWidget::keyPressEvent(event);
}

void TimeChart::moveCrosshair(double at) {
    const auto [from, to] = m_view.visible();
    setCrosshair(std::clamp(at, from, to));
}

bool TimeChart::eventFilter(QObject* watched, QEvent* event) {
    const auto mouse = [event] { return static_cast<QMouseEvent*>(event); };
    switch (event->type()) {
        case QEvent::Paint:
            if (m_dirty) markDirty();
            if (m_replots > 0) break;
            QPainter(m_plot->widget()).fillRect(m_plot->widget()->rect(), currentTokens().panel);
            return true;  // an empty plot looks like a broken one
        case QEvent::Wheel:
            event->setAccepted(turnWheel(*static_cast<QWheelEvent*>(event)));
            return true;  // the plot would keep it; the page wants to scroll
        case QEvent::Leave:
            setCrosshair(std::nullopt);
            break;
        case QEvent::MouseButtonDblClick:
            zoomBack();
            break;
        case QEvent::MouseMove:
            dragTo(mouse()->position().toPoint());
            break;
        case QEvent::MouseButtonPress:
            pressAt(*mouse());
            break;
        case QEvent::MouseButtonRelease:
            dropAt(mouse()->position().toPoint());
            break;
        default:
            break;
    }
    return QWidget::eventFilter(watched, event);
}

bool TimeChart::turnWheel(const QWheelEvent& event) {
    if (!(event.modifiers() & Qt::ControlModifier)) return false;
    const double turns = event.angleDelta().y() / 120.0;
    const QRect area = plotArea();
    const int x = std::clamp(qRound(event.position().x()), area.left(), area.right());
    if (turns != 0) m_view.zoomAround(m_plot->widget()->xAxis->pixelToCoord(x), std::pow(0.8, turns));
    return true;
}

void TimeChart::pressAt(const QMouseEvent& event) {
    setFocus(Qt::MouseFocusReason);
    const QPoint at = event.position().toPoint();
    if (event.button() == Qt::LeftButton && plotArea().contains(at)) m_pressed = at;
}

void TimeChart::dragTo(const QPoint& at) {
    const QRect area = plotArea();
    setCrosshair(area.contains(at) ? std::optional(m_plot->widget()->xAxis->pixelToCoord(at.x()))
                                   : std::nullopt);
    if (!m_pressed) return;
    const int x = std::clamp(at.x(), area.left(), area.right());
    if (!m_band) m_band = new QRubberBand(QRubberBand::Rectangle, m_plot->widget());
    m_band->setGeometry(QRect(QPoint(m_pressed->x(), area.top()), QPoint(x, area.bottom())).normalized());
    m_band->setVisible(m_band->width() >= kLeastDrag);
}

void TimeChart::dropAt(const QPoint& at) {
    if (m_band) m_band->hide();
    const auto pressed = std::exchange(m_pressed, std::nullopt);
    if (!pressed || std::abs(at.x() - pressed->x()) < kLeastDrag) return;
    const QRect area = plotArea();
    const auto timeAt = [this](int x) { return m_plot->widget()->xAxis->pixelToCoord(x); };
    const double a = timeAt(pressed->x()), b = timeAt(std::clamp(at.x(), area.left(), area.right()));
    zoomTo(std::min(a, b), std::max(a, b));
}

void TimeChart::copyValues() const {
    QGuiApplication::clipboard()->setText(visibleCsv(u'\t'));
}

void TimeChart::contextMenuEvent(QContextMenuEvent* event) {
    showMenu(event->globalPos());
}

void TimeChart::showMenu(const QPoint& globalAt) {
    QMenu menu(this);
    menu.addAction(u"Copy values"_s, this, &TimeChart::copyValues);
    menu.addAction(u"Save picture (PNG)…"_s, this, [this] { saveAs(u"PNG (*.png)"_s, u".png"_s); });
    menu.addAction(u"Save drawing (SVG)…"_s, this, [this] { saveAs(u"SVG (*.svg)"_s, u".svg"_s); });
    menu.addAction(u"Save values (CSV)…"_s, this, [this] { saveAs(u"CSV (*.csv)"_s, u".csv"_s); });
    menu.addSeparator();
    auto* back = menu.addAction(u"Zoom back"_s, this, [this] { zoomBack(); });
    back->setEnabled(m_view.zoomed());
    menu.exec(globalAt);
}

}  // namespace spillway
