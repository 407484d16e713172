// Which server and database this is, whatever it is called: the same after a failover to a physical replica.
#pragma once

#include <functional>

#include "backends/postgres/wire/connection.h"

namespace spillway {

using AskServer = std::function<Rows(const std::string& sql, const std::vector<std::string>& parameters)>;
[[nodiscard]] QString readServerIdentity(const AskServer& ask);

}  // namespace spillway
