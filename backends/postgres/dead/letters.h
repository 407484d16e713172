// Dead letters on request: a page, the groups, one job. Filtering, order and limit happen on the server,
// around the question `dead` of each system; only error signatures are compared here. Throws PostgresError.
#pragma once

#include <vector>

#include "backends/domain/inquiry.h"
#include "backends/postgres/dead/walk.h"

namespace spillway {

class DeadLetters {
public:
    DeadLetters(PostgresConnection& connection, std::vector<PostgresSystem>& systems);

    [[nodiscard]] DeadPage page(const DeadQuery& query);
    [[nodiscard]] DeadGroups groups(const DeadGroupsQuery& query);
    [[nodiscard]] JobDetail job(const JobQuery& query);

private:
    // Where to look for what matches a filter, and the reasons why something cannot be looked at.
    struct Places {
        std::vector<DeadTableWalk> walks;
        QStringList gaps;
    };
    Places places(const JobFilter& filter);
    DeadPage pageByIds(const DeadQuery& query);
    std::vector<DeadJob> findById(PostgresSystem& system, const JobFilter& filter, const QString& id);

    std::vector<PostgresSystem>& m_systems;
    ReadTransaction m_transaction;
};

}  // namespace spillway
