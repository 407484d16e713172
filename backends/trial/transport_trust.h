// Whether what goes over the wire is safe from others on the way, by the connection's settings alone. Pure,
// but for pg_service.conf and the PG* variables, which libpq reads too.
#pragma once

#include <vector>

#include "backends/domain/connection_settings.h"

namespace spillway {

struct ServerPlace {
    QString host;  // or an address; empty: a socket
    quint16 port = 0;
    QString socket;                    // its path
    [[nodiscard]] bool local() const;  // a socket, localhost or a loopback address
};

struct TransportTrust {
    std::vector<ServerPlace> places;  // empty: libpq's own default, or not to be told
    QString mode;                     // "sslmode=prefer", "rediss://"
    bool asked = false;               // TLS is insisted on
    bool verified = false;            // the certificate, for this host
    // Not empty: what another on the way could do, and what to write instead. Lasts as long as the
    // connection.
    QString badge;  // "TLS not verified", "no TLS"
    QString why;
};

// An URL that cannot be read has no badge: it does not connect either.
[[nodiscard]] TransportTrust transportTrust(const ConnectionSettings& settings);

}  // namespace spillway
