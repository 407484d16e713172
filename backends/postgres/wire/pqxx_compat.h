// The one place where libpqxx 6.4 (Debian 12) and 7.10 (Debian 13) differ for us. Include it instead
// of <pqxx/pqxx>; nothing outside postgres_connection.cpp should need it.
#pragma once

#include <functional>
#include <pqxx/pqxx>
#include <string>
#include <utility>
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

// A connection that we have opened ourselves, with libpq. `Dial` gives a connection that is ready, or throws.
using Dial = std::function<pqxx::internal::pq::PGconn*()>;

#if PQXX_VERSION_MAJOR >= 7
using AnyConnection = pqxx::connection;
class SeizedConnection : public pqxx::connection {
public:
    explicit SeizedConnection(const Dial& dial) : pqxx::connection(seize_raw_connection(dial())) {}
};
using DialedConnection = SeizedConnection;
#else
using AnyConnection = pqxx::connection_base;

class DialPolicy : public pqxx::connectionpolicy {
public:
    explicit DialPolicy(Dial dial) : connectionpolicy(std::string()), m_dial(std::move(dial)) {}
    // Once: libpqxx 6 would by itself connect anew in the middle of giving up a transaction.
    handle do_startconnect(handle open) override {
        if (open) return open;
        if (!m_dial) throw pqxx::broken_connection("the connection was lost");
        return std::exchange(m_dial, nullptr)();
    }

private:
    Dial m_dial;
};

struct DialPolicyFirst {
    DialPolicy policy;
};

// The policy is a base, so that it is there before the connection and after it.
class DialedConnection : private DialPolicyFirst, public pqxx::connection_base {
public:
    explicit DialedConnection(Dial dial)
        : DialPolicyFirst{DialPolicy(std::move(dial))}, pqxx::connection_base(policy) {
        init();
    }
    ~DialedConnection() noexcept { close(); }
};
#endif

}  // namespace spillway
