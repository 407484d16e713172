// Two kinds of time. ServerTime is what the queue's server says; every age is computed from it.
// The local clock serves only for pacing (steady) and for the skew between the two (wall).
#pragma once

#include <QDateTime>
#include <QString>
#include <chrono>

namespace spillway {

using ServerTime = std::chrono::sys_time<std::chrono::microseconds>;

[[nodiscard]] ServerTime serverTimeFromMicros(qint64 microsSinceEpoch);
[[nodiscard]] ServerTime serverTimeFromMillis(qint64 millisSinceEpoch);
[[nodiscard]] ServerTime serverTimeFromSeconds(double secondsSinceEpoch);
[[nodiscard]] qint64 millisSinceEpoch(ServerTime time);
[[nodiscard]] double secondsBetween(ServerTime earlier, ServerTime later);
[[nodiscard]] QDateTime toUtc(ServerTime time);
[[nodiscard]] QString toIsoUtc(ServerTime time);  // "2026-01-01T00:00:00.000Z"

// A seam for tests; production code uses SystemClock. Safe from any thread.
class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual std::chrono::steady_clock::time_point steadyNow() const = 0;
    [[nodiscard]] virtual ServerTime wallNow() const = 0;
};

class SystemClock final : public Clock {
public:
    [[nodiscard]] std::chrono::steady_clock::time_point steadyNow() const override;
    [[nodiscard]] ServerTime wallNow() const override;
};

}  // namespace spillway
