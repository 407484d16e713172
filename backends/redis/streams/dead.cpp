#include "backends/redis/streams/dead.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <algorithm>

#include "backends/domain/human_text.h"
#include "backends/redis/streams/fields.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr qint64 kCountedByReading = 200;
const QByteArrayList kErrorFields{"error",      "exception", "error_message",
                                  "last_error", "reason",    "exception_type"};
const QByteArrayList kKindFields{"type", "kind", "event", "job", "job_type", "task", "name"};
const QByteArrayList kAttemptFields{"attempts", "attempt", "deliveries", "delivery_count", "retries"};
const QByteArrayList kOriginFields{"original_id", "source_id", "origin_id", "entry_id",
                                   "message_id",  "msg_id",    "stream_id"};

QByteArray boundOf(const std::optional<ServerTime>& moment, const QByteArray& otherwise) {
    return moment ? QByteArray::number(std::max<qint64>(0, millisSinceEpoch(*moment))) : otherwise;
}

RedisCommand rangeOf(const QByteArray& key, const QByteArray& from, const QByteArray& until, qint64 count) {
    return {"XRANGE", key, from, until, "COUNT", QByteArray::number(count)};
}

}  // namespace

QList<QByteArray> deadStreamNames(const QByteArray& source) {
    QList<QByteArray> names;
    for (const char* end : {":dlq", ":dead", ":dead-letter", ":dead-letters", ":dead_letter", ":dead_letters",
                            ":failed", "-dlq", "-dead", ".dlq", ".dead", "_dlq", ":DLQ"})
        names << source + end;
    return names;
}

QByteArray StreamEntry::lastOf(const QByteArrayList& names) const {
    for (qsizetype i = fields.size() - 2; i >= 0; i -= 2)
        if (names.contains(fields[i].toLower())) return fields[i + 1];
    return {};
}

std::vector<StreamEntry> streamEntriesFrom(const RedisReply& range) {
    std::vector<StreamEntry> entries;
    for (const RedisReply& each : range.items) {
        if (each.items.size() != 2) continue;
        StreamEntry& entry = entries.emplace_back();
        entry.id = each.items[0].text;
        for (const RedisReply& text : each.items[1].items) entry.fields << text.text;
        if (entry.fields.size() % 2) entry.fields.removeLast();
    }
    return entries;
}

bool isDeathOf(const StreamEntry& letter, const StreamEntry& entry) {
    const QByteArray origin = letter.lastOf(kOriginFields);
    if (!origin.isEmpty()) return origin == entry.id;
    if (entry.fields.isEmpty()) return false;
    for (qsizetype i = 0; i + 1 < entry.fields.size(); i += 2) {
        bool found = false;
        for (qsizetype j = 0; j + 1 < letter.fields.size() && !found; j += 2)
            found = letter.fields[j] == entry.fields[i] && letter.fields[j + 1] == entry.fields[i + 1];
        if (!found) return false;
    }
    return true;
}

DeadEntry deadEntryOf(const StreamEntry& entry) {
    const auto died = streamIdFrom(entry.id).value_or(StreamId());
    return {entry.id, entry.id, serverTimeFromMillis(qint64(died.millis)), {}};
}

// Redis cannot count between two ids: beyond a few the number is a bound.
void countDeadStream(RedisPipeline& pipeline, const QByteArray& key, const DeadSlice& slice, Count& count) {
    if (!slice.from && !slice.until) return pipeline.count({"XLEN", key}, count, u"stream"_s);
    const auto command = rangeOf(key, boundOf(slice.from, "-"), boundOf(slice.until, "+"), kCountedByReading);
    pipeline.add(command, [&count, command](const RedisReply& reply) {
        const auto found = static_cast<qint64>(reply.items.size());
        if (!reply.isArray())
            count = Count::notObservable(reasonFromReply(reply, command, u"stream"_s));
        else if (found < kCountedByReading)
            count = Count::exact(found);
        else
            count = Count::lowerBound(found, u"Redis cannot count the entries between two times"_s);
    });
}

void readDeadStream(RedisPipeline& pipeline, const QByteArray& key, const DeadSlice& slice,
                    DeadEntries& into) {
    QByteArray low = boundOf(slice.from, "-"), high = boundOf(slice.until, "+");
    const qint64 skip = slice.skip;
    if (!slice.at.isEmpty()) (slice.newest_first ? high : low) = slice.at;
    RedisCommand command = rangeOf(key, low, high, slice.count + skip);
    if (slice.newest_first)
        command = {"XREVRANGE", key, high, low, "COUNT", QByteArray::number(slice.count + skip)};
    pipeline.add(command, [&into, command, skip](const RedisReply& reply) {
        into.too_large = reply.errorCode() == "TOOLARGE";
        if (!reply.isArray() && !into.too_large) into.problem = reasonFromReply(reply, command, u"stream"_s);
        auto entries = streamEntriesFrom(reply);
        for (std::size_t i = std::min(entries.size(), std::size_t(skip)); i < entries.size(); ++i)
            into.entries.push_back(deadEntryOf(entries[i]));
    });
}

void describeDeadStream(RedisPipeline& pipeline, const DeadShelf& shelf, const QByteArray& id, DeadJob& job) {
    pipeline.add(rangeOf(shelf.key, id, id, 1), [&job, display = shelf.display](const RedisReply& reply) {
        const auto entries = streamEntriesFrom(reply);
        if (entries.empty()) return;
        const StreamEntry& entry = entries.front();
        job.id = job.version = QString::fromLatin1(entry.id);
        job.queue = display;
        job.kind = visibleText(entry.lastOf(kKindFields));
        job.error = visibleText(entry.lastOf(kErrorFields), 2000);
        job.died_at = deadEntryOf(entry).died_at;
        bool isNumber = false;
        const int attempts = entry.lastOf(kAttemptFields).toInt(&isNumber);
        if (isNumber) job.attempts = attempts;
        qint64 bytes = 0;
        for (const QByteArray& field : entry.fields) bytes += field.size();
        job.payload_bytes = Measured<qint64>::exact(bytes);
    });
}

void detailDeadStream(RedisPipeline& pipeline, const QByteArray& key, const QByteArray& id,
                      JobDetail& detail) {
    if (!detail.job.error.isEmpty())
        detail.errors.push_back({detail.job.died_at, detail.job.attempts, detail.job.error});
    pipeline.add(rangeOf(key, id, id, 1), [&detail](const RedisReply& reply) {
        constexpr qsizetype most = 1 << 20;
        QJsonObject fields;
        for (const StreamEntry& entry : streamEntriesFrom(reply))
            for (qsizetype i = 0; i + 1 < entry.fields.size(); i += 2)
                fields.insert(QString::fromUtf8(entry.fields[i]), QString::fromUtf8(entry.fields[i + 1]));
        detail.payload = QJsonDocument(fields).toJson(QJsonDocument::Compact);
        detail.payload_cut = detail.payload.size() > most;
        if (detail.payload_cut) detail.payload.truncate(most);
    });
}

}  // namespace spillway
