#include "backends/redis/rq/dead.h"

#include "backends/domain/human_text.h"
#include "backends/redis/rq/fields.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr qint64 kLongestField = 64 << 10;   // bytes, compressed
constexpr qint64 kLargestResults = 1 << 20;  // bytes in the server's memory
const QString kTooLong = u"(the error is too large to be read)"_s;

using Text = std::function<void(const QByteArray&)>;

// Calls `then` with the field; `otherwise` with its length if it is too long, with 0 if it is not there.
void askField(RedisPipeline& pipeline, const QByteArray& key, const QByteArray& field, const Text& then,
              const std::function<void(qint64)>& otherwise) {
    pipeline.add({"HSTRLEN", key, field}, [=, &pipeline](const RedisReply& size) {
        const qint64 length = integerFrom(size).value_or(0);
        if (length == 0 || length > kLongestField) return otherwise(length);
        pipeline.add({"HGET", key, field}, [then](const RedisReply& text) { then(text.text); });
    });
}

// Newer versions keep the error not in the job but with its results, newest last.
void askLastResult(RedisPipeline& pipeline, const QByteArray& id, DeadJob& job) {
    const QByteArray key = "rq:results:" + id;
    pipeline.add({"MEMORY", "USAGE", key}, [&pipeline, key, &job](const RedisReply& size) {
        if (size.isNil()) return;
        if (size.isInteger() && size.integer > kLargestResults) {
            job.error = kTooLong;
            return;
        }
        pipeline.add({"XREVRANGE", key, "+", "-", "COUNT", "1"}, [&job](const RedisReply& reply) {
            if (reply.items.size() != 1 || reply.items[0].items.size() != 2) return;
            const auto& fields = reply.items[0].items[1].items;
            for (std::size_t i = 0; i + 1 < fields.size(); i += 2)
                if (fields[i].text == "exc_string") job.error = rqErrorFromBase64(fields[i + 1].text);
        });
    });
}

void takeFields(const RedisReply& reply, const DeadEntry& entry, DeadJob& job) {
    const auto& fields = reply.items;
    if (fields[0].isNil() && fields[4].isNil()) {
        job.error = u"(the job is gone: only its id is left)"_s;
        return;  // when it died is not known either: the registry keeps only the expiry
    }
    if (rqExpiryFrom(entry.position)) job.died_at = entry.died_at;
    const auto expires = rqExpiryFrom(entry.position);
    const auto ttl = integerFrom(fields[1]);
    if (const auto ended = rqTimeFrom(fields[0].text))
        job.died_at = ended;
    else if (expires && ttl && *ttl >= 0)
        job.died_at = serverTimeFromSeconds(*expires - static_cast<double>(*ttl));
    const auto retries = integerFrom(fields[2]);
    if (retries) job.attempts = static_cast<int>(*retries) + 1;
    const auto left = integerFrom(fields[3]);
    if (retries && left) job.max_attempts = static_cast<int>(*retries + *left) + 1;
}

}  // namespace

void describeRqDead(RedisPipeline& pipeline, const DeadShelf& shelf, const DeadEntry& entry, DeadJob& job) {
    const QByteArray key = "rq:job:" + entry.member;
    job.id = visibleText(entry.member);
    job.queue = shelf.display;
    job.version = visibleText(entry.position, 40);
    job.payload_bytes = Measured<qint64>::notObservable(u"the job's hash has expired"_s);
    const RedisCommand command{"HMGET",        key,         "ended_at", "failure_ttl", "number_of_retries",
                               "retries_left", "created_at"};
    pipeline.add(command, [command, entry, &job](const RedisReply& reply) {
        if (reply.isArray() && reply.items.size() == 5)
            takeFields(reply, entry, job);
        else
            job.payload_bytes.method = job.error = reasonFromReply(reply, command, u"hash"_s);
    });
    pipeline.add({"HSTRLEN", key, "data"}, [&job](const RedisReply& size) {
        if (size.isInteger() && size.integer > 0) job.payload_bytes = Measured<qint64>::exact(size.integer);
    });
    askField(
        pipeline, key, "description",
        [&job](const QByteArray& text) { job.kind = visibleText(rqKindFrom(text)); }, [](qint64) {});
    askField(
        pipeline, key, "exc_info",
        [&pipeline, id = entry.member, &job](const QByteArray& packed) {
            job.error = rqErrorFrom(packed);
            if (job.error.isEmpty()) askLastResult(pipeline, id, job);  // a requeue leaves an empty one
        },
        [&pipeline, id = entry.member, &job](qint64 length) {
            if (length > 0)
                job.error = kTooLong;
            else
                askLastResult(pipeline, id, job);
        });
}

void detailRqDead(RedisPipeline& pipeline, const DeadEntry& entry, JobDetail& detail) {
    const QByteArray key = "rq:job:" + entry.member;
    if (!detail.job.error.isEmpty())
        detail.errors.push_back({detail.job.died_at, detail.job.attempts, detail.job.error});
    const QString size = detail.job.payload_bytes.known()
                             ? exactCountText(*detail.job.payload_bytes.value) + u" bytes"_s
                             : u"size unknown"_s;
    const QString pickled =
        u"(pickled Python call, %1: not unpacked, because that could run code)"_s.arg(size);
    detail.payload = pickled.toUtf8();
    detail.payload_cut = true;
    askField(
        pipeline, key, "description",
        [&detail, pickled](const QByteArray& text) { detail.payload = text + '\n' + pickled.toUtf8(); },
        [](qint64) {});
    pipeline.add({"HMGET", key, "enqueued_at", "started_at"}, [&detail](const RedisReply& reply) {
        if (!reply.isArray() || reply.items.size() != 2) return;
        detail.enqueued_at = rqTimeFrom(reply.items[0].text);
        detail.started_at = rqTimeFrom(reply.items[1].text);
    });
}

}  // namespace spillway
