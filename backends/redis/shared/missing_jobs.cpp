#include "backends/redis/shared/missing_jobs.h"

#include <QSet>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {
constexpr std::chrono::seconds kLookAgainAfter{20};
}

void confirmMissing(RedisPipeline& pipeline, const RedisCommand& ids,
                    const std::shared_ptr<QByteArrayList>& suspects,
                    const std::function<RedisCommand(const QByteArray&)>& length,
                    const std::function<void(const QByteArray&)>& gone) {
    pipeline.add(ids, [&pipeline, suspects, length, gone](const RedisReply& again) {
        QSet<QByteArray> listed;
        for (const RedisReply& id : again.items) listed.insert(id.text);
        for (const QByteArray& id : std::as_const(*suspects))
            if (listed.contains(id))
                pipeline.add(length(id), [id, gone](const RedisReply& answer) {
                    if (answer.isInteger() && answer.integer == 0) gone(id);
                });
    });
}

RedisCommand RedisMissingJobs::firstOfList(const QByteArray& key) {
    return {"LRANGE", key, "0", QByteArray::number(kIdsAtMost - 1)};
}

RedisCommand RedisMissingJobs::lastOfList(const QByteArray& key) {
    return {"LRANGE", key, QByteArray::number(-kIdsAtMost), "-1"};
}

RedisCommand RedisMissingJobs::firstOfSet(const QByteArray& key) {
    return {"ZRANGE", key, "0", QByteArray::number(kIdsAtMost - 1)};
}

bool RedisMissingJobs::due(ServerTime now) const {
    return !m_askedAt || now < *m_askedAt || now - *m_askedAt >= kLookAgainAfter;
}

void RedisMissingJobs::ask(RedisPipeline& pipeline, ServerTime now, const std::vector<Place>& places) {
    m_askedAt = now;
    m_missing.clear();
    for (const Place& place : places)
        pipeline.add(place.ids, [this, &pipeline, place](const RedisReply& ids) {
            if (ids.isArray() && !ids.items.empty()) take(pipeline, place, ids);
        });
}

void RedisMissingJobs::take(RedisPipeline& pipeline, const Place& place, const RedisReply& ids) {
    const auto suspects = std::make_shared<QByteArrayList>();
    const bool whole = static_cast<qint64>(ids.items.size()) < kIdsAtMost;
    const QString method = whole ? QString() : u"only %1 ids were looked at"_s.arg(ids.items.size());
    m_missing[place.name] = whole ? Count::exact(0) : Count::lowerBound(0, method);
    const auto length = [this](const QByteArray& id) {
        return RedisCommand{"HSTRLEN", m_keyOf(id), m_field};
    };
    for (const RedisReply& id : ids.items)
        if (!m_keyOf(id.text).isEmpty())
            pipeline.add(length(id.text), [suspects, id = id.text](const RedisReply& answer) {
                if (answer.isInteger() && answer.integer == 0) *suspects << id;
            });
    confirmMissing(pipeline, place.ids, suspects, length,
                   [this, name = place.name](const QByteArray&) { ++*m_missing[name].value; });
}

void RedisMissingJobs::addConditions(const QString& queue, std::vector<Condition>& into) const {
    for (const auto& [place, count] : m_missing)
        if (count.valueOr(0) > 0)
            into.push_back(
                {ConditionKind::missing_jobs,
                 queue,
                 place,
                 count,
                 {},
                 u"their hashes are not there: evicted, expired or deleted; asked twice while the ids "
                 "stayed listed"_s});
}

}  // namespace spillway
