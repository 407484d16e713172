// Sidekiq jobs that are in two places at once: in the hands of two workers, or running while they also wait
// in their queue or in the retry set. Sidekiq counts no deliveries, so this is always a lower bound.
//
// What a process runs stands in Redis as of its last heartbeat (every 5 to 10 s). A job may have ended since:
// only what is still running by a later heartbeat than that of the first sighting counts.
#pragma once

#include <QHash>
#include <QSet>
#include <vector>

#include "backends/domain/claims.h"

namespace spillway {

struct SidekiqRun {  // one job in the work hash of a live process
    QString jid, kind, owner;
    QByteArray queue, process;
    std::optional<ServerTime> claimed_at;
    std::optional<ServerTime> beat;  // of the process
};

class SidekiqDoubles {
public:
    void startPoll();
    // First all runs of this poll, then what waits.
    void noteRun(SidekiqRun run);
    // `place`: "the retry set".
    void noteWaiting(const QString& jid, const QString& place);
    // This place was not read in this poll: what was seen there before stands.
    void notRead(const QString& place);
    void finishPoll();

    // Jobs of this queue since the first poll.
    [[nodiscard]] qint64 countOf(const QByteArray& queue) const { return m_count.value(queue); }
    // Newest first, at most kMostIncidents, with the raw name of the queue.
    [[nodiscard]] const std::vector<DuplicateClaim>& incidents() const { return m_incidents; }

private:
    struct Sighting {
        std::optional<ServerTime> beat;  // of the process that runs it, at the first sighting
        QString place;                   // empty: two workers
    };
    [[nodiscard]] bool confirmed(const QString& key, const SidekiqRun& run, const QString& place);
    void compareRuns(const SidekiqRun& first, const SidekiqRun& second);
    void report(const SidekiqRun& run, DuplicateClaim claim);

    QHash<QString, std::vector<SidekiqRun>> m_runs;  // by jid, of this poll
    QHash<QString, Sighting> m_seen, m_seenBefore;
    QSet<QString> m_reported;
    QHash<QByteArray, qint64> m_count;
    std::vector<DuplicateClaim> m_incidents;
};

}  // namespace spillway
