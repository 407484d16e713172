#include "backends/postgres/wire/server_identity.h"

namespace spillway {
using namespace Qt::StringLiterals;

QString readServerIdentity(const AskServer& ask) {
    const auto allowed =
        ask("SELECT has_function_privilege('pg_control_system()', 'EXECUTE') AS may,"
            " (SELECT oid FROM pg_database WHERE datname = current_database()) AS base,"
            " pg_postmaster_start_time()::text AS started",
            {});
    const Row row = allowed.at(0);
    const QString base = row.text("base");
    if (!row.flag("may")) return u"started %1/%2"_s.arg(row.text("started"), base);
    const auto known = ask("SELECT system_identifier::text AS id FROM pg_control_system()", {});
    return u"%1/%2"_s.arg(known.at(0).text("id"), base);
}

}  // namespace spillway
