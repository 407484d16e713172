// Queue systems that are here and that nobody reads, known by their tables: silence must not look like
// health.
#pragma once

#include "backends/postgres/engine/system.h"
#include "backends/postgres/engine/unread_system.h"

namespace spillway {

struct UnreadLayout {
    SystemDefinition marks;  // name, title, tables, columns, versionSql; jobs: what a mapping would describe
    QString insteadOf;       // the system of which this is another layout; empty: of none
    QString next;            // what to do first; empty: a mapping file
};

// resources/systems/unread.toml. Failure kind internal, as for definitions.
[[nodiscard]] Outcome<std::vector<UnreadLayout>> unreadLayouts();

// Those in schemas where neither the system itself nor the layout's table is read. One round trip, and one
// for each version that can be asked without running a stranger's code. Throws PostgresError.
[[nodiscard]] std::vector<UnreadSystem> findUnreadLayouts(ReadTransaction& transaction,
                                                          const std::vector<UnreadLayout>& layouts,
                                                          const std::vector<PostgresSystem>& read);

}  // namespace spillway
