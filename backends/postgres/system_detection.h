// Finds the queue systems of one database. Throws PostgresError.
#pragma once

#include "backends/postgres/postgres_system.h"

namespace spillway {

// Every installation of every definition, in the definitions' order, schemas by name. Narrowed by
// settings.onlySystem and onlyNamespace.
[[nodiscard]] std::vector<PostgresSystem> detectSystems(ReadTransaction& transaction,
                                                        const std::vector<SystemDefinition>& definitions,
                                                        const ConnectionSettings& settings);

}  // namespace spillway
