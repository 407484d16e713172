#include "tests/redis/streams/stage.h"

namespace spillway {
using namespace Qt::StringLiterals;

bool StreamStage::start() {
    auto redis = PrivateRedis::start();
    if (redis.ok())
        m_redis = std::move(redis).value();
    else
        m_problem = redis.failure().sentence();
    return redis.ok();
}

QList<QByteArray> StreamStage::add(int count, const QByteArray& stream, const QByteArray& value) {
    QList<QByteArray> ids;
    for (int i = 0; i < count; ++i) ids << command({"XADD", stream, "*", "value", value});
    return ids;
}

void StreamStage::group(const QByteArray& stream, const QByteArray& name, const QByteArray& from) {
    command({"XGROUP", "CREATE", stream, name, from, "MKSTREAM"});
}

void StreamStage::read(const QByteArray& consumer, int count, const QByteArray& stream) {
    command({"XREADGROUP", "GROUP", "billing", consumer, "COUNT", QByteArray::number(count), "STREAMS",
             stream, ">"});
}

QString StreamStage::narrowUser(const QByteArray& denied) {
    command({"ACL", "SETUSER", "narrow", "on", ">pw", "allkeys", "+@all", "-" + denied});
    return m_redis->url().replace(u"://"_s, u"://narrow:pw@"_s);
}

std::optional<Condition> conditionOf(const SystemReading& system, ConditionKind kind) {
    for (const Condition& condition : system.conditions)
        if (condition.kind == kind) return condition;
    return {};
}

QueueReading billing(RedisProbe& probe) {
    return RedisProbe::queue(probe.system(kStreams), u"orders/billing"_s);
}

}  // namespace spillway
