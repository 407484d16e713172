#include "backends/redis/streams/fields.h"

#include <algorithm>
#include <limits>

#include "backends/redis/wire/pipeline.h"

namespace spillway {
namespace {

constexpr quint64 kEarliestMillis = 1'000'000'000'000;  // 2001: before that an id is a number, not a time

// XINFO answers names and values in turn.
const RedisReply* fieldOf(const RedisReply& map, const char* name) {
    for (std::size_t i = 0; i + 1 < map.items.size(); i += 2)
        if (map.items[i].text == name) return &map.items[i + 1];
    return nullptr;
}

std::optional<qint64> numberOf(const RedisReply& map, const char* name) {
    const RedisReply* field = fieldOf(map, name);
    return field ? integerFrom(*field) : std::nullopt;
}

QByteArray textOf(const RedisReply& map, const char* name) {
    const RedisReply* field = fieldOf(map, name);
    return field ? field->text : QByteArray();
}

}  // namespace

QByteArray StreamId::text() const {
    return QByteArray::number(millis) + '-' + QByteArray::number(sequence);
}

StreamId StreamId::next() const {
    if (sequence == std::numeric_limits<quint64>::max()) return {millis + 1, 0};
    return {millis, sequence + 1};
}

std::optional<ServerTime> StreamId::addedAt(ServerTime now) const {
    if (millis < kEarliestMillis || millis > quint64(millisSinceEpoch(now)) + 60'000) return std::nullopt;
    return serverTimeFromMillis(qint64(millis));
}

std::optional<StreamId> streamIdFrom(const QByteArray& text) {
    const auto dash = text.indexOf('-');
    bool millisOk = false, sequenceOk = dash < 0;
    StreamId id;
    id.millis = text.left(dash < 0 ? text.size() : dash).toULongLong(&millisOk);
    if (dash >= 0) id.sequence = text.mid(dash + 1).toULongLong(&sequenceOk);
    return millisOk && sequenceOk ? std::optional(id) : std::nullopt;
}

std::vector<StreamGroupInfo> streamGroupsFrom(const RedisReply& groups) {
    std::vector<StreamGroupInfo> all;
    for (const RedisReply& group : groups.items) {
        if (!fieldOf(group, "name")) continue;
        StreamGroupInfo info;
        info.name = textOf(group, "name");
        info.pending = numberOf(group, "pending").value_or(0);
        info.last_delivered = streamIdFrom(textOf(group, "last-delivered-id")).value_or(StreamId());
        info.entries_read = numberOf(group, "entries-read");
        info.lag = numberOf(group, "lag");
        all.push_back(info);
    }
    return all;
}

std::vector<StreamConsumer> streamConsumersFrom(const RedisReply& consumers) {
    std::vector<StreamConsumer> all;
    for (const RedisReply& consumer : consumers.items)
        if (fieldOf(consumer, "name"))
            all.push_back({textOf(consumer, "name"), numberOf(consumer, "pending").value_or(0),
                           static_cast<double>(numberOf(consumer, "idle").value_or(0)) / 1e3});
    return all;
}

std::vector<PendingEntry> pendingEntriesFrom(const RedisReply& pending) {
    std::vector<PendingEntry> all;
    for (const RedisReply& entry : pending.items) {
        if (entry.items.size() != 4) continue;
        all.push_back({entry.items[0].text, entry.items[1].text,
                       static_cast<double>(integerFrom(entry.items[2]).value_or(0)) / 1e3,
                       integerFrom(entry.items[3]).value_or(0)});
    }
    return all;
}

StreamInfo streamInfoFrom(const RedisReply& stream) {
    StreamInfo info;
    info.added = numberOf(stream, "entries-added");
    info.length = numberOf(stream, "length");
    info.last_generated = streamIdFrom(textOf(stream, "last-generated-id"));
    const RedisReply* first = fieldOf(stream, "first-entry");
    if (first && !first->items.empty()) info.first = streamIdFrom(first->items[0].text);
    return info;
}

}  // namespace spillway
