// The dead letters of streams: which stream holds them, and what RedisSystem asks besides the polls.
#include <algorithm>

#include "backends/redis/streams/dead.h"
#include "backends/redis/streams/system.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kPollsBetweenSearches = 50;

}  // namespace

// One command for all names, for a few streams in each poll.
void StreamSystem::searchDead(RedisPipeline& pipeline, Stream& stream) {
    StreamFacts& facts = stream.facts;
    if (stream.polls < stream.search_at || m_searchesLeft == 0) return;
    --m_searchesLeft;
    stream.search_at = stream.polls + kPollsBetweenSearches;
    const auto names = deadStreamNames(facts.key);
    pipeline.add(RedisCommand{"EXISTS"} + names, [&pipeline, &facts, names](const RedisReply& reply) {
        if (!reply.isInteger()) return;
        if (reply.integer == 0) return facts.dead_key.clear();
        const auto found = std::make_shared<QByteArray>();
        for (const QByteArray& name : names)
            pipeline.add({"TYPE", name}, [&facts, found, name, last = names.back()](const RedisReply& type) {
                if (found->isEmpty() && type.text == "stream") *found = name;
                if (name == last) facts.dead_key = *found;
            });
    });
}

void StreamSystem::askDead(RedisPipeline& pipeline, Stream& stream) {
    StreamFacts& facts = stream.facts;
    facts.dead = Count::exact(0);
    facts.oldest_dead.reset();
    if (facts.dead_key.isEmpty()) return;
    pipeline.count({"XLEN", facts.dead_key}, facts.dead, u"stream"_s);
    if (facts.huge_entries) return;
    pipeline.add({"XRANGE", facts.dead_key, "-", "+", "COUNT", "1"}, [&facts](const RedisReply& reply) {
        const auto entries = streamEntriesFrom(reply);
        if (!entries.empty()) facts.oldest_dead = deadEntryOf(entries.front()).died_at;
    });
}

// Where several groups read a stream, its dead letters belong to none of them in particular.
std::vector<DeadShelf> StreamSystem::deadShelves(const QStringList& queues) const {
    std::vector<DeadShelf> shelves;
    for (const auto& stream : m_streams)
        if (stream->groups.size() == 1 && !stream->facts.dead_key.isEmpty())
            if (auto shelf = shelfOf(*stream, stream->groups.front());
                queues.isEmpty() || queues.contains(shelf.display))
                shelves.push_back(std::move(shelf));
    return shelves;
}

DeadShelf StreamSystem::shelfOf(const Stream& stream, const StreamGroup& group) {
    constexpr qint64 atOnce = 100;  // whole entries
    return {stream.facts.dead_key, stream.facts.key + '\0' + group.name(), group.display(), atOnce};
}

std::optional<DeadShelf> StreamSystem::actingShelf(const QString& queue) const {
    for (const auto& stream : m_streams)
        for (const StreamGroup& group : stream->groups)
            if (group.display() == queue) return shelfOf(*stream, group);
    return std::nullopt;
}

void StreamSystem::countDead(RedisPipeline& pipeline, const DeadShelf& shelf, const DeadSlice& slice,
                             Count& count) {
    countDeadStream(pipeline, shelf.key, slice, count);
}

void StreamSystem::readDead(RedisPipeline& pipeline, const DeadShelf& shelf, const DeadSlice& slice,
                            DeadEntries& into) {
    readDeadStream(pipeline, shelf.key, slice, into);
}

bool StreamSystem::findDead(RedisPipeline& pipeline, const DeadShelf& shelf, const QByteArray& id,
                            DeadEntries& into) {
    if (!streamIdFrom(id)) return true;
    pipeline.add({"XRANGE", shelf.key, id, id}, [&into, id](const RedisReply& reply) {
        for (const StreamEntry& entry : streamEntriesFrom(reply))
            if (entry.id == id) into.entries.push_back(deadEntryOf(entry));
    });
    return true;
}

void StreamSystem::describeDead(RedisPipeline& pipeline, const DeadShelf& shelf, const DeadEntry& entry,
                                DeadJob& job) {
    describeDeadStream(pipeline, shelf, entry.member, job);
}

void StreamSystem::detailDead(RedisPipeline& pipeline, const DeadShelf& shelf, const DeadEntry& entry,
                              JobDetail& detail) {
    detailDeadStream(pipeline, shelf.key, entry.member, detail);
}

}  // namespace spillway
