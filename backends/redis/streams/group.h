// One consumer group of one stream: what Spillway calls a queue here, "<stream>/<group>". Waiting are the
// entries behind the last delivered one, running those delivered and not acknowledged.
#pragma once

#include "backends/redis/streams/claims.h"
#include "backends/redis/streams/losses.h"
#include "backends/redis/streams/pending.h"
#include "backends/redis/wire/pipeline.h"

namespace spillway {

// What the groups of one stream share.
struct StreamFacts {
    QByteArray key;
    Count length;
    bool huge_entries = false;  // on average: they are not read
    QByteArray dead_key;        // its dead-letter stream, by its name; empty: none was found
    Count dead;                 // entries in it
    std::optional<ServerTime> oldest_dead;
    bool shared = false;  // several groups read it
};

class StreamGroup {
public:
    // `stream` outlives the group.
    StreamGroup(const StreamFacts& stream, QByteArray name, QString display)
        : m_stream(stream), m_name(std::move(name)), m_display(std::move(display)) {}

    // After XINFO GROUPS: asks what follows from it. `leases`: pending entries to read.
    void take(RedisPipeline& pipeline, const StreamGroupInfo& info, qint64 leases);
    [[nodiscard]] QueueReading finishPoll(ServerTime now);
    // Valid after finishPoll().
    [[nodiscard]] const StreamClaims& claims() const { return m_claims; }
    [[nodiscard]] std::vector<Condition> conditions() const;
    [[nodiscard]] const std::vector<StreamConsumer>& consumers() const { return m_consumers; }
    // How long a consumer that lives may be silent.
    [[nodiscard]] double silenceAllowed_s(const StreamConsumer& consumer) const;
    [[nodiscard]] const QString& consumersGap() const { return m_consumersGap; }
    [[nodiscard]] const QString& pendingGap() const { return m_pendingGap; }
    [[nodiscard]] bool isDrained() const { return ready().valueOr(1) == 0; }
    [[nodiscard]] qint64 pending() const { return m_info.pending; }
    [[nodiscard]] const QByteArray& name() const { return m_name; }
    [[nodiscard]] const QString& display() const { return m_display; }
    bool listed = true;  // by XINFO GROUPS in this poll

    static constexpr qint64 kCountAtMost = 100;  // entries read where the lag is not known

private:
    void askWaiting(RedisPipeline& pipeline);
    void askStream(RedisPipeline& pipeline);
    void takeStream(RedisPipeline& pipeline, const StreamInfo& stream);
    void takeWaiting(const RedisReply& reply, const RedisCommand& command, qint64 wanted);
    [[nodiscard]] Count ready() const;
    [[nodiscard]] Count beyondTheTrim() const;
    [[nodiscard]] Measured<ServerTime> oldest(const Count& ready, ServerTime now) const;
    void fillDead(QueueReading& reading) const;
    void fillFlow(FlowTotals& flow) const;
    void fillClaims(ClaimsReading& claims, ServerTime now);

    const StreamFacts& m_stream;
    QByteArray m_name;
    QString m_display;
    StreamClaims m_claims;
    StreamPending m_pending;
    StreamLosses m_losses;
    std::optional<ServerTime> m_since;    // the first poll
    std::optional<qint64> m_readAtFirst;  // entries-read then
    double m_watched_s = 0;               // since then
    // Of this poll:
    StreamGroupInfo m_info;
    std::vector<StreamConsumer> m_consumers;
    std::optional<ServerTime> m_consumersAt;  // right after they were read
    std::vector<PendingEntry> m_pendingEntries;
    QString m_consumersGap, m_pendingGap, m_waitingGap;
    std::optional<qint64> m_added;    // to the stream, ever
    std::optional<qint64> m_counted;  // waiting entries that were read
    std::optional<qint64> m_waiting;  // by the position of the group alone
    bool m_lagBlurred = false;        // the server counts entries as waiting that were trimmed away
    // From poll to poll:
    qint64 m_surplus = 0;             // how many of them, when the position of the group last told
    std::optional<StreamId> m_first;  // of them
};

}  // namespace spillway
