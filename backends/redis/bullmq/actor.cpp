#include <QVersionNumber>

#include "backends/domain/human_text.h"
#include "backends/redis/acting/actor.h"
#include "backends/redis/bullmq/kind.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr const char* kStallsAllowed = "1";  // BullMQ's default; workers do not publish theirs

QByteArray baseOf(const ActingPlace& place) {
    return place.shelf.key.chopped(6);  // "failed"
}

QByteArray part(const QByteArray& version, int index) {
    return version.split('|').value(index);
}

// Of a replay's version (dead.h): "score|atm|ats", all that plans of before know of a job.
QByteArray withoutParent(const QByteArray& version) {
    return version.split('|').mid(0, 3).join('|');
}

class BullmqActor final : public RedisActor {
public:
    [[nodiscard]] QByteArray room() const override { return "bullmq"; }
    [[nodiscard]] QString lostGap() const override {
        return u"BullMQ keeps a job in its list of active ones while it runs: none is lost with its "
               "process, and other workers take it back as stalled when its lock has run out"_s;
    }
    [[nodiscard]] QByteArray keyStart(const DeadShelf& shelf) const override {
        return shelf.key.chopped(6 + shelf.queue.size() + 1);
    }
    [[nodiscard]] std::vector<RedisCommand> writes(ActionKind kind, const QByteArray& start) const override;
    void learn(RedisPipeline& pipeline, ActingPlace& place) const override;
    void findReleases(RedisPipeline&, const ActingPlace&, qint64 most, ServerTime now,
                      ReleaseCandidates&) const override;
    [[nodiscard]] std::optional<BatchHead> batchHead(ActionKind, const ActingPlace&) const override;
    void prepare(RedisPipeline&, ActionKind, const ActingPlace&, const PlannedJob&, ServerTime now,
                 PreparedJob&) const override;
    void ending(RedisPipeline&, const ActingPlace&, const PlannedJob&, EndingProbe&) override;
    void standing(RedisPipeline&, ActionKind, const ActingPlace&, const PlannedJob&,
                  Standing&) const override;

private:
    static void prepareUndo(RedisPipeline&, const QByteArray& base, const PlannedJob&, PreparedJob&);
    static void undoStanding(RedisPipeline&, const QByteArray& base, const PlannedJob&, Standing&);
};

std::vector<RedisCommand> BullmqActor::writes(ActionKind kind, const QByteArray& start) const {
    const QByteArray key = start + "x:";
    std::vector<RedisCommand> all{{"ZADD", key + "marker", "0", "0"},
                                  {"XADD", key + "events", "*", "event", "waiting"},
                                  {"HSET", key + "1", "stc", "1"}};
    if (kind == ActionKind::release)
        all.insert(all.end(), {{"RPUSH", key + "wait", "1"},
                               {"HINCRBY", key + "1", "stc", "1"},
                               {"SREM", key + "stalled", "1"},
                               {"LREM", key + "active", "1", "1"},
                               {"LPOS", key + "active", "1"}});
    else if (kind == ActionKind::undo)
        all.insert(all.end(), {{"ZADD", key + "failed", "0", "1"},
                               {"LPOS", key + "wait", "1"},
                               {"LREM", key + "wait", "1", "1"},
                               {"ZREM", key + "prioritized", "1"}});
    else
        all.insert(all.end(), {{"LPUSH", key + "wait", "1"},
                               {"RPUSH", key + "wait", "1"},
                               {"INCR", key + "pc"},
                               {"ZREM", key + "failed", "1"},
                               {"HDEL", key + "1", "finishedOn"},
                               {"SADD", key + "1:dependencies", "1"}});
    return all;
}

void BullmqActor::learn(RedisPipeline& pipeline, ActingPlace& place) const {
    pipeline.add({"HGET", baseOf(place) + "meta", "version"}, [&place](const RedisReply& reply) {
        const QString version = QString::fromUtf8(reply.text).section(u':', 1);
        place.major = QVersionNumber::fromString(version).majorVersion();
        if (place.major < 5)
            place.gap =
                u"BullMQ before version 5 keeps its queues in another way; retry these jobs with its "
                "own tools, or update the library"_s;
    });
}

void BullmqActor::findReleases(RedisPipeline& pipeline, const ActingPlace& place, qint64 most, ServerTime,
                               ReleaseCandidates& found) const {
    const QByteArray base = baseOf(place);
    const RedisCommand command{"LRANGE", base + "active", QByteArray::number(-most), "-1"};
    pipeline.add(command, [&pipeline, &found, command, base](const RedisReply& reply) {
        if (!reply.isArray()) found.problem = reasonFromReply(reply, command, u"list"_s);
        found.claimed = static_cast<qint64>(reply.items.size());
        for (auto each = reply.items.rbegin(); each != reply.items.rend(); ++each) {
            const QByteArray id = each->text, key = base + id;
            const auto locked = std::make_shared<bool>(true);
            pipeline.add({"EXISTS", key + ":lock"}, [locked](const RedisReply& lock) {
                *locked = !lock.isInteger() || lock.integer != 0;
            });
            pipeline.add({"HMGET", key, "processedOn", "ats", "stc", "name"}, [&found, id, locked](
                                                                                  const RedisReply& fields) {
                if (*locked || fields.items.size() != 4 || fields.items[0].text.isEmpty()) return;
                PlannedJob job;
                job.id = QString::fromUtf8(id);
                job.version = QString::fromLatin1(fields.items[0].text + '|' + fields.items[1].text + '|' +
                                                  fields.items[2].text);
                job.kind = visibleText(fields.items[3].text);
                job.at = timeFromMillis(fields.items[0]);
                const qint64 stalls = integerFrom(fields.items[2]).value_or(0);
                if (stalls >= 1 && found.warnings.isEmpty())
                    found.warnings << u"some of these jobs stalled before: with BullMQ's default "
                                      "limit of one stall the next worker fails them without "
                                      "running them, as its own check would have it"_s;
                if (job.id.toUtf8() == id) found.jobs.push_back(std::move(job));
            });
        }
    });
}

std::optional<BatchHead> BullmqActor::batchHead(ActionKind kind, const ActingPlace& place) const {
    if (kind != ActionKind::replay) return std::nullopt;
    BatchHead head{{}, {QByteArray::number(place.major)}};
    for (const char* key :
         {"failed", "wait", "paused", "active", "prioritized", "pc", "marker", "meta", "events"})
        head.keys << baseOf(place) + key;
    return head;
}

void BullmqActor::prepare(RedisPipeline& pipeline, ActionKind kind, const ActingPlace& place,
                          const PlannedJob& job, ServerTime, PreparedJob& into) const {
    const QByteArray base = baseOf(place), id = job.id.toUtf8(), key = base + id;
    const QByteArray version = job.version.toUtf8();
    const QByteArray major = QByteArray::number(place.major);
    if (kind == ActionKind::release) {
        pipeline.add({"HGET", key, "rjk"}, [=, &into](const RedisReply& reply) {
            const QByteArray& scheduler = reply.text;
            into.keys = {key,
                         key + ":lock",
                         base + "active",
                         base + "wait",
                         base + "paused",
                         base + "marker",
                         base + "meta",
                         base + "events",
                         base + "stalled",
                         base + "repeat",
                         base + "repeat:" + scheduler};
            into.arguments = {id,    part(version, 0), part(version, 1), part(version, 2), scheduler,
                              major, kStallsAllowed};
        });
        return;
    }
    if (kind == ActionKind::undo) return prepareUndo(pipeline, base, job, into);
    const QByteArray parent = QByteArray::fromPercentEncoding(part(version, 3));
    into.keys = {key, key + ":lock"};
    into.arguments = {withoutParent(version) + '|' + parent};
    if (!parent.isEmpty())
        into.shared_keys = {parent, parent + ":unsuccessful", parent + ":failed", parent + ":dependencies"};
}

// The version is that of the replay's plan and behind a line end "finishedOn|processedOn|failedReason".
void BullmqActor::prepareUndo(RedisPipeline& pipeline, const QByteArray& base, const PlannedJob& job,
                              PreparedJob& into) {
    const QByteArray id = job.id.toUtf8(), key = base + id, version = job.version.toUtf8();
    const QByteArray seen = version.left(version.indexOf('\n'));
    const QByteArray before = version.mid(version.indexOf('\n') + 1);
    const auto reason = before.indexOf('|', before.indexOf('|') + 1) + 1;
    pipeline.add({"HGET", key, "parentKey"}, [=, &into](const RedisReply& reply) {
        into.keys = {key,           base + "failed", base + "wait", base + "paused", base + "prioritized",
                     base + "meta", base + "events", key + ":lock"};
        if (!reply.text.isEmpty()) into.keys << reply.text;
        into.arguments = {id,
                          part(seen, 0),
                          part(seen, 1),
                          part(seen, 2),
                          part(before, 0),
                          part(before, 1),
                          before.mid(reason)};
    });
}

// As a replay left it: waiting, with the attempts that its plan saw.
void BullmqActor::undoStanding(RedisPipeline& pipeline, const QByteArray& base, const PlannedJob& job,
                               Standing& into) {
    const QByteArray id = job.id.toUtf8(), key = base + id, version = job.version.toUtf8();
    const QByteArray seen = version.left(version.indexOf('\n'));
    into.outcome = RowOutcome::gone;
    pipeline.add({"HMGET", key, "atm", "ats", "processedOn", "timestamp"},
                 [=, &into](const RedisReply& reply) {
                     if (reply.items.size() != 4 || reply.items[3].isNil()) return;
                     into.outcome = RowOutcome::changed;
                     into.as_planned = reply.items[2].isNil() && reply.items[0].text == part(seen, 1) &&
                                       reply.items[1].text == part(seen, 2);
                 });
    pipeline.add({"ZSCORE", base + "failed", id}, [=, &into](const RedisReply& reply) {
        if (!reply.isText()) return;
        into.as_planned = false;
        into.outcome = reply.text == part(seen, 0) ? RowOutcome::moved : RowOutcome::changed;
    });
}

void BullmqActor::ending(RedisPipeline& pipeline, const ActingPlace& place, const PlannedJob& job,
                         EndingProbe& probe) {
    const QByteArray base = baseOf(place), id = job.id.toUtf8(), key = base + id;
    pipeline.add({"EXISTS", key + ":lock"}, [&probe](const RedisReply& reply) {
        if (reply.isInteger() && reply.integer == 1) probe.ending.end = JobEnd::running;
    });
    pipeline.add({"EXISTS", key}, [&probe](const RedisReply& reply) {
        if (reply.isInteger() && reply.integer == 0) probe.ending.end = JobEnd::vanished;
    });
    pipeline.add({"ZSCORE", base + "completed", id}, [&probe](const RedisReply& reply) {
        if (reply.isText()) probe.ending.end = JobEnd::completed;
    });
    pipeline.add({"ZSCORE", base + "failed", id}, [&pipeline, &place, &probe, id](const RedisReply& reply) {
        if (!reply.isText()) return;
        probe.ending.end = JobEnd::died;
        place.system->describeDead(pipeline, place.shelf, {id, reply.text, {}, {}}, probe.dead);
    });
}

void BullmqActor::standing(RedisPipeline& pipeline, ActionKind kind, const ActingPlace& place,
                           const PlannedJob& job, Standing& into) const {
    const QByteArray base = baseOf(place), id = job.id.toUtf8(), key = base + id;
    const QByteArray version = job.version.toUtf8();
    if (kind == ActionKind::undo) return undoStanding(pipeline, base, job, into);
    const auto score = std::make_shared<QByteArray>();
    pipeline.add({"ZSCORE", base + "failed", id}, [score](const RedisReply& reply) { *score = reply.text; });
    pipeline.add({"EXISTS", key}, [&into](const RedisReply& reply) {
        const bool there = reply.isInteger() && reply.integer == 1;
        into.outcome = there ? RowOutcome::moved : RowOutcome::unknown;
        if (!there)
            into.why =
                u"the job is not there any more: it completed and was removed, or somebody removed it"_s;
    });
    const bool release = kind == ActionKind::release;
    pipeline.add({"HMGET", key, release ? "processedOn" : "atm", "ats", "stc"},
                 [=, &into](const RedisReply& reply) {
                     if (reply.items.size() != 3) return;
                     const QByteArray now =
                         release ? reply.items[0].text + '|' + reply.items[1].text + '|' + reply.items[2].text
                                 : *score + '|' + reply.items[0].text + '|' + reply.items[1].text;
                     into.as_planned = now == (release ? version : withoutParent(version));
                 });
}

}  // namespace

std::unique_ptr<RedisActor> makeBullmqActor() {
    return std::make_unique<BullmqActor>();
}

}  // namespace spillway
