// What a plan pins on a PostgreSQL server, so that it is carried out on the same tables by the same script,
// and what of somebody else's would run when these tables are changed. Pure questions of the catalog; throw
// PostgresError.
#pragma once

#include "backends/postgres/acting/acting_session.h"

namespace spillway {

struct Trust {
    QString pins;             // tables, owners, kinds, script, code that fires: compared as a whole
    QStringList foreignCode;  // "trigger audit on public.job"
};

[[nodiscard]] Trust readTrust(const AskCatalog& ask, const PostgresSystem& system, const Question& script);

// Cluster and database; the same after a failover to a physical replica.
[[nodiscard]] QString readServerId(const AskCatalog& ask);

}  // namespace spillway
