// A picture over time of one queue, linked to the others of its page through their TimeView. GUI thread;
// redraws itself at most ten times a second, and only while it can be seen.
// Mouse: move for values, drag or Ctrl+wheel to zoom, double-click to go back, right click for a menu; the
// wheel alone scrolls what the chart stands in. Keys: left and right move the crosshair, Esc goes back one
// zoom, then drops the crosshair; Ctrl+C copies.
#pragma once

#include <QColor>
#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "widgets/charts/time_view.h"

class QRubberBand;

namespace spillway {

class QueueHistory;
class SafeLabel;
class TimePlot;
struct ChartInput;
struct QueueHealth;

// What a chart says about itself where it leaves the window.
struct ChartCaption {
    QString name, verdict;
    QString queue, system, connection;  // whose chart it is; empty: not known
    std::vector<std::pair<QString, QColor>> legend;
};

class TimeChart : public QWidget {
    Q_OBJECT
public:
    ~TimeChart() override;

    // `history` must live until the next call; null: nothing known.
    void setData(const QueueHistory* history, std::shared_ptr<const QueueHealth> queue);
    void setCaption(const ChartCaption& caption);
    [[nodiscard]] const ChartCaption& caption() const { return m_caption; }
    // "28 Nov 2026 00:12:07 – 01:12:07 UTC": what is drawn.
    [[nodiscard]] QString rangeText() const;
    // Proposed for what is saved, without ending: "backlog-orders-prod-pg-20261128-011207".
    [[nodiscard]] QString fileName() const;
    // Why there is nothing to see; shown only where nothing is drawn.
    void setMissing(const QString& reason);
    [[nodiscard]] TimeView& view() const { return m_view; }
    [[nodiscard]] const QueueHistory* history() const;

    void setCrosshair(std::optional<double> at) { m_view.setCrosshair(at); }
    [[nodiscard]] std::optional<double> crosshair() const { return m_view.crosshair(); }
    void zoomTo(double from, double to);
    bool zoomBack();  // false: there was no zoom

    [[nodiscard]] QString visibleCsv(QChar separator = u',') const;  // what is drawn
    [[nodiscard]] QPixmap picture() const;                           // with its caption
    [[nodiscard]] QByteArray svg() const;
    // By the ending of `path`: .png, .svg or .csv. Empty: done; otherwise why not.
    [[nodiscard]] QString saveTo(const QString& path) const;

    // Copy, save, zoom back; gone with the next click.
    void showMenu(const QPoint& globalAt);

    void replotNow();  // for pictures and tests; otherwise the timer does it
    [[nodiscard]] int replots() const { return m_replots; }
    [[nodiscard]] QRect plotArea() const;  // between the axes

    [[nodiscard]] QSize minimumSizeHint() const override { return {320, 170}; }
    [[nodiscard]] QSize sizeHint() const override { return {560, 230}; }

signals:
    void crosshairMoved(std::optional<double> at);  // in any chart of the page; seconds; nullopt: gone

protected:
    // `fileName` without ending, for what is saved.
    TimeChart(TimeView& view, std::unique_ptr<TimePlot> plot, const QString& fileName, QWidget* parent);

    void showEvent(QShowEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void markDirty();
    void replotIfSeen();
    void placeMissing();
    void moveCrosshair(double at);
    bool turnWheel(const QWheelEvent& event);  // false: it is for the page
    void pressAt(const QMouseEvent& event);
    void dragTo(const QPoint& at);
    void dropAt(const QPoint& at);
    void copyValues() const;
    void saveAs(const QString& filter, const QString& ending);
    void paintPicture(QPaintDevice& device, const QSize& size) const;

    TimeView& m_view;
    std::unique_ptr<TimePlot> m_plot;
    std::unique_ptr<ChartInput> m_input;
    QString m_fileName;
    ChartCaption m_caption;
    SafeLabel* m_missing;
    std::optional<QPoint> m_pressed;  // a drag begins here
    QRubberBand* m_band = nullptr;    // made with the first drag
    bool m_dirty = true;
    int m_replots = 0;
    QTimer m_replot;
    QElapsedTimer m_sinceReplot;
};

}  // namespace spillway
