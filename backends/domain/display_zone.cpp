#include "backends/domain/display_zone.h"

#include <QMutex>
#include <QMutexLocker>

namespace spillway {
namespace {

struct ChosenZone {
    QMutex mutex;
    QByteArray name;
    QTimeZone zone;  // invalid: this machine's
};

ChosenZone& chosenZone() {
    static ChosenZone chosen;
    return chosen;
}

}  // namespace

bool setDisplayZone(const QByteArray& name) {
    const QTimeZone zone = name.isEmpty() ? QTimeZone() : QTimeZone(name);
    if (!name.isEmpty() && !zone.isValid()) return false;
    ChosenZone& chosen = chosenZone();
    const QMutexLocker lock(&chosen.mutex);
    chosen.name = name;
    chosen.zone = zone;
    return true;
}

QByteArray displayZoneName() {
    ChosenZone& chosen = chosenZone();
    const QMutexLocker lock(&chosen.mutex);
    return chosen.name;
}

QTimeZone displayZone() {
    ChosenZone& chosen = chosenZone();
    const QMutexLocker lock(&chosen.mutex);
    return chosen.zone.isValid() ? chosen.zone : QTimeZone::systemTimeZone();
}

QString displayZoneLabel(const QDateTime& at) {
    return displayZone().abbreviation(at);
}

QDateTime displayTime(const QDateTime& at) {
    if (displayZoneName().isEmpty()) return at.toLocalTime();
    return at.toTimeZone(displayZone());
}

QDateTime displayTime(ServerTime at) {
    return displayTime(toUtc(at));
}

QDateTime fromDisplayTime(const QDate& date, const QTime& time) {
    if (displayZoneName().isEmpty()) return QDateTime(date, time);
    return QDateTime(date, time, displayZone());
}

}  // namespace spillway
