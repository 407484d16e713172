// Where a queue system keeps its dead jobs, one shelf at a time, in the order of their deaths. Values that
// RedisSystem and the walk over all shelves share. Internal to this folder.
#pragma once

#include <QByteArray>
#include <QString>
#include <optional>
#include <vector>

#include "backends/domain/dead_job.h"

namespace spillway {

struct DeadShelf {
    QByteArray key;        // the sorted set, list or stream
    QByteArray queue;      // raw name; empty: jobs of several queues, which only the jobs themselves name
    QString display;       // of the queue; may be empty
    qint64 at_once = 500;  // entries that one read may ask for, by their size
    qsizetype look_ups = 1000;  // ids that may be looked up one by one; for more the shelf is read
};

// A part of a shelf. Bounds are moments of death, inclusive.
struct DeadSlice {
    bool newest_first = false;
    std::optional<ServerTime> from, until;
    // Not empty: go on at this position (DeadEntry::position) in the direction asked for, inclusive; the
    // first `skip` entries there were read before. Without it `skip` counts from the beginning.
    QByteArray at;
    qint64 skip = 0;
    qint64 count = 100;
};

struct DeadEntry {
    QByteArray member;    // job id or payload, as it stands there
    QByteArray position;  // score or stream id, as the server wrote it
    ServerTime died_at;
    QString gap;  // not empty: this entry exists and cannot be read, for this reason
};

// What a read of a shelf came to. `problem` not empty: it could not be read, for this reason.
struct DeadEntries {
    std::vector<DeadEntry> entries;
    QString problem;
    bool too_large = false;  // the answer would have been too large; smaller slices may work
};

}  // namespace spillway
