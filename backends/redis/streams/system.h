// All consumer groups of the streams in one database. A stream without a group is no queue: nobody can lag
// behind. Streams have no names in common, so they are found only by the slow scan of the keyspace.
#pragma once

#include <deque>
#include <memory>

#include "backends/redis/shared/display_names.h"
#include "backends/redis/shared/system.h"
#include "backends/redis/streams/group.h"

namespace spillway {

class StreamSystem final : public RedisSystem {
public:
    // `prefix`: only streams under it are looked for; empty: all.
    explicit StreamSystem(QByteArray prefix = {}) : m_prefix(std::move(prefix)) {}

    [[nodiscard]] DetectedSystem detected() const override;
    [[nodiscard]] QList<QByteArray> keyPatterns() const override;
    void startPoll(RedisPipeline& pipeline, ServerTime now) override;
    [[nodiscard]] SystemReading finishPoll(ServerTime now) override;
    // A stream that has groups; read from the next poll on.
    void add(const QByteArray& key);
    [[nodiscard]] bool knows(const QByteArray& key) const;

    [[nodiscard]] std::vector<DeadShelf> deadShelves(const QStringList& queues) const override;
    [[nodiscard]] std::optional<DeadShelf> actingShelf(const QString& queue) const override;
    void countDead(RedisPipeline&, const DeadShelf&, const DeadSlice&, Count&) override;
    void readDead(RedisPipeline&, const DeadShelf&, const DeadSlice&, DeadEntries&) override;
    bool findDead(RedisPipeline&, const DeadShelf&, const QByteArray& id, DeadEntries&) override;
    void describeDead(RedisPipeline&, const DeadShelf&, const DeadEntry&, DeadJob&) override;
    void detailDead(RedisPipeline&, const DeadShelf&, const DeadEntry&, JobDetail&) override;

    static constexpr std::size_t kMaxStreams = 1000;
    static constexpr std::size_t kMaxGroups = 2000;

private:
    struct Stream {
        StreamFacts facts;
        std::deque<StreamGroup> groups;
        int polls = 0;
        int search_at = 0;  // the poll in which its dead-letter stream is looked for next
        std::optional<qint64> bytes;
        QString problem;
        bool gone = false;
    };
    void startStream(RedisPipeline& pipeline, Stream& stream);
    void searchDead(RedisPipeline& pipeline, Stream& stream);
    static void askDead(RedisPipeline& pipeline, Stream& stream);
    [[nodiscard]] static DeadShelf shelfOf(const Stream& stream, const StreamGroup& group);
    void takeGroups(RedisPipeline& pipeline, Stream& stream, const RedisReply& reply);
    [[nodiscard]] StreamGroup* groupNamed(Stream& stream, const QByteArray& name);
    void dropGone();
    void fillWorkers(SystemReading& reading) const;
    void fillLeases(SystemReading& reading) const;
    [[nodiscard]] SystemIdentity identity() const;

    QByteArray m_prefix;
    std::deque<std::unique_ptr<Stream>> m_streams;  // groups refer to the facts of theirs
    DisplayNames m_names;
    Capabilities m_capabilities;
    std::size_t m_groups = 0;
    QSet<QByteArray> m_notRead;  // streams beyond kMaxStreams
    // Of this poll:
    qint64 m_leaseBudget = 0;
    int m_searchesLeft = 0;
    qint64 m_groupsNotShown = 0;
    QString m_gap;  // why groups of a stream cannot be read
};

}  // namespace spillway
