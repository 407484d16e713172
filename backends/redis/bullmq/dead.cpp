#include "backends/redis/bullmq/dead.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <algorithm>
#include <memory>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr qint64 kLargestField = 256 << 10;  // error text, options, stack traces
constexpr qint64 kLargestName = 4 << 10;
constexpr qint64 kLargestPayload = 1 << 20;
constexpr int kErrorLength = 2000;

QString tooLargeText(qint64 bytes) {
    return u"the text is too large to be read (%1 bytes)"_s.arg(bytes);
}

// A field that is read only if it is not too large: hash fields cannot be cut on the server.
void bounded(RedisPipeline& pipeline, const QByteArray& key, const QByteArray& field, qint64 most,
             const std::function<void(const QByteArray&)>& take,
             const std::function<void(qint64)>& tooLarge) {
    pipeline.add({"HSTRLEN"_ba, key, field}, [=, &pipeline](const RedisReply& reply) {
        const qint64 length = integerFrom(reply).value_or(0);
        if (length > most) return tooLarge(length);
        if (length > 0)
            pipeline.add({"HGET"_ba, key, field}, [take](const RedisReply& value) { take(value.text); });
    });
}

// The newest ones are kept (opts.stackTraceLimit): the last stands for the last attempt.
void takeStacks(const QByteArray& json, JobDetail& detail) {
    const QJsonArray stacks = QJsonDocument::fromJson(json).array();
    if (stacks.isEmpty()) return;
    detail.errors.clear();
    for (const QJsonValue& stack : stacks)
        detail.errors.push_back({{}, {}, stack.toString().left(kErrorLength)});
    const int attempts = detail.job.attempts.value_or(0);
    for (std::size_t i = 0; i < detail.errors.size(); ++i)
        if (const int attempt = attempts - static_cast<int>(detail.errors.size() - 1 - i); attempt > 0)
            detail.errors[i].attempt = attempt;
    detail.errors.back().at = detail.job.died_at;
}

}  // namespace

int bullmqMaxAttempts(const QByteArray& opts) {
    const QJsonObject options = QJsonDocument::fromJson(opts).object();
    return std::max(1, options.value("attempts"_L1).toInt(1));
}

void describeBullmqDead(RedisPipeline& pipeline, const QByteArray& base, const QString& queue,
                        const DeadEntry& entry, DeadJob& job) {
    const QByteArray key = base + entry.member;
    job.queue = queue;
    job.died_at = entry.died_at;
    job.payload_bytes = Measured<qint64>::notObservable(u"the job has no data"_s);
    const auto gone = [&job, entry](const RedisReply& reply) {
        if (!reply.isText()) return;
        job.id = QString::fromUtf8(entry.member);
        job.error = u"(the job is gone: only its id is left)"_s;
    };
    pipeline.add({"HMGET"_ba, key, "atm"_ba, "attemptsMade"_ba, "ats"_ba, "timestamp"_ba, "parentKey"_ba},
                 [&pipeline, &job, base, entry, gone](const RedisReply& reply) {
                     const bool read = reply.isArray() && reply.items.size() == 5;
                     // Still listed though it is not there: evicted or deleted by hand, not removed by the
                     // library.
                     if (read && reply.items[3].text.isEmpty())
                         return pipeline.add({"ZSCORE"_ba, base + "failed", entry.member}, gone);
                     job.id = QString::fromUtf8(entry.member);
                     if (!read) return;
                     const auto made = integerFrom(reply.items[0]), before5 = integerFrom(reply.items[1]);
                     if (made || before5)
                         job.attempts = static_cast<int>(std::max(made.value_or(0), before5.value_or(0)));
                     job.version = QString::fromLatin1(entry.position + '|' + reply.items[0].text + '|' +
                                                       reply.items[2].text + '|' +
                                                       reply.items[4].text.toPercentEncoding(":{}"));
                 });
    bounded(
        pipeline, key, "name", kLargestName, [&job](const QByteArray& name) { job.kind = visibleText(name); },
        [&job](qint64 bytes) { job.kind = tooLargeText(bytes); });
    bounded(
        pipeline, key, "failedReason", kLargestField,
        [&job](const QByteArray& text) { job.error = QString::fromUtf8(text).left(kErrorLength); },
        [&job](qint64 bytes) { job.error = tooLargeText(bytes); });
    bounded(
        pipeline, key, "opts", kLargestField,
        [&job](const QByteArray& opts) { job.max_attempts = bullmqMaxAttempts(opts); }, [](qint64) {});
    pipeline.add({"HSTRLEN"_ba, key, "data"}, [&job](const RedisReply& length) {
        if (const auto bytes = integerFrom(length)) job.payload_bytes = Measured<qint64>::exact(*bytes);
    });
}

void detailBullmqDead(RedisPipeline& pipeline, const QByteArray& base, const DeadEntry& entry,
                      JobDetail& detail) {
    const QByteArray key = base + entry.member;
    detail.errors = {{detail.job.died_at, detail.job.attempts, detail.job.error}};
    bounded(
        pipeline, key, "data", kLargestPayload, [&detail](const QByteArray& data) { detail.payload = data; },
        [&detail](qint64) { detail.payload_cut = true; });
    bounded(
        pipeline, key, "stacktrace", kLargestField,
        [&detail](const QByteArray& json) { takeStacks(json, detail); }, [](qint64) {});
    pipeline.add({"HMGET"_ba, key, "timestamp", "delay", "processedOn"}, [&detail](const RedisReply& reply) {
        if (!reply.isArray() || reply.items.size() != 3) return;
        detail.enqueued_at = timeFromMillis(reply.items[0]);
        const qint64 delay = integerFrom(reply.items[1]).value_or(0);
        if (detail.enqueued_at && delay > 0)
            detail.scheduled_at = *detail.enqueued_at + std::chrono::milliseconds(delay);
        detail.started_at = timeFromMillis(reply.items[2]);
    });
}

}  // namespace spillway
