// What this machine already knows how to reach: saved connections, PG* variables, pg_service.conf, unix
// sockets of local servers. Reads variables and small files only; opens no connection.
#pragma once

#include <QProcessEnvironment>
#include <vector>

#include "app/connections/connection_store.h"
#include "widgets/models/connection_request.h"

namespace spillway {

struct FoundPlaces {
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    QStringList postgres_socket_directories{QStringLiteral("/var/run/postgresql"), QStringLiteral("/tmp")};
    QStringList redis_socket_directories{QStringLiteral("/var/run/redis"), QStringLiteral("/run/redis"),
                                         QStringLiteral("/tmp")};
};

[[nodiscard]] std::vector<FoundConnection> foundConnections(const FoundPlaces& places);
[[nodiscard]] std::vector<FoundConnection> savedConnections(const std::vector<SavedConnection>& saved);

}  // namespace spillway
