#include "widgets/charts/time_view.h"

#include <algorithm>

namespace spillway {
namespace {
constexpr double kShortest = 1;    // second: no zoom goes further
constexpr double kYoungest = 120;  // seconds: what is shown at least
constexpr double kAhead = 0.25;    // of the range: how far forecast and wave are drawn
}  // namespace

void TimeView::setNow(double now, double first) {
    m_now = now, m_first = first;
    emit redrawNeeded();
}

void TimeView::setRange(double seconds) {
    m_range = seconds;
    m_zooms.clear();
    m_turning = false;
    emit spanChanged();
    emit redrawNeeded();
}

std::pair<double, double> TimeView::visible() const {
    if (!m_zooms.empty()) return m_zooms.back();
    // A young history would be a speck at the right edge: the picture grows with it up to the range.
    const double known = m_first > 0 ? m_now - m_first : 0;
    const double shown = std::clamp(known * 1.05, std::min(kYoungest, m_range), m_range);
    return {m_now - shown, m_now + shown * kAhead};
}

void TimeView::zoomTo(double from, double to) {
    if (to - from < kShortest) return;
    m_zooms.emplace_back(from, to);
    m_turning = false;
    emit spanChanged();
    emit redrawNeeded();
}

bool TimeView::zoomBack() {
    if (m_zooms.empty()) return false;
    m_zooms.pop_back();
    m_turning = false;
    emit spanChanged();
    emit redrawNeeded();
    return true;
}

void TimeView::zoomAround(double at, double factor) {
    const auto [from, to] = visible();
    if ((to - from) * factor < kShortest) return;
    if (m_turning) m_zooms.pop_back();
    const auto [least, most] = visible();  // without this turn
    const double newFrom = std::max(least, at - (at - from) * factor);
    const double newTo = std::min(most, at + (to - at) * factor);
    m_turning = newFrom > least || newTo < most;
    if (m_turning) m_zooms.emplace_back(newFrom, newTo);
    emit spanChanged();
    emit redrawNeeded();
}

void TimeView::setCrosshair(std::optional<double> at) {
    if (m_crosshair == at) return;
    m_crosshair = at;
    emit crosshairMoved(at);
}

void TimeView::setMarks(std::vector<ChartMark> marks) {
    if (marks == m_marks) return;
    m_marks = std::move(marks);
    emit redrawNeeded();
}

void TimeView::setGhost(std::shared_ptr<const Ghost> ghost) {
    if (ghost == m_ghost) return;
    m_ghost = std::move(ghost);
    emit redrawNeeded();
}

}  // namespace spillway
