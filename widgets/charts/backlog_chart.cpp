#include "widgets/charts/backlog_chart.h"

#include <QClipboard>
#include <QContextMenuEvent>
#include <QFileDialog>
#include <QGuiApplication>
#include <QMenu>
#include <QMessageBox>
#include <QRubberBand>
#include <QSaveFile>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "widgets/charts/backlog_plot.h"
#include "widgets/charts/chart_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {
constexpr int kReplotEvery_ms = 100;
constexpr int kLeastDrag = 8;  // pixels
}  // namespace

BacklogChart::BacklogChart(QWidget* parent) : QWidget(parent), m_plot(std::make_unique<Plot>(this)) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_plot->plot);
    m_plot->plot->setMouseTracking(true);
    m_plot->plot->setContextMenuPolicy(Qt::NoContextMenu);  // ours, on this widget
    m_plot->plot->installEventFilter(this);
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(u"Arrivals, drain and waiting jobs over time"_s);
    m_replot.setSingleShot(true);
    m_replot.setInterval(kReplotEvery_ms);
    connect(&m_replot, &QTimer::timeout, this, &BacklogChart::replotNow);
}

BacklogChart::~BacklogChart() = default;

void BacklogChart::setData(const QueueHistory* history, double now, std::optional<ForecastCone> cone) {
    m_plot->history = history;
    m_plot->now = now;
    m_plot->cone = cone;
    markDirty();
}

void BacklogChart::setRange(double seconds) {
    m_range = seconds;
    if (!m_plot->zooms.empty()) emit zoomChanged(false);
    m_plot->zooms.clear();
    markDirty();
}

void BacklogChart::setCrosshair(std::optional<double> at) {
    if (m_plot->crosshair == at) return;
    m_plot->crosshair = at;
    emit crosshairMoved(at);
    markDirty();
}

std::optional<double> BacklogChart::crosshair() const {
    return m_plot->crosshair;
}

void BacklogChart::zoomTo(double from, double to) {
    if (to - from < 1) return;
    m_plot->zooms.emplace_back(from, to);
    emit zoomChanged(true);
    replotNow();
}

bool BacklogChart::zoomBack() {
    if (m_plot->zooms.empty()) return false;
    m_plot->zooms.pop_back();
    emit zoomChanged(!m_plot->zooms.empty());
    replotNow();
    return true;
}

QString BacklogChart::visibleCsv(QChar separator) const {
    return chartCsv(m_plot->arrivals, m_plot->drain, m_plot->waiting, separator);
}

QPixmap BacklogChart::picture() const {
    return m_plot->plot->toPixmap(0, 0, 2);
}

void BacklogChart::markDirty() {
    m_dirty = true;
    if (isVisible() && !m_replot.isActive()) m_replot.start();
}

void BacklogChart::replotNow() {
    m_dirty = false;
    m_plot->rebuild(m_range);
}

void BacklogChart::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    if (m_dirty) markDirty();
}

void BacklogChart::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() != QEvent::PaletteChange) return;
    m_plot->recolor();
    markDirty();
}

void BacklogChart::keyPressEvent(QKeyEvent* event) {
    const auto [from, to] = m_plot->visibleTimes(m_range);
    const double step = (to - from) / 120;
    const double at = m_plot->crosshair.value_or(m_plot->now);
    switch (event->key()) {
        case Qt::Key_Left:
            return moveCrosshair(at - step);
        case Qt::Key_Right:
            return moveCrosshair(at + step);
        case Qt::Key_Escape:
            if (zoomBack()) return;
            if (m_plot->crosshair) return setCrosshair(std::nullopt);
            break;
        default:
            break;
    }
    QWidget::keyPressEvent(event);
}

void BacklogChart::moveCrosshair(double at) {
    const auto [from, to] = m_plot->visibleTimes(m_range);
    setCrosshair(std::clamp(at, from, to));
}

bool BacklogChart::eventFilter(QObject* watched, QEvent* event) {
    switch (event->type()) {
        case QEvent::Resize:
            markDirty();
            break;
        case QEvent::Leave:
            setCrosshair(std::nullopt);
            break;
        case QEvent::MouseButtonDblClick:
            zoomBack();
            break;
        case QEvent::MouseMove:
            dragTo(static_cast<QMouseEvent*>(event)->position().toPoint());
            break;
        case QEvent::MouseButtonPress:
            pressAt(*static_cast<QMouseEvent*>(event));
            break;
        case QEvent::MouseButtonRelease:
            dropAt(static_cast<QMouseEvent*>(event)->position().toPoint());
            break;
        default:
            break;
    }
    return QWidget::eventFilter(watched, event);
}

void BacklogChart::pressAt(const QMouseEvent& event) {
    setFocus(Qt::MouseFocusReason);
    const QPoint at = event.position().toPoint();
    if (event.button() == Qt::LeftButton && m_plot->covers(at)) m_plot->pressed = at;
}

void BacklogChart::dragTo(const QPoint& at) {
    setCrosshair(m_plot->covers(at) ? std::optional(m_plot->timeAt(at.x())) : std::nullopt);
    if (!m_plot->pressed) return;
    const QRect area = m_plot->plot->axisRect()->rect();
    const int x = std::clamp(at.x(), area.left(), area.right());
    if (!m_band) m_band = new QRubberBand(QRubberBand::Rectangle, m_plot->plot);
    m_band->setGeometry(
        QRect(QPoint(m_plot->pressed->x(), area.top()), QPoint(x, area.bottom())).normalized());
    m_band->setVisible(m_band->width() >= kLeastDrag);
}

void BacklogChart::dropAt(const QPoint& at) {
    if (m_band) m_band->hide();
    const auto pressed = std::exchange(m_plot->pressed, std::nullopt);
    if (!pressed || std::abs(at.x() - pressed->x()) < kLeastDrag) return;
    const QRect area = m_plot->plot->axisRect()->rect();
    const double a = m_plot->timeAt(pressed->x()),
                 b = m_plot->timeAt(std::clamp(at.x(), area.left(), area.right()));
    zoomTo(std::min(a, b), std::max(a, b));
}

void BacklogChart::contextMenuEvent(QContextMenuEvent* event) {
    QMenu menu(this);
    menu.addAction(u"Copy values"_s, this,
                   [this] { QGuiApplication::clipboard()->setText(visibleCsv(u'\t')); });
    menu.addAction(u"Save picture (PNG)…"_s, this, &BacklogChart::savePicture);
    menu.addAction(u"Save values (CSV)…"_s, this, &BacklogChart::saveCsv);
    menu.addSeparator();
    auto* back = menu.addAction(u"Zoom back"_s, this, [this] { zoomBack(); });
    back->setEnabled(!m_plot->zooms.empty());
    menu.exec(event->globalPos());
}

void BacklogChart::savePicture() {
    const QString path =
        QFileDialog::getSaveFileName(this, u"Save picture"_s, u"backlog.png"_s, u"PNG (*.png)"_s);
    if (path.isEmpty() || picture().save(path)) return;
    QMessageBox::warning(this, u"Save picture"_s,
                         u"The picture could not be written. Choose a folder that you may write to."_s);
}

void BacklogChart::saveCsv() {
    const QString path =
        QFileDialog::getSaveFileName(this, u"Save values"_s, u"backlog.csv"_s, u"CSV (*.csv)"_s);
    if (path.isEmpty()) return;
    QSaveFile file(path);
    const bool written =
        file.open(QIODevice::WriteOnly) && file.write(visibleCsv().toUtf8()) >= 0 && file.commit();
    if (!written)
        QMessageBox::warning(this, u"Save values"_s,
                             u"The values could not be written: %1."_s.arg(file.errorString()));
}

}  // namespace spillway
