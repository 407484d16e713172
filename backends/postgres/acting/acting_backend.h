// Acting on the queue systems of one PostgreSQL database, by the scripts of their folders.
#pragma once

#include "backends/remediation/acting_backend.h"

namespace spillway {

[[nodiscard]] std::unique_ptr<ActingBackend> makePostgresActingBackend(const ConnectionSettings& settings);

}  // namespace spillway
