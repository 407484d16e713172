// Waiting jobs that the system itself will delete soon, followed until they are gone: whoever was still
// waiting when its time was over, and is gone, was deleted and never run. A value, like FlowAccumulator.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "backends/domain/clock.h"
#include "backends/domain/condition.h"
#include "backends/postgres/wire/query_rows.h"

namespace spillway {

class UnworkedWatch {
public:
    static constexpr auto lookAhead = std::chrono::minutes(2);  // of the questions that feed it
    static constexpr size_t mostJobs = 500;

    // After a gap too long to tell what became of them, those followed are forgotten.
    void begin(ServerTime now);
    [[nodiscard]] bool empty() const { return m_jobs.empty(); }
    [[nodiscard]] std::string queues() const;  // of the jobs in ids(), in their order; both as text[]
    [[nodiscard]] std::string ids() const;
    // Those of ids() that are still there: `id`, `queue`, `waiting`. Whoever is missing was removed.
    void takeLeft(const Rows& rows);
    // Jobs that wait and are near their end: `id`, `queue`, `until`, `brief` (it may come and go between two
    // looks), `capped`.
    void take(const Rows& rows);
    // What was removed, of each queue, for an hour after the last of it.
    std::vector<Condition> conditions(ServerTime now);

private:
    struct Removed {
        qint64 jobs = 0;
        ServerTime first, last;
        bool more = false;  // others may have gone unseen
    };
    std::map<std::pair<std::string, std::string>, ServerTime> m_jobs;  // queue and id: when its time is over
    std::map<std::string, Removed> m_removed;
    std::map<std::string, bool> m_unseen;  // queues of which not every such job is followed
    ServerTime m_now;
};

}  // namespace spillway
