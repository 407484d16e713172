// Turns a mapping and what the catalog says about its table into a SystemDefinition: the same questions
// with the same columns, so that the same engine runs them. Pure.
#pragma once

#include "backends/postgres/engine/catalog.h"
#include "backends/postgres/mapped/table_mapping.h"

namespace spillway {

// Tables and schema only: enough to look the table up.
[[nodiscard]] SystemDefinition mappedSkeleton(const TableMapping& mapping, const QString& schema);

// Failure kind usage where a mapped column does not exist or has a type that cannot serve; names the
// file, the key and what exists.
[[nodiscard]] Outcome<SystemDefinition> mappedDefinition(const TableMapping& mapping,
                                                         const SchemaCatalog& catalog);

}  // namespace spillway
