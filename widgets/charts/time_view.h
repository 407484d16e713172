// What all charts of a page show together: the span of time, the moment under the crosshair, the marks.
// Each chart changes it and redraws when it changed, which is what links them. GUI thread.
#pragma once

#include <QObject>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "widgets/charts/queue_past.h"

namespace spillway {

struct Ghost;

class TimeView : public QObject {
    Q_OBJECT
public:
    using QObject::QObject;

    // `now`: server time of the newest reading; `first`: the earliest that is known, 0 for nothing.
    void setNow(double now, double first);
    [[nodiscard]] double now() const { return m_now; }
    [[nodiscard]] double first() const { return m_first; }

    void setRange(double seconds);  // what is shown before "now"; leaves any zoom
    [[nodiscard]] double range() const { return m_range; }
    // The same share of every picture lies ahead of "now".
    [[nodiscard]] std::pair<double, double> visible() const;

    void zoomTo(double from, double to);
    bool zoomBack();  // false: there was no zoom
    // By the wheel: the span becomes `factor` times as long and `at` stays where it is. Many turns are one
    // zoom; turned back as far as the range, there is none.
    void zoomAround(double at, double factor);
    [[nodiscard]] bool zoomed() const { return !m_zooms.empty(); }

    void setCrosshair(std::optional<double> at);
    [[nodiscard]] std::optional<double> crosshair() const { return m_crosshair; }

    void setMarks(std::vector<ChartMark> marks);
    [[nodiscard]] const std::vector<ChartMark>& marks() const { return m_marks; }

    // The earlier time that lies behind the lines; null: none.
    void setGhost(std::shared_ptr<const Ghost> ghost);
    [[nodiscard]] const std::shared_ptr<const Ghost>& ghost() const { return m_ghost; }

signals:
    void crosshairMoved(std::optional<double> at);  // seconds; nullopt: gone
    void spanChanged();                             // by range or zoom, not by the passing of time
    void redrawNeeded();

private:
    double m_now = 0, m_first = 0, m_range = 3600;
    std::vector<std::pair<double, double>> m_zooms;  // the last one is shown
    bool m_turning = false;                          // … and was made by the wheel
    std::optional<double> m_crosshair;
    std::vector<ChartMark> m_marks;
    std::shared_ptr<const Ghost> m_ghost;
};

}  // namespace spillway
