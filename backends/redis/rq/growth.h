// How many jobs were ever added to one of RQ's registries that lose their entries by age (finished, failed).
// Entries carry the moment of their expiry. What expires beyond a cutoff well ahead cannot have been cleaned
// away between two polls, so the growth of that part is what was added, however long each entry is kept. What
// is kept for less (failure_ttl=0) stands there until a worker or a dashboard cleans up: it is counted while
// nobody does, and is a lower bound otherwise.
#pragma once

#include "backends/redis/wire/pipeline.h"

namespace spillway {

class RqGrowth {
public:
    // `what` for people: "the finished registry".
    RqGrowth(QByteArray key, QString what) : m_key(std::move(key)), m_what(std::move(what)) {}

    void startPoll(RedisPipeline& pipeline, ServerTime now);
    // Jobs added since the first poll. Estimated; a lower bound in a step in which entries were taken out by
    // hand, or short-lived ones cleaned away.
    [[nodiscard]] Count finishPoll();

private:
    struct Part {  // entries that last beyond a cutoff, and those that do not
        Count lasting, passing;
    };
    void ask(RedisPipeline& pipeline, qint64 cutoff, Part& part) const;
    [[nodiscard]] Count countStep(const Part& before, const Part& now);

    QByteArray m_key;
    QString m_what;
    qint64 m_total = 0;
    qint64 m_cutoff = 0;  // seconds; 0: there was no poll yet
    Part m_before;        // with the poll before
    // Of this poll:
    qint64 m_nextCutoff = 0;
    bool m_missed = false;
    Count m_forever;
    Part m_part, m_partNext;
};

}  // namespace spillway
