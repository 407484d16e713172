// What was put back on one connection lately, by any process of this program that shares the journal. Reads
// the file of ActionJournal, never makes or changes it. Belongs to one thread; blocks for one short query.
#pragma once

#include <memory>
#include <vector>

#include "backends/domain/own_move.h"

namespace spillway {

namespace storage {
class SqlDatabase;
}

class OwnMoves {
public:
    // `connection`: ConnectionSettings::name; counts only where one of the two does not know its server.
    OwnMoves(QString journalFile, QString connection);
    ~OwnMoves();

    // Those of the last ten minutes before `now`, this machine's clock like OwnMove::at, that were not taken
    // before. Empty also where there is no journal, or none that can be read. `server`:
    // ActionPlan::server_id.
    [[nodiscard]] std::vector<OwnMove> take(ServerTime now, const QString& server = {});

private:
    [[nodiscard]] bool open();

    QString m_file, m_connection;
    std::unique_ptr<storage::SqlDatabase> m_database;
    qint64 m_last = 0;  // number of the newest taken
};

}  // namespace spillway
