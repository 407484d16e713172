// What a person asked to be connected to, as typed: nothing is checked here.
#pragma once

#include <QStringList>

#include "backends/domain/connection_settings.h"

namespace spillway {

struct ConnectionRequest {
    QString url;
    QString name;  // empty: the display URL serves as the name
    Environment environment = Environment::production;
    QString password;           // never part of `url`; empty = none given
    bool save = false;          // keep it in the list of saved connections
    QStringList mappings = {};  // files that describe a table as a queue

    bool operator==(const ConnectionRequest&) const = default;
};

// Something the caller found on this machine and the person may pick: a PG* variable, an entry of
// pg_service.conf, a local socket, a saved connection.
struct FoundConnection {
    QString title;   // "prod-pg", "PostgreSQL on this machine"
    QString detail;  // where it comes from: "from pg_service.conf"
    ConnectionRequest request;
};

}  // namespace spillway
