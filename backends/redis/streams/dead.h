// Dead-letter streams. Redis knows none: an application that gives an entry up writes it to another stream
// and acknowledges it. Such a stream is found by its name, "<source>:dlq" and the like. One read of it at a
// time.
#pragma once

#include "backends/redis/shared/dead_shelf.h"
#include "backends/redis/wire/pipeline.h"

namespace spillway {

// The names under which the dead letters of this stream are looked for.
[[nodiscard]] QList<QByteArray> deadStreamNames(const QByteArray& source);

// One entry: "field", "value" in turn.
struct StreamEntry {
    QByteArray id;
    QList<QByteArray> fields;
    // Of the last field with one of these names; a letter that died twice carries its errors one after
    // another.
    [[nodiscard]] QByteArray lastOf(const QByteArrayList& names) const;
};
[[nodiscard]] std::vector<StreamEntry> streamEntriesFrom(const RedisReply& range);
[[nodiscard]] DeadEntry deadEntryOf(const StreamEntry& entry);  // died when it was added

// The application moved this new entry of the source to the dead letters: it names its id, or holds all
// fields.
[[nodiscard]] bool isDeathOf(const StreamEntry& letter, const StreamEntry& entry);

void countDeadStream(RedisPipeline& pipeline, const QByteArray& key, const DeadSlice& slice, Count& count);
void readDeadStream(RedisPipeline& pipeline, const QByteArray& key, const DeadSlice& slice,
                    DeadEntries& into);
void describeDeadStream(RedisPipeline& pipeline, const DeadShelf& shelf, const QByteArray& id, DeadJob& job);
void detailDeadStream(RedisPipeline& pipeline, const QByteArray& key, const QByteArray& id,
                      JobDetail& detail);

}  // namespace spillway
