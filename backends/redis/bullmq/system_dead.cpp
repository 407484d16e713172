// The dead letters of BullMQ: what RedisSystem asks besides the polls.
#include "backends/redis/bullmq/dead.h"
#include "backends/redis/bullmq/system.h"

namespace spillway {
namespace {

QByteArray baseOf(const DeadShelf& shelf) {
    return shelf.key.chopped(6);  // "failed"
}

}  // namespace

std::vector<DeadShelf> BullmqSystem::deadShelves(const QStringList& queues) const {
    std::vector<DeadShelf> shelves;
    for (const BullmqQueue& queue : m_queues)
        if (queue.exists() && (queues.isEmpty() || queues.contains(queue.display())))
            shelves.push_back({m_prefix + ':' + queue.name() + ":failed", queue.name(), queue.display()});
    return shelves;
}

void BullmqSystem::countDead(RedisPipeline& pipeline, const DeadShelf& shelf, const DeadSlice& slice,
                             Count& count) {
    countSortedShelf(pipeline, shelf.key, slice, kBullmqScale, count);
}

void BullmqSystem::readDead(RedisPipeline& pipeline, const DeadShelf& shelf, const DeadSlice& slice,
                            DeadEntries& into) {
    readSortedShelf(pipeline, shelf.key, slice, kBullmqScale, into);
}

bool BullmqSystem::findDead(RedisPipeline& pipeline, const DeadShelf& shelf, const QByteArray& id,
                            DeadEntries& into) {
    findOnSortedShelf(pipeline, shelf.key, id, kBullmqScale, into);
    return true;
}

void BullmqSystem::describeDead(RedisPipeline& pipeline, const DeadShelf& shelf, const DeadEntry& entry,
                                DeadJob& job) {
    describeBullmqDead(pipeline, baseOf(shelf), shelf.display, entry, job);
}

void BullmqSystem::detailDead(RedisPipeline& pipeline, const DeadShelf& shelf, const DeadEntry& entry,
                              JobDetail& detail) {
    detailBullmqDead(pipeline, baseOf(shelf), entry, detail);
}

}  // namespace spillway
