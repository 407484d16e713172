#include "backends/postgres/replica_lag.h"

namespace spillway {
using namespace Qt::StringLiterals;

// The time since the last replayed commit grows on an idle primary too: it counts only while something
// received waits to be replayed, or nothing is being received.
Seconds replicaLag(ReadTransaction& transaction) {
    if (transaction.moment().role != ServerRole::replica)
        return Seconds::notObservable(u"the server is no replica"_s);
    const auto rows = transaction.query(
        "SELECT pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() AS caught_up, "
        "EXISTS (SELECT 1 FROM pg_stat_wal_receiver) AS receiving, "
        "extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) AS since",
        {}, u"the lag of this replica"_s);
    const Row row = rows.at(0);
    const bool receiving = row.flag("receiving");
    if (receiving && row.flag("caught_up"))
        return Seconds::estimated(0, u"all that was received from the primary has been replayed"_s);
    const auto since = row.number("since");
    if (!since) return Seconds::notObservable(u"nothing has been replayed since the replica started"_s);
    return Seconds::estimated(std::max(0.0, *since),
                              receiving ? u"time since the last replayed commit"_s
                                        : u"time since the last replayed commit; nothing is received from "
                                          "the primary at present"_s);
}

}  // namespace spillway
