// What leaves a group without being done: waiting entries that XGROUP SETID passes over, and pending ones
// that XGROUP DELCONSUMER drops together with their consumer. The server counts neither; both would look like
// drain.
#pragma once

#include <deque>
#include <map>

#include "backends/domain/condition.h"
#include "backends/redis/streams/fields.h"

namespace spillway {

class StreamLosses {
public:
    struct Seen {
        const std::vector<StreamConsumer>* consumers = nullptr;  // nullptr: they cannot be read
        std::optional<ServerTime> consumers_at;                  // the server's clock right after
        const std::vector<PendingEntry>& pending;                // the oldest ones
    };
    // Whether consumers_at is needed: the group has moved since the poll before.
    [[nodiscard]] bool hasMoved(const StreamGroupInfo& info) const {
        return m_at && info.last_delivered > m_info.last_delivered;
    }
    // With each poll; `now`: the server's clock at its begin.
    void take(const StreamGroupInfo& info, const Seen& seen, ServerTime now);
    // Since the first poll: counted as read by the server, and never delivered.
    [[nodiscard]] qint64 skipped() const { return m_skipped; }
    // Delivered, and neither pending nor known to be done.
    [[nodiscard]] qint64 dropped() const { return m_dropped; }
    // This poll may have taken for a loss what was done.
    [[nodiscard]] bool guessed() const { return m_guessed; }
    // The consumers that took entries with them in the last hour.
    void addConditions(const QString& display, std::vector<Condition>& into) const;

    static constexpr double kAbandoned_s = 30;  // pending for that long: it was not just being finished

private:
    struct Lost {
        QByteArray consumer;
        qint64 entries = 0;
        QByteArray first;
        ServerTime at;
    };
    void findSkipped(const StreamGroupInfo& info, const Seen& seen);
    [[nodiscard]] bool nobodyRead(const Seen& seen) const;
    void findDropped(const StreamGroupInfo& info, const std::vector<StreamConsumer>& consumers,
                     ServerTime now);
    void note(const QByteArray& consumer, qint64 dropped, ServerTime now);

    // Of the poll before:
    std::optional<ServerTime> m_at;
    StreamGroupInfo m_info;
    std::map<QByteArray, qint64> m_pendingOf;  // by consumer
    std::vector<PendingEntry> m_entries;
    // From poll to poll:
    std::optional<qint64> m_read;  // as last known
    bool m_moved = false;          // the group was moved on, and what it has read is not known since
    qint64 m_skipped = 0, m_dropped = 0;
    bool m_guessed = false;
    std::deque<Lost> m_lost;
};

// How long a consumer that lives may be silent, where a group of so many has read so much in that time.
[[nodiscard]] double streamSilenceAllowed_s(qint64 read, double watched_s, std::size_t consumers,
                                            bool holdsEntries);

}  // namespace spillway
