#include "backends/redis/bullmq/clock.h"

#include <algorithm>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr auto kEventsRead = "30";
constexpr std::size_t kJobsCompared = 2;  // one alone may have been given a time of its own

QByteArray eventField(const RedisReply& event, QByteArrayView name) {
    const auto& fields = event.items[1].items;
    for (std::size_t i = 0; i + 1 < fields.size(); i += 2)
        if (fields[i].text == name) return fields[i + 1].text;
    return {};
}

}  // namespace

void BullmqClock::ask(RedisPipeline& pipeline) {
    pipeline.add({"XREVRANGE", m_base + "events", "+", "-", "COUNT", kEventsRead},
                 [this, &pipeline](const RedisReply& events) { takeEvents(pipeline, events); });
}

void BullmqClock::takeEvents(RedisPipeline& pipeline, const RedisReply& events) {
    m_behind_ms.clear();
    std::size_t asked = 0;
    for (const RedisReply& event : events.items) {
        if (event.items.size() != 2 || eventField(event, "event") != "added") continue;
        const QByteArray& at = event.items[0].text;
        const qint64 server_ms = at.left(at.indexOf('-')).toLongLong();
        pipeline.add({"HGET", m_base + eventField(event, "jobId"), "timestamp"},
                     [this, server_ms](const RedisReply& created) { compare(server_ms, created); });
        if (++asked == kJobsCompared) return;
    }
}

void BullmqClock::compare(qint64 server_ms, const RedisReply& created) {
    if (const auto own_ms = integerFrom(created)) m_behind_ms.push_back(server_ms - *own_ms);
}

void BullmqClock::addConditions(const QString& queue, std::vector<Condition>& into) const {
    if (m_behind_ms.size() < kJobsCompared) return;
    const auto [least, most] = std::minmax_element(m_behind_ms.begin(), m_behind_ms.end());
    const bool behind = *least > kNotable_ms, ahead = *most < -kNotable_ms;
    if (!behind && !ahead) return;
    const qint64 off_s = (behind ? *least : -*most) / 1000;
    into.push_back(
        {ConditionKind::client_clock,
         queue,
         behind ? u"behind"_s : u"ahead of"_s,
         Count::estimated(off_s, u"creation time of the newest jobs against the ids of their events"_s),
         {},
         u"the newest jobs carry a creation time %1 s %2 the moment when the server got them"_s.arg(off_s)
             .arg(behind ? u"before"_s : u"after"_s)});
}

}  // namespace spillway
