// What went wrong, by meaning, with the next step. Crosses layers as a value; exceptions do not.
#pragma once

#include <QString>

namespace spillway {

enum class FailureKind {
    usage,           // the request itself is malformed: a wrong URL, an unknown option
    unreachable,     // unknown host, refused port, no route, missing socket
    timeout,         // the server accepted but did not answer within the deadline
    authentication,  // wrong or missing password, unknown role, unknown database
    permission,      // logged in, but a needed read is not allowed
    tls,             // certificate, host name or protocol mismatch
    starting,        // server is starting, stopping, loading or failing over: retry later
    overloaded,      // too many connections, BUSY script, statement too slow
    no_system,       // connected, but no supported queue system was found
    changed,         // schema or key types changed under us; detection must run again
    protocol,        // the answer makes no sense: wrong kind of server, corrupt reply
    cancelled,       // the caller asked to stop
    internal         // a fault of ours
};

struct Failure {
    FailureKind kind = FailureKind::internal;
    QString what;        // one sentence: what was tried and what happened
    QString serverSaid;  // the server's own words, secrets removed; may be empty
    QString nextStep;    // one sentence: what the person can do now

    // "what. Server said: … Next step." for stderr and empty states.
    [[nodiscard]] QString sentence() const;
    // Whether trying again by itself can help (not for wrong passwords: accounts get locked).
    [[nodiscard]] bool retryable() const;

    // The server, or TLS with it, turned us away: a person must mend it, there or here. Only slow tries are
    // harmless.
    [[nodiscard]] bool refused() const;

    bool operator==(const Failure&) const = default;
};

[[nodiscard]] QString failureKindName(FailureKind kind);
// The contract's exit code for a command that ended with this failure.
[[nodiscard]] int exitCodeFor(FailureKind kind);

}  // namespace spillway
