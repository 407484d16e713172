#include "backends/domain/clock.h"

#include <cmath>

namespace spillway {
using namespace std::chrono;

ServerTime serverTimeFromMicros(qint64 v) {
    return ServerTime{microseconds{v}};
}
ServerTime serverTimeFromMillis(qint64 v) {
    return ServerTime{milliseconds{v}};
}
ServerTime serverTimeFromSeconds(double v) {
    return ServerTime{microseconds{static_cast<qint64>(std::llround(v * 1e6))}};
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
