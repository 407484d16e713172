#include "backends/domain/clock.h"

#include <algorithm>
#include <cmath>

namespace spillway {
using namespace std::chrono;

ServerTime serverTimeFromMicros(qint64 v) {
    return ServerTime{microseconds{v}};
}
ServerTime serverTimeFromMillis(qint64 v) {
    return ServerTime{milliseconds{v}};
}
// Three thousand years are enough; further, differences would overflow.
ServerTime serverTimeFromSeconds(double v) {
    const double near = std::isnan(v) ? 0 : std::clamp(v, -1e11, 1e11);
    return ServerTime{microseconds{static_cast<qint64>(std::llround(near * 1e6))}};
}
qint64 millisSinceEpoch(ServerTime t) {
    return floor<milliseconds>(t).time_since_epoch().count();
}
double secondsBetween(ServerTime a, ServerTime b) {
    return duration<double>(b - a).count();
}
QDateTime toUtc(ServerTime t) {
    return QDateTime::fromMSecsSinceEpoch(millisSinceEpoch(t)).toUTC();
}
QString toIsoUtc(ServerTime t) {
    return toUtc(t).toString(Qt::ISODateWithMs);
}

steady_clock::time_point SystemClock::steadyNow() const {
    return steady_clock::now();
}
ServerTime SystemClock::wallNow() const {
    return floor<microseconds>(system_clock::now());
}

}  // namespace spillway
