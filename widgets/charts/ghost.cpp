#include "widgets/charts/ghost.h"

#include <algorithm>
#include <cmath>

namespace spillway {
namespace {

constexpr double kRoom = 0.25;     // of the span, on each side: not every poll asks anew
constexpr double kCoarsest = 2.5;  // an answer for a span so many times as long is too coarse
constexpr double kSame_s = 0.01;

}  // namespace

std::vector<ChartColumn> Ghost::columns(ChartSeries which, double from, double to, int pixels) const {
    auto columns = series.of(which).columns(from - before_s, to - before_s, pixels);
    for (ChartColumn& column : columns) {
        column.from += before_s, column.to += before_s;
        column.running = false;
    }
    return columns;
}

std::optional<double> Ghost::valueAt(ChartSeries which, double at) const {
    return series.of(which).valueAt(at - before_s);
}

void GhostRequests::setBefore(double seconds) {
    if (seconds == m_before) return;
    m_before = seconds;
    m_asked.reset();
    m_ghost.reset();
}

std::optional<std::pair<double, double>> GhostRequests::wanted(const QueueRef& queue, double from,
                                                               double to) {
    if (queue != m_queue) m_asked.reset(), m_ghost.reset();
    m_queue = queue;
    if (m_before <= 0 || to <= from) return std::nullopt;
    const double span = to - from;
    const double first = from - m_before, last = to - m_before;
    if (m_asked && m_asked->first <= first && last <= m_asked->second &&
        m_asked->second - m_asked->first <= kCoarsest * span)
        return std::nullopt;
    m_asked = {std::floor(first - kRoom * span), std::ceil(last + kRoom * span)};
    return m_asked;
}

bool GhostRequests::take(const QueueRef& queue, const QueuePast& past) {
    if (!m_asked || queue != m_queue || std::abs(past.from - m_asked->first) > kSame_s ||
        std::abs(past.to - m_asked->second) > kSame_s)
        return false;
    const double bucket = std::max(1.0, past.width_s);
    auto ghost = std::make_shared<Ghost>(Ghost{
        m_before, QueueSeries(bucket, 2 * (past.to - past.from), std::max(120.0, 2.5 * bucket)), false});
    ghost->series.addPast(past);
    ghost->empty = ghost->series.firstTime() == 0;
    m_ghost = std::move(ghost);
    return true;
}

}  // namespace spillway
