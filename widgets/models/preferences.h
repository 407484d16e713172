// What a person likes, for the whole program. A value; where it is kept is in
// app/connections/preference_store.h.
#pragma once

#include <QByteArray>
#include <QStringList>

namespace spillway {

struct Preferences {
    int theme = 0;                // ThemeMode
    QByteArray zone;              // see setDisplayZone(): "" is this machine's
    bool notifications = true;    // the desktop's, when something turns critical
    int range_minutes = 60;       // of the charts, at first
    QStringList redaction_rules;  // in redaction.toml; see RedactionRules
    bool operator==(const Preferences&) const = default;
};

}  // namespace spillway
