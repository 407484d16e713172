// Connects within a deadline. PQconnectdb looks at its own only while it waits for bytes: a server that
// never stops sending during the login keeps it for ever.
#pragma once

#include <libpq-fe.h>

#include <atomic>
#include <string>
#include <vector>

#include "backends/postgres/wire/connection_string.h"

namespace spillway {

// A connection that is ready, owned by the caller. One host after another, each for target.timeout_s at
// most. Throws pqxx::broken_connection with the words of the last attempt; at most 100 ms after `stop`.
// `reached`: the host and port that answered, for people: "db2.internal:5432".
[[nodiscard]] PGconn* dial(const LibpqConnection& target, const std::atomic<bool>& stop, QString& reached);

}  // namespace spillway
