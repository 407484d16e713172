// Finds the queue systems of one database. Throws PostgresError.
#pragma once

#include "backends/postgres/engine/system.h"
#include "backends/postgres/engine/unread_system.h"
#include "backends/postgres/mapped/table_mapping.h"

namespace spillway {

// Every installation of every definition, in the definitions' order, schemas by name. Narrowed by
// settings.onlySystem and onlyNamespace. What is there and must not, or cannot, be read goes to `unread`;
// where that is null, the first failure is thrown.
[[nodiscard]] std::vector<PostgresSystem> detectSystems(ReadTransaction& transaction,
                                                        const std::vector<SystemDefinition>& definitions,
                                                        const ConnectionSettings& settings,
                                                        std::vector<UnreadSystem>* unread = nullptr);

// What its own table calls the layout: only a label, empty where that table is missing or closed to us.
[[nodiscard]] QString versionOf(ReadTransaction& transaction, const SystemDefinition& definition,
                                const SchemaCatalog& catalog);

// The tables of settings.mappingFiles and of the user's own mapping files. One that was asked for and
// does not fit is a Failure of kind usage; one from the user's folder is left out, with a warning when
// the file itself is wrong.
[[nodiscard]] Outcome<std::vector<PostgresSystem>> detectMappedTables(ReadTransaction& transaction,
                                                                      const ConnectionSettings& settings);

// What the catalog says about the one table of a mapping, with its claim log. Failure kind usage where there
// is none, or more than one.
[[nodiscard]] Outcome<SchemaCatalog> mappedCatalog(ReadTransaction& transaction, const TableMapping& mapping);

}  // namespace spillway
