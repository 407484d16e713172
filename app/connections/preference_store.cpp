#include "app/connections/preference_store.h"

#include <QSettings>

#include "backends/domain/display_zone.h"

namespace spillway {
using namespace Qt::StringLiterals;

void followKeptZone() {
    (void)setDisplayZone(QSettings(u"spillway"_s, u"window"_s).value(u"time_zone"_s).toByteArray());
}

}  // namespace spillway
