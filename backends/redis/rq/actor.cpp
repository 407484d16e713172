#include <QDateTime>

#include "backends/domain/human_text.h"
#include "backends/redis/acting/actor.h"
#include "backends/redis/rq/fields.h"
#include "backends/redis/rq/kind.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// zlib of nothing: what RQ writes where a job has no error.
const QByteArray kNoError = QByteArray::fromHex("789c030000000001");

QByteArray rqText(ServerTime time) {
    const qint64 micros = time.time_since_epoch().count();
    const auto moment = QDateTime::fromMSecsSinceEpoch(micros / 1000, Qt::UTC);
    return moment.toString(u"yyyy-MM-ddThh:mm:ss."_s).toLatin1() +
           QByteArray::number(micros % 1'000'000).rightJustified(6, '0') + 'Z';
}

class RqActor final : public RedisActor {
public:
    [[nodiscard]] QByteArray room() const override { return "rq"; }
    // A worker of several queues that dies between taking a job and starting it (milliseconds) leaves its id
    // in no list. That job did not run, and nobody could have seen it.
    [[nodiscard]] QString lostGap() const override {
        return u"RQ keeps a job in its registry of started ones while it runs: none is lost with its "
               "process, and a worker's maintenance moves it to the failed ones when its heartbeat has run "
               "out"_s;
    }
    [[nodiscard]] QByteArray keyStart(const DeadShelf&) const override { return "rq:"; }
    [[nodiscard]] std::vector<RedisCommand> writes(ActionKind kind, const QByteArray& start) const override;
    void findReleases(RedisPipeline&, const ActingPlace&, qint64 most, ServerTime now,
                      ReleaseCandidates&) const override;
    void prepare(RedisPipeline&, ActionKind, const ActingPlace&, const PlannedJob&, ServerTime now,
                 PreparedJob&) const override;
    void ending(RedisPipeline&, const ActingPlace&, const PlannedJob&, EndingProbe&) override;
    void standing(RedisPipeline&, ActionKind, const ActingPlace&, const PlannedJob&,
                  Standing&) const override;
};

std::vector<RedisCommand> RqActor::writes(ActionKind kind, const QByteArray& start) const {
    std::vector<RedisCommand> all{{"RPUSH", start + "queue:x", "1"},
                                  {"HSET", start + "job:1", "status", "queued"},
                                  {"SADD", start + "queues", "x"},
                                  {"ZREM", start + "failed:x", "1"}};
    if (kind == ActionKind::release)
        all.insert(all.end(),
                   {{"DEL", start + "execution:1"}, {"LREM", start + "queue:x:intermediate", "1", "1"}});
    else if (kind == ActionKind::undo)
        all = {{"ZADD", start + "failed:x", "1", "1"}, {"HSET", start + "job:1", "status", "failed"},
               {"LPOS", start + "queue:x", "1"},       {"LREM", start + "queue:x", "1", "1"},
               {"HDEL", start + "job:1", "exc_info"},  {"PEXPIREAT", start + "job:1", "1"}};
    else
        all.insert(all.end(), {{"PERSIST", start + "job:1"}, {"EXPIRE", start + "job:1", "1"}});
    return all;
}

// A candidate's claim has run out; whether its worker is gone too is read here and proved by the script.
void RqActor::findReleases(RedisPipeline& pipeline, const ActingPlace& place, qint64 most, ServerTime now,
                           ReleaseCandidates& found) const {
    const QByteArray key = "rq:wip:" + place.shelf.queue;
    const QByteArray until = QByteArray::number(millisSinceEpoch(now) / 1000);
    const RedisCommand command{"ZRANGEBYSCORE", key,     "0", until,
                               "WITHSCORES",    "LIMIT", "0", QByteArray::number(most)};
    pipeline.add({"ZCARD", key},
                 [&found](const RedisReply& reply) { found.claimed = integerFrom(reply).value_or(0); });
    pipeline.add(command, [&pipeline, &found, command](const RedisReply& reply) {
        if (!reply.isArray()) found.problem = reasonFromReply(reply, command, u"sorted set"_s);
        for (std::size_t i = 0; i + 1 < reply.items.size(); i += 2) {
            const QByteArray member = reply.items[i].text, score = reply.items[i + 1].text;
            const RqExecution execution = rqExecutionFrom(member);
            const QByteArray id = execution.job;
            pipeline.add({"HMGET", "rq:job:" + id, "worker_name", "started_at", "retries_left"},
                         [&pipeline, &found, id, score, execution](const RedisReply& fields) {
                             if (fields.items.size() != 3) return;
                             const QByteArray worker = fields.items[0].text;
                             PlannedJob job;
                             job.id = QString::fromUtf8(id);
                             if (job.id.toUtf8() != id || worker.contains('|')) return;
                             job.version =
                                 QString::fromUtf8(score + '|' + execution.execution + '|' + worker);
                             job.at = rqTimeFrom(fields.items[1].text);
                             job.conflict = integerFrom(fields.items[2]).value_or(0) < 1;
                             if (job.conflict && found.warnings.isEmpty())
                                 found.warnings << u"jobs without a retry left are not released: RQ's "
                                                   "maintenance moves them to the failed jobs, from where "
                                                   "they can be replayed"_s;
                             pipeline.add({"HMGET", "rq:worker:" + worker, "birth", "current_job"},
                                          [&found, job, id](const RedisReply& life) {
                                              if (life.items.size() != 2) return;
                                              const QByteArray current = life.items[1].text;
                                              const bool gone = life.items[0].isNil();
                                              if (gone || (!current.isEmpty() && current != id))
                                                  found.jobs.push_back(job);
                                          });
                         });
        }
    });
}

void RqActor::prepare(RedisPipeline&, ActionKind kind, const ActingPlace& place, const PlannedJob& job,
                      ServerTime now, PreparedJob& into) const {
    const QByteArray& queue = place.shelf.queue;
    const QByteArray id = job.id.toUtf8(), list = "rq:queue:" + queue;
    if (kind == ActionKind::undo) {  // "score\nenqueued_at, then what replay.lua answered"
        const auto before = job.version.section(u'\n', 1).toUtf8().split('|');
        into.keys = {"rq:failed:" + queue, "rq:job:" + id, list};
        into.arguments = {id,
                          job.version.section(u'\n', 0, 0).toUtf8(),
                          before.value(0),
                          before.value(1),
                          before.value(2),
                          before.value(3),
                          QByteArray::fromHex(before.value(5)),
                          before.value(4)};
        return;
    }
    if (kind != ActionKind::release) {
        into.keys = {"rq:failed:" + queue, "rq:job:" + id, list, "rq:queues"};
        into.arguments = {id, job.version.toUtf8(), rqText(now), queue, kNoError};
        return;
    }
    const auto seen = job.version.toUtf8().split('|');
    const QByteArray execution = seen.value(1), worker = seen.value(2);
    const QByteArray member = execution.isEmpty() ? id : id + ':' + execution;
    into.keys = {"rq:wip:" + queue,     "rq:job:" + id,        list,
                 "rq:queues",           "rq:worker:" + worker, "rq:execution:" + member,
                 "rq:executions:" + id, list + ":intermediate"};
    into.arguments = {id, member, seen.value(0), worker, rqText(now), execution};
}

void RqActor::ending(RedisPipeline& pipeline, const ActingPlace& place, const PlannedJob& job,
                     EndingProbe& probe) {
    const QByteArray id = job.id.toUtf8();
    pipeline.add({"HGET", "rq:job:" + id, "status"},
                 [&pipeline, &place, &probe, id](const RedisReply& reply) {
                     probe.ending.end = reply.isNil()              ? JobEnd::vanished
                                        : reply.text == "started"  ? JobEnd::running
                                        : reply.text == "finished" ? JobEnd::completed
                                        : reply.text == "failed"   ? JobEnd::died
                                                                   : JobEnd::waiting;
                     if (probe.ending.end == JobEnd::died)
                         place.system->describeDead(pipeline, place.shelf, {id, "0", {}, {}}, probe.dead);
                 });
}

void RqActor::standing(RedisPipeline& pipeline, ActionKind kind, const ActingPlace& place,
                       const PlannedJob& job, Standing& into) const {
    const QByteArray id = job.id.toUtf8();
    if (kind == ActionKind::undo) {
        const QByteArray written = job.version.section(u'\n', 1).section(u'|', 0, 0).toUtf8();
        into.outcome = RowOutcome::gone;
        pipeline.add(
            {"HMGET", "rq:job:" + id, "status", "enqueued_at"}, [&into, written](const RedisReply& reply) {
                if (reply.items.size() != 2 || reply.items[0].isNil()) return;
                into.as_planned = reply.items[0].text == "queued" && reply.items[1].text == written;
                into.outcome = reply.items[0].text == "failed" ? RowOutcome::moved : RowOutcome::changed;
            });
        return;
    }
    const bool release = kind == ActionKind::release;
    const auto seen = job.version.toUtf8().split('|');
    const QByteArray member = seen.value(1).isEmpty() ? id : id + ':' + seen.value(1);
    pipeline.add({"EXISTS", "rq:job:" + id}, [&into](const RedisReply& reply) {
        const bool there = reply.isInteger() && reply.integer == 1;
        into.outcome = there ? RowOutcome::moved : RowOutcome::unknown;
        if (!there) into.why = u"the job is not there any more: it finished and expired, or was deleted"_s;
    });
    const QByteArray registry = (release ? "rq:wip:" : "rq:failed:") + place.shelf.queue;
    pipeline.add({"ZSCORE", registry, member}, [&into, score = seen.value(0)](const RedisReply& reply) {
        into.as_planned = reply.isText() && reply.text == score;
    });
}

}  // namespace

std::unique_ptr<RedisActor> makeRqActor() {
    return std::make_unique<RqActor>();
}

}  // namespace spillway
