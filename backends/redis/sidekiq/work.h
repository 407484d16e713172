// What the Sidekiq processes say they are running (hash <identity>:work, up to 6.4 <identity>:workers: field
// thread id, value {queue, payload, run_at}; written with each heartbeat, gone 60 s after the last). A job
// that is taken has left Redis: when its process dies, this record is the only trace of it.
#pragma once

#include <QHash>
#include <QSet>
#include <map>

#include "backends/domain/lost_job.h"
#include "backends/redis/sidekiq/doubles.h"
#include "backends/redis/wire/pipeline.h"

namespace spillway {

class SidekiqWork {
public:
    // `start`: "" or "namespace:".
    void startPoll(RedisPipeline& pipeline, const QByteArray& start);
    // The work hash of one process, in this poll.
    void take(const QByteArray& identity, const RedisReply& reply);

    struct Process {
        bool alive = false;  // its own hash exists
        std::optional<double> beat_age_s;
        std::optional<ServerTime> beat;
    };
    // After the last round. `processes`: all that are registered, alive or not.
    void finishPoll(const std::map<QByteArray, Process>& processes, ServerTime now);

    // Of this poll.
    [[nodiscard]] qint64 runningOf(const QByteArray& queue) const { return m_running.value(queue); }
    [[nodiscard]] QList<QByteArray> queues() const { return m_running.keys(); }
    // With the raw queue name in `queue` of each lease; stuck ones first, then the oldest.
    [[nodiscard]] const std::vector<Lease>& leases() const { return m_leases; }
    [[nodiscard]] const std::vector<Condition>& conditions() const { return m_conditions; }
    // What went with its process since the last call, as far as its bytes are known; raw queue names.
    [[nodiscard]] std::vector<LostJob> takeLost() { return std::exchange(m_newlyLost, {}); }
    // What live processes run, for SidekiqDoubles.
    [[nodiscard]] const std::vector<SidekiqRun>& runs() const { return m_runs; }

private:
    struct Item {
        QByteArray queue;
        QByteArray payload;  // as it was enqueued; empty: not known, or too large to be remembered
        Lease lease;
    };
    struct Lost {  // what a process ran when it was last heard of
        std::vector<Lease> leases;
        ServerTime since;
    };
    void listRuns(const std::map<QByteArray, Process>& processes);
    void noteLost(const std::map<QByteArray, Process>& processes, ServerTime now);
    [[nodiscard]] bool vanished(const QByteArray& identity,
                                const std::map<QByteArray, Process>& processes) const;
    void dropReturned();
    [[nodiscard]] static Condition conditionOf(const QByteArray& identity, const Lost& lost);
    void list(const std::map<QByteArray, Process>& processes);

    std::map<QByteArray, std::vector<Item>> m_items;   // by process, of this poll
    std::map<QByteArray, std::vector<Item>> m_before;  // of the last poll in which the process had some
    std::map<QByteArray, double> m_beatAge;            // seconds, with the last poll
    std::map<QByteArray, Lost> m_lost;
    QHash<QByteArray, qint64> m_running;
    std::vector<Lease> m_leases;
    std::vector<Condition> m_conditions;
    std::vector<LostJob> m_newlyLost;
    QSet<QString> m_putBack;  // of the lost, by a console
    std::vector<SidekiqRun> m_runs;
};

}  // namespace spillway
