// The time zone in which people read times: this machine's, until somebody chooses another. One for the
// process, like the locale; set by the programs at their start and by the preferences. Any thread.
#pragma once

#include <QDateTime>
#include <QTimeZone>

#include "backends/domain/clock.h"

namespace spillway {

// "" is this machine's zone, else an IANA name or "UTC". false: there is no such zone, and nothing changed.
bool setDisplayZone(const QByteArray& name);
[[nodiscard]] QByteArray displayZoneName();  // as set: "" is this machine's
[[nodiscard]] QTimeZone displayZone();
[[nodiscard]] QString displayZoneLabel(const QDateTime& at);  // "CET", "UTC": what holds at that time

[[nodiscard]] QDateTime displayTime(const QDateTime& at);
[[nodiscard]] QDateTime displayTime(ServerTime at);
// What a person typed as a date and a time of day in the zone.
[[nodiscard]] QDateTime fromDisplayTime(const QDate& date, const QTime& time);

}  // namespace spillway
