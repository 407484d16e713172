// The least that a login needs on a server, statement by statement, for whoever administers it. Values.
#pragma once

#include "backends/domain/outcome.h"
#include "backends/domain/queue_reading.h"

namespace spillway {

// What one queue system that was found needs. Every statement is complete and adds to what the role has.
struct SystemRights {
    SystemIdentity identity;
    QStringList observe;  // to see all that `detect` lists
    QStringList inspect;  // besides, to look into a dead job: its payload
    QStringList act;      // besides, to replay and release
    QStringList notes;    // what these rights are worth, or cannot give

    bool operator==(const SystemRights&) const = default;
};

struct ServerRights {
    QString role;
    QStringList login;  // makes the role, and lets it in; without a password
    QStringList notes;
    std::vector<SystemRights> systems;

    bool operator==(const ServerRights&) const = default;
};

// What a QueueBackend implements besides, where its kind of server has roles that can be given rights.
class RightsTeller {
public:
    virtual ~RightsTeller() = default;
    // What `role`, which need not exist, would have to be given for all that detect() found. Changes nothing
    // and asks the server nothing. Failure: usage, for a name that cannot be a role.
    [[nodiscard]] virtual Outcome<ServerRights> rights(const QString& role) = 0;
};

}  // namespace spillway
