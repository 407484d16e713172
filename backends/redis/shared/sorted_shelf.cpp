#include "backends/redis/shared/sorted_shelf.h"

#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

struct Bounds {
    QByteArray low, high;
};

Bounds boundsOf(const DeadSlice& slice, const ShelfScale& scale) {
    return {slice.from ? scale.scoreOf(*slice.from) : "-inf",
            slice.until ? scale.scoreOf(*slice.until) : "+inf"};
}

}  // namespace

ServerTime ShelfScale::timeOf(const QByteArray& score) const {
    return serverTimeFromSeconds(score.toDouble() / perSecond - offset_s);
}

QByteArray ShelfScale::scoreOf(ServerTime time) const {
    const double seconds = std::chrono::duration<double>(time.time_since_epoch()).count();
    return QByteArray::number((seconds + offset_s) * perSecond, 'f', 6);
}

void countSortedShelf(RedisPipeline& pipeline, const QByteArray& key, const DeadSlice& slice,
                      const ShelfScale& scale, Count& count) {
    const Bounds bounds = boundsOf(slice, scale);
    pipeline.count({"ZCOUNT", key, bounds.low, bounds.high}, count, u"sorted set"_s);
}

void readSortedShelf(RedisPipeline& pipeline, const QByteArray& key, const DeadSlice& slice,
                     const ShelfScale& scale, DeadEntries& into) {
    Bounds bounds = boundsOf(slice, scale);
    if (!slice.at.isEmpty()) (slice.newest_first ? bounds.high : bounds.low) = slice.at;
    const RedisCommand command{slice.newest_first ? "ZREVRANGEBYSCORE" : "ZRANGEBYSCORE",
                               key,
                               slice.newest_first ? bounds.high : bounds.low,
                               slice.newest_first ? bounds.low : bounds.high,
                               "WITHSCORES",
                               "LIMIT",
                               QByteArray::number(slice.skip),
                               QByteArray::number(slice.count)};
    pipeline.add(command, [command, scale, &into](const RedisReply& reply) {
        into.too_large = reply.errorCode() == "TOOLARGE";
        if (!reply.isArray()) {
            if (!into.too_large) into.problem = reasonFromReply(reply, command, u"sorted set"_s);
            return;
        }
        for (std::size_t i = 0; i + 1 < reply.items.size(); i += 2) {
            const QByteArray& score = reply.items[i + 1].text;
            into.entries.push_back({reply.items[i].text, score, scale.timeOf(score), {}});
        }
    });
}

void findOnSortedShelf(RedisPipeline& pipeline, const QByteArray& key, const QByteArray& member,
                       const ShelfScale& scale, DeadEntries& into) {
    const RedisCommand command{"ZSCORE", key, member};
    pipeline.add(command, [command, member, scale, &into](const RedisReply& reply) {
        if (reply.isError()) into.problem = reasonFromReply(reply, command, u"sorted set"_s);
        if (reply.isText()) into.entries.push_back({member, reply.text, scale.timeOf(reply.text), {}});
    });
}

}  // namespace spillway
