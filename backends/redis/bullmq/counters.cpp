#include "backends/redis/bullmq/counters.h"

#include <algorithm>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr std::chrono::hours kRecent{24};
constexpr qint64 kPoisonStalls = 3;
const QByteArray kVerdict = "job stalled more than allowable limit"_ba;

QString countersText(const BullmqTries& tries) {
    return u"stalled %1 times (stc), started %2 times (ats), %3 attempts accounted for (atm)"_s
        .arg(tries.stalled)
        .arg(tries.started)
        .arg(tries.accounted);
}

}  // namespace

const RedisCommand& bullmqTriesFields() {
    static const RedisCommand fields{"ats",  "atm",         "stc",        "stalledCounter",
                                     "name", "processedOn", "finishedOn", "pb"};
    return fields;
}

std::optional<BullmqTries> bullmqTriesFrom(const QByteArray& id, const RedisReply& fields) {
    if (!fields.isArray() || fields.items.size() != static_cast<std::size_t>(bullmqTriesFields().size()))
        return std::nullopt;
    const auto number = [&fields](std::size_t i) { return integerFrom(fields.items[i]).value_or(0); };
    BullmqTries tries;
    tries.id = id;
    tries.started = number(0);
    tries.accounted = number(1);
    tries.stalled = std::max(number(2), number(3));
    tries.kind = visibleText(fields.items[4].text);
    tries.claimed_at = timeFromMillis(fields.items[5]);
    tries.ended_at = timeFromMillis(fields.items[6]);
    tries.owner = visibleText(fields.items[7].text);
    return tries;
}

qint64 BullmqTries::claimedAgain() const {
    return std::clamp<qint64>(started - accounted - (active ? 1 : 0), 0, stalled);
}

bool BullmqTries::poison() const {
    return gave_up || (stalled >= kPoisonStalls && claimedAgain() >= kPoisonStalls);
}

void BullmqCounters::askDead(RedisPipeline& pipeline, ServerTime now) {
    const RedisCommand command{"ZREVRANGEBYSCORE",
                               m_base + "failed",
                               "+inf",
                               QByteArray::number(millisSinceEpoch(now - kRecent)),
                               "LIMIT",
                               "0",
                               QByteArray::number(kDeadAtMost)};
    pipeline.add(command, [this, &pipeline](const RedisReply& reply) { takeDead(pipeline, reply); });
}

void BullmqCounters::takeDead(RedisPipeline& pipeline, const RedisReply& ids) {
    if (!ids.isArray()) return;
    m_dead.clear();
    m_deadWhole = static_cast<qint64>(ids.items.size()) < kDeadAtMost;
    for (const RedisReply& id : ids.items)
        pipeline.add(RedisCommand{"HMGET", m_base + id.text} + bullmqTriesFields(),
                     [this, &pipeline, id = id.text](const RedisReply& fields) {
                         // A job that never stalled tells nothing here.
                         if (auto tries = bullmqTriesFrom(id, fields); tries && tries->stalled > 0)
                             takeFailed(pipeline, *std::move(tries));
                     });
}

// The reason says whether BullMQ gave the job up; an error of its own may be long and is not read.
void BullmqCounters::takeFailed(RedisPipeline& pipeline, BullmqTries tries) {
    const QByteArray key = m_base + tries.id;
    const auto take = [this](const BullmqTries& failed) { m_dead.push_back(failed); };
    pipeline.add({"HSTRLEN", key, "failedReason"},
                 [&pipeline, key, take, tries = std::move(tries)](const RedisReply& length) {
                     if (integerFrom(length) != kVerdict.size()) return take(tries);
                     pipeline.add({"HGET", key, "failedReason"}, [take, tries](const RedisReply& reason) {
                         BullmqTries failed = tries;
                         failed.gave_up = reason.text == kVerdict;
                         take(failed);
                     });
                 });
}

void BullmqCounters::setActive(const std::vector<BullmqTries>& claims) {
    m_active.clear();
    for (BullmqTries tries : claims) {
        tries.active = true;
        if (tries.stalled > 0) m_active.push_back(tries);
    }
}

// One condition for a queue, about the job that stalled most often.
void BullmqCounters::addConditions(const QueueReading& reading, ServerTime now,
                                   std::vector<Condition>& into) const {
    qint64 count = 0;
    const BullmqTries* worst = nullptr;
    for (const auto* jobs : {&m_active, &m_dead})
        for (const BullmqTries& tries : *jobs) {
            if (!tries.poison()) continue;
            if (tries.ended_at && now - *tries.ended_at > kRecent) continue;
            ++count;
            if (!worst || tries.stalled > worst->stalled) worst = &tries;
        }
    if (!worst) return;
    const QString verdict =
        worst->gave_up ? u"; BullMQ gave it up: “%1”"_s.arg(QString::fromLatin1(kVerdict)) : QString();
    into.push_back({ConditionKind::poison_pill, reading.queue, worst->kind,
                    m_deadWhole ? Count::exact(count)
                                : Count::lowerBound(count,
                                                    u"among the newest %1 failed jobs and those that "
                                                    "run"_s.arg(kDeadAtMost)),
                    worst->ended_at ? worst->ended_at : worst->claimed_at,
                    u"job %1: %2%3"_s.arg(visibleText(worst->id, 60), countersText(*worst), verdict)});
}

}  // namespace spillway
