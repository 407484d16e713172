// Arrivals against drain (jobs/s, left) and waiting jobs (right) of one queue. The gap between the two
// rates is filled: red where the backlog grows, green where it shrinks. After the dotted "now" a dashed
// cone shows where waiting goes at today's band of rates. GUI thread; redraws itself at most ten times a
// second, and only while visible.
// Mouse: move for values, drag to zoom, double-click to go back, right click for a menu.
// Keys: left and right move the crosshair, Esc goes back one zoom, then drops the crosshair.
#pragma once

#include <QTimer>
#include <QWidget>
#include <memory>
#include <optional>

#include "widgets/charts/queue_history.h"

class QRubberBand;

namespace spillway {

struct ForecastCone {
    double waiting = 0;   // now
    double net_low = 0;   // band of drain minus arrivals, jobs/s: 10 % …
    double net_high = 0;  // … and 90 %
};

class BacklogChart : public QWidget {
    Q_OBJECT
public:
    explicit BacklogChart(QWidget* parent = nullptr);
    ~BacklogChart() override;

    // `history` must live until the next call; null: nothing known. Times are server seconds since 1970.
    void setData(const QueueHistory* history, double now, std::optional<ForecastCone> cone);
    void setRange(double seconds);  // what the picture covers before "now"; leaves any zoom
    [[nodiscard]] double range() const { return m_range; }

    void setCrosshair(std::optional<double> at);  // to link several charts
    [[nodiscard]] std::optional<double> crosshair() const;
    void zoomTo(double from, double to);
    bool zoomBack();                                                 // false: there was no zoom
    [[nodiscard]] QString visibleCsv(QChar separator = u',') const;  // what is drawn, one line per point
    [[nodiscard]] QPixmap picture() const;
    void replotNow();  // for pictures and tests; otherwise the timer does it

    [[nodiscard]] QSize minimumSizeHint() const override { return {320, 180}; }
    [[nodiscard]] QSize sizeHint() const override { return {760, 360}; }

signals:
    void crosshairMoved(std::optional<double> at);  // seconds; nullopt: gone
    void zoomChanged(bool zoomed);

protected:
    void showEvent(QShowEvent* event) override;
    void changeEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    struct Plot;  // everything that knows the plotting library

    void markDirty();
    void moveCrosshair(double at);
    void pressAt(const QMouseEvent& event);
    void dragTo(const QPoint& at);
    void dropAt(const QPoint& at);
    void savePicture();
    void saveCsv();

    std::unique_ptr<Plot> m_plot;
    double m_range = 3600;
    bool m_dirty = true;
    QRubberBand* m_band = nullptr;  // made with the first drag
    QTimer m_replot;
};

}  // namespace spillway
