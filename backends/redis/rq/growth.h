// How many jobs were ever added to one of RQ's registries that lose their entries by age (finished, failed).
// Entries carry the moment of their expiry. What expires beyond a cutoff well ahead cannot have been cleaned
// away between two polls, so the growth of that part is what was added, however long each entry is kept.
#pragma once

#include "backends/redis/wire/pipeline.h"

namespace spillway {

class RqGrowth {
public:
    // `what` for people: "the finished registry".
    RqGrowth(QByteArray key, QString what) : m_key(std::move(key)), m_what(std::move(what)) {}

    void startPoll(RedisPipeline& pipeline, ServerTime now);
    // Jobs added since the first poll. Estimated: entries that are kept for less than some minutes escape.
    // A lower bound in a step in which entries were taken out by hand.
    [[nodiscard]] Count finishPoll();

private:
    void ask(RedisPipeline& pipeline, qint64 cutoff, Count& lasting) const;

    QByteArray m_key;
    QString m_what;
    qint64 m_total = 0;
    qint64 m_cutoff = 0;  // seconds; 0: there was no poll yet
    Count m_before;       // entries that last beyond it, with the poll before
    // Of this poll:
    qint64 m_nextCutoff = 0;
    bool m_missed = false;
    Count m_forever, m_lasting, m_lastingNext;
};

}  // namespace spillway
