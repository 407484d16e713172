// Walks over the dead jobs of several queue systems in the order of their deaths, a batch at a time, by
// merging their shelves. Reads bounded slices and remembers where it is, also from one page to the next.
#pragma once

#include <deque>
#include <functional>
#include <memory>

#include "backends/redis/shared/system.h"

namespace spillway {

// What an inquiry needs of the connection.
struct RedisInquiryLink {
    std::function<Outcome<Done>(RedisPipeline&)> run;  // until the pipeline is dry
    // After run() failed: the command whose answer was too large, if that was the reason and the
    // connection stands again; otherwise an empty one.
    std::function<RedisOversized()> recover;
};

class RedisDeadWalk {
    struct Place;

public:
    struct Found {
        DeadJob job;
        QString mark;  // the place behind this job, for begin()
        DeadEntry entry;
        const DeadShelf* shelf = nullptr;  // as long as the walk lives
        RedisSystem* system = nullptr;
    };

    // `systems` outlive the walk.
    RedisDeadWalk(const RedisSystems& systems, JobFilter filter, bool newestFirst, RedisInquiryLink link);

    // Counts, and goes to `after`: a mark of an earlier walk with the same filter and direction; empty: to
    // the start. Failure of kind usage for anything else. `now` is the server's clock.
    [[nodiscard]] Outcome<Done> begin(ServerTime now, const QString& after);
    // At most `want` jobs further on; of the filter only systems, queues' shelves and times were looked at.
    // May give fewer, also none before the end.
    [[nodiscard]] Outcome<std::vector<Found>> next(std::size_t want);
    [[nodiscard]] bool ended() const;
    // The place behind the last entry that was looked at.
    [[nodiscard]] const QString& mark() const { return m_mark; }
    // Entries on all shelves within the times; a lower bound where a shelf cannot be counted.
    [[nodiscard]] Count counted() const;
    // Why a part cannot be read; empty: all can.
    [[nodiscard]] const QString& problem() const { return m_problem; }
    // Every shelf holds jobs of one queue only, so that counted() is right for a filter by queues.
    [[nodiscard]] bool shelvesNameTheQueue() const;

private:
    struct Place {  // one shelf, and how far it was read
        RedisSystem* system = nullptr;
        QString systemKey;
        DeadShelf shelf;
        DeadSlice slice;
        qint64 most = 0;  // entries in one slice
        Count size;
        DeadEntries read;
        std::deque<DeadEntry> waiting;
        bool asked = false;
        bool ended = false;
        QByteArray position;  // of the last entry given
        qint64 given = 0;     // entries given at that position
    };
    void setBounds(ServerTime now);
    [[nodiscard]] Outcome<Done> count();
    [[nodiscard]] Outcome<Done> find();
    void takeFound(Place& place);
    static void describe(RedisPipeline& pipeline, Found& found);
    [[nodiscard]] Outcome<Done> fill();
    void ask(RedisPipeline& pipeline, Place& place);
    void take(Place& place);
    static void takeTooLarge(Place& place, const RedisOversized& answer);
    [[nodiscard]] bool goTo(const QString& mark);
    [[nodiscard]] bool needsReading() const;
    [[nodiscard]] Place* first();
    DeadEntry give(Place& place);
    [[nodiscard]] QString markOf(const Place& place, ServerTime death) const;

    JobFilter m_filter;
    bool m_newestFirst;
    RedisInquiryLink m_link;
    std::deque<Place> m_places;
    QString m_mark;
    QString m_problem;
};

}  // namespace spillway
