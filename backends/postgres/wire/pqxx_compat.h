// The one place where libpqxx 6.4 (Debian 12) and 7.10 (Debian 13) differ for us. Include it instead
// of <pqxx/pqxx>; nothing outside postgres_connection.cpp should need it.
#pragma once

#include <pqxx/pqxx>
#include <string>
#include <vector>

namespace spillway {

// Runs one statement with text parameters $1, $2 … In both versions the statement is unnamed, so it
// leaves nothing behind in a pooled session.
inline pqxx::result executeWithParameters(pqxx::transaction_base& transaction, const std::string& sql,
                                          const std::vector<std::string>& parameters) {
#if PQXX_VERSION_MAJOR >= 7
    pqxx::params list;
    for (const auto& parameter : parameters) list.append(parameter);
    return transaction.exec(sql, list);
#else
    return transaction.exec_params(sql, pqxx::prepare::make_dynamic_params(parameters));
#endif
}

}  // namespace spillway
