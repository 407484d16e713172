#include "backends/redis/acting/actor.h"
#include "backends/domain/human_text.h"
#include "backends/redis/shared/server_info.h"
#include "backends/redis/streams/claims.h"
#include "backends/redis/streams/dead.h"
#include "backends/redis/streams/fields.h"
#include "backends/redis/streams/kind.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr qint64 kMostReleases = 10'000;
constexpr qint64 kLettersRead = 200;
// Longer than any rule by which consumers take old claims over.
const QByteArray kDueIdle_ms = QByteArray::number(86'400'000);

QByteArray sourceOf(const DeadShelf& shelf) {
    return shelf.queue.left(shelf.queue.indexOf('\0'));
}
QByteArray groupOf(const DeadShelf& shelf) {
    return shelf.queue.mid(shelf.queue.indexOf('\0') + 1);
}

// The server's clock, as soon as it has answered.
std::shared_ptr<qint64> askMillis(RedisPipeline& pipeline) {
    const auto millis = std::make_shared<qint64>(0);
    pipeline.add({"TIME"}, [millis](const RedisReply& reply) {
        if (const auto now = serverTimeFromReply(reply))
            *millis = std::chrono::duration_cast<std::chrono::milliseconds>(now->time_since_epoch()).count();
    });
    return millis;
}

class StreamActor final : public RedisActor {
public:
    [[nodiscard]] QByteArray room() const override { return "redis_stream"; }
    [[nodiscard]] QString gapAt(ActionKind kind, const ActingPlace& place) const override;
    [[nodiscard]] QString gap(ActionKind kind) const override {
        if (kind != ActionKind::undo) return {};
        return u"an entry that was put back is a new one, with a new id at the end of the stream, and its "
               "group may have read it already; where it must not run, delete it there with XDEL before a "
               "consumer reads it"_s;
    }
    [[nodiscard]] QString lostGap() const override {
        return u"an entry that a consumer has read stays in the stream, and pending until it is "
               "acknowledged: none is lost with its process (what XGROUP DELCONSUMER dropped, XCLAIM with "
               "FORCE makes pending again)"_s;
    }
    [[nodiscard]] bool knowsOnlyAge() const override { return true; }
    [[nodiscard]] std::vector<RedisCommand> writes(ActionKind, const QByteArray&) const override {
        return {};
    }
    [[nodiscard]] std::vector<RedisCommand> writesAt(ActionKind kind, const DeadShelf& shelf) const override;
    [[nodiscard]] QByteArray keyStart(const DeadShelf& shelf) const override { return sourceOf(shelf); }
    void learn(RedisPipeline& pipeline, ActingPlace& place) const override;
    void findReleases(RedisPipeline&, const ActingPlace&, qint64 most, ServerTime now,
                      ReleaseCandidates&) const override;
    void prepare(RedisPipeline&, ActionKind, const ActingPlace&, const PlannedJob&, ServerTime now,
                 PreparedJob&) const override;
    void ending(RedisPipeline&, const ActingPlace&, const PlannedJob&, EndingProbe&) override;
    void standing(RedisPipeline&, ActionKind, const ActingPlace&, const PlannedJob&,
                  Standing&) const override;
};

QString StreamActor::gapAt(ActionKind kind, const ActingPlace& place) const {
    if (kind != ActionKind::replay) return {};
    if (place.shelf.key.isEmpty())
        return u"Redis Streams keep no dead letters of their own, and no stream named like <stream>:dlq, "
               ":dead or :failed was found; what the application writes elsewhere only the application can "
               "put back"_s;
    if (place.readers > 1)
        return u"%1 groups read this stream and all would get what is put back; let the application put it "
               "back for the one"_s.arg(place.readers);
    return {};
}

std::vector<RedisCommand> StreamActor::writesAt(ActionKind kind, const DeadShelf& shelf) const {
    const QByteArray source = sourceOf(shelf);
    if (kind == ActionKind::release)
        return {{"XPENDING", source, "x", "-", "+", "1"},
                {"XRANGE", source, "-", "+", "COUNT", "1"},
                {"XCLAIM", source, "x", "x", "0", "1-1", "JUSTID"}};
    return {{"XINFO", "GROUPS", source},
            {"XRANGE", shelf.key, "-", "+", "COUNT", "1"},
            {"XADD", source, "*", "f", ""},
            {"XDEL", shelf.key, "1-1"}};
}

void StreamActor::learn(RedisPipeline& pipeline, ActingPlace& place) const {
    pipeline.add({"XINFO", "GROUPS", sourceOf(place.shelf)}, [&place](const RedisReply& reply) {
        if (reply.isArray()) place.readers = static_cast<int>(reply.items.size());
    });
}

// The moment of delivery is the version: it and the count change with every delivery and renewal.
void StreamActor::findReleases(RedisPipeline& pipeline, const ActingPlace& place, qint64 most, ServerTime,
                               ReleaseCandidates& found) const {
    const qint64 limit = std::min(most, kMostReleases);
    const QByteArray idle = QByteArray::number(qint64(StreamClaims::kWeaklyStuck_s * 1000));
    const RedisCommand command{"XPENDING", sourceOf(place.shelf),    groupOf(place.shelf), "IDLE", idle, "-",
                               "+",        QByteArray::number(limit)};
    const auto now = askMillis(pipeline);
    pipeline.add(command, [&found, command, now, limit](const RedisReply& reply) {
        if (!reply.isArray()) found.problem = reasonFromReply(reply, command, u"stream"_s);
        for (const PendingEntry& entry : pendingEntriesFrom(reply)) {
            const qint64 at = *now - static_cast<qint64>(entry.idle_s * 1000 + 0.5);
            const QString version =
                u"%1|%2|%3"_s.arg(entry.deliveries).arg(at).arg(QString::fromLatin1(entry.consumer.toHex()));
            found.jobs.push_back(
                {QString::fromLatin1(entry.id), version, {}, {}, serverTimeFromMillis(at), {}, false});
        }
        found.claimed = static_cast<qint64>(found.jobs.size());
        if (found.claimed >= limit) found.warnings << u"there are more: plan again for the rest"_s;
        if (!found.jobs.empty())
            found.warnings
                << u"Redis knows no end of a claim: these were delivered 10 min ago or longer. They "
                   "become due for consumers that look for old claims (XAUTOCLAIM, XCLAIM); "
                   "consumers that only read new entries will not take them"_s;
    });
}

void StreamActor::prepare(RedisPipeline&, ActionKind kind, const ActingPlace& place, const PlannedJob& job,
                          ServerTime, PreparedJob& into) const {
    const QByteArray source = sourceOf(place.shelf), group = groupOf(place.shelf), id = job.id.toLatin1();
    if (kind != ActionKind::release) {
        into.keys = {place.shelf.key, source};
        into.arguments = {id, group};
        return;
    }
    const auto seen = job.version.toLatin1().split('|');
    into.keys = {source};
    into.arguments = {group,         id,         QByteArray::fromHex(seen.value(2)), seen.value(0),
                      seen.value(1), kDueIdle_ms};
}

// What is put back has a new id. Acknowledged means completed, unless it came back to the dead letters.
void StreamActor::ending(RedisPipeline& pipeline, const ActingPlace& place, const PlannedJob&,
                         EndingProbe& probe) {
    const QByteArray id = probe.token.toLatin1();
    const auto own = streamIdFrom(id);
    if (!own) return;  // put back by another process: it cannot be followed
    const QByteArray source = sourceOf(place.shelf), group = groupOf(place.shelf);
    const auto entry = std::make_shared<StreamEntry>();
    entry->id = id;
    pipeline.add({"XRANGE", source, id, id}, [entry](const RedisReply& reply) {
        const auto found = streamEntriesFrom(reply);
        if (!found.empty()) *entry = found.front();
    });
    const auto delivered = std::make_shared<bool>(false);
    pipeline.add({"XINFO", "GROUPS", source}, [delivered, group, own](const RedisReply& reply) {
        for (const StreamGroupInfo& info : streamGroupsFrom(reply))
            if (info.name == group) *delivered = info.last_delivered >= *own;
    });
    // Read after it was delivered: what is not pending then was acknowledged.
    pipeline.add({"XPENDING", source, group, id, id, "1"}, [&pipeline, &place, &probe, entry,
                                                            delivered](const RedisReply& reply) {
        if (!reply.isArray() || !*delivered) return;
        if (!reply.items.empty()) {
            probe.ending.end = JobEnd::running;
            return;
        }
        pipeline.add({"XRANGE", place.shelf.key, entry->id, "+", "COUNT", QByteArray::number(kLettersRead)},
                     [&pipeline, &place, &probe, entry](const RedisReply& letters) {
                         if (!letters.isArray()) return;
                         probe.ending.end = JobEnd::completed;
                         for (const StreamEntry& letter : streamEntriesFrom(letters))
                             if (isDeathOf(letter, *entry)) {
                                 probe.ending.end = JobEnd::died;
                                 return describeDeadStream(pipeline, place.shelf, letter.id, probe.dead);
                             }
                     });
    });
}

void StreamActor::standing(RedisPipeline& pipeline, ActionKind kind, const ActingPlace& place,
                           const PlannedJob& job, Standing& into) const {
    const QByteArray id = job.id.toLatin1();
    if (kind != ActionKind::release) {
        pipeline.add({"XRANGE", place.shelf.key, id, id}, [&into](const RedisReply& reply) {
            if (!reply.isArray()) return;
            into.as_planned = !reply.items.empty();
            into.outcome = RowOutcome::moved;
        });
        return;
    }
    const auto seen = job.version.toLatin1().split('|');
    const auto now = askMillis(pipeline);
    const RedisCommand ask{"XPENDING", sourceOf(place.shelf), groupOf(place.shelf), id, id, "1"};
    pipeline.add(ask, [&into, now, seen](const RedisReply& reply) {
        if (!reply.isArray()) return;
        into.outcome = RowOutcome::moved;
        for (const PendingEntry& entry : pendingEntriesFrom(reply)) {
            const double at = double(*now) - entry.idle_s * 1000;
            into.as_planned = QByteArray::number(entry.deliveries) == seen.value(0) &&
                              entry.consumer == QByteArray::fromHex(seen.value(2)) &&
                              std::abs(at - seen.value(1).toDouble()) < 3000;
        }
    });
}

}  // namespace

std::unique_ptr<RedisActor> makeStreamActor() {
    return std::make_unique<StreamActor>();
}

}  // namespace spillway
