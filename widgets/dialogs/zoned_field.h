// A field for a date and a time of day in the zone in which people read times. It holds a clock's face, no
// moment: what it says becomes one here.
#pragma once

#include <QDateTimeEdit>

#include "backends/domain/display_zone.h"

namespace spillway {

inline QDateTime clockFace(const QDateTime& at) {
    const QDateTime shown = displayTime(at);
    return QDateTime(shown.date(), shown.time(), Qt::UTC);
}

inline void setZonedTime(QDateTimeEdit& field, const QDateTime& at) {
    field.setTimeSpec(Qt::UTC);
    field.setDateTime(clockFace(at));
}

[[nodiscard]] inline QDateTime zonedTime(const QDateTimeEdit& field) {
    return fromDisplayTime(field.date(), field.time());
}

}  // namespace spillway
