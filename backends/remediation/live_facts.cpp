#include "backends/remediation/live_facts.h"

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr double kMoreThanOwn = 1.2;  // times what is put back: then it is not that which makes it grow

const SystemHealth* systemIn(const Reading& reading, const QString& key) {
    for (const auto& system : reading.systems)
        if (system.identity.key() == key) return &system;
    return nullptr;
}

const QueueHealth* queueIn(const SystemHealth& system, const QString& name) {
    for (const auto& queue : system.queues)
        if (queue.reading.queue == name) return &queue;
    return nullptr;
}

// A plan of one job, of which only the queue is known yet.
ActionPlan outlineOf(const Reading& reading, ActionKind kind, const QString& system, const QString& queue,
                     ServerTime now) {
    ActionPlan plan;
    plan.action = kind;
    plan.environment = reading.environment;
    plan.server_id = u"?"_s;
    plan.system = system;
    plan.queue = queue;
    plan.made_at = now;
    plan.jobs.resize(1);
    plan.jobs.front().version = u"?"_s;
    return plan;
}

}  // namespace

std::optional<bool> liveWorkerFor(const WorkersReading& workers, const QString& queue) {
    std::optional<bool> lives;
    if (workers.live.known()) lives = false;
    for (const Worker& worker : workers.list) {
        if (!worker.alive) continue;
        if (worker.queues.contains(queue)) return true;
        if (worker.queues.isEmpty()) lives.reset();
    }
    return lives;
}

void addSignals(const QueueHealth& queue, GuardFacts& facts) {
    const DrainForecast& forecast = queue.forecast;
    const bool grows = forecast.verdict == DrainVerdict::never_drains && forecast.significant &&
                       queue.flow.growth.valueOr(0) > kMoreThanOwn * queue.flow.put_back;
    facts.backlog_past_objective = grows || forecast.verdict == DrainVerdict::stalled;
    if (facts.backlog_past_objective)
        facts.backlog_sentence = u"The backlog of %1: %2. What is put back makes it longer."_s.arg(
            visibleText(queue.reading.queue, 80), drainVerdictText(forecast, queue.flow));
    const bool speaks = queue.retry.executions.valueOr(0) >= kMinimumEvidence;
    if (speaks) facts.amplification = queue.retry.amplification.value;
}

// Where workers wait for jobs, what leaves is what comes: it does not say how much they could take.
LoadForecast loadOn(const QueueHealth& queue, double rate) {
    const Rate& drain = queue.flow.drain;
    if (queue.forecast.verdict != DrainVerdict::idle) return forecastOf(rate, queue.flow.arrival, drain);
    const QString now = drain.valueOr(0) > 0 ? u" with %1"_s.arg(rateText(drain)) : QString();
    return {false,
            u"adds %1 to a queue that keeps up%2; how much more its workers can take is not known"_s.arg(
                rateText(rate), now)};
}

std::optional<GuardFacts> polledFacts(const Reading& reading, const QString& system, const QString& queue) {
    const SystemHealth* in = systemIn(reading, system);
    const QueueHealth* of = in ? queueIn(*in, queue) : nullptr;
    if (!of) return std::nullopt;
    GuardFacts facts;
    facts.now = reading.observed_at;
    if (reading.server.role != ServerRole::unknown)
        facts.writable = reading.server.role == ServerRole::primary;
    facts.paused = of->reading.paused;
    facts.live_worker = liveWorkerFor(in->workers, queue);
    addSignals(*of, facts);
    return facts;
}

QString actionGap(const Reading& reading, ActionKind kind, const QString& system, const QString& queue,
                  const QString& otherAction) {
    auto facts = polledFacts(reading, system, queue);
    if (!facts) return u"The last poll does not know this queue."_s;
    const Capabilities& known = systemIn(reading, system)->capabilities;
    const QString name = actionKindName(kind);
    for (const Capability& each : known.list())
        if (each.signal == name && !each.observable && !each.why.isEmpty()) return each.why;
    facts->server_id = u"?"_s;
    facts->armed_until = facts->now + std::chrono::minutes{1};
    facts->writable = facts->writable.value_or(true);  // the acting session will say
    facts->other_action = otherAction;
    for (const auto& answer : judge(outlineOf(reading, kind, system, queue, facts->now), *facts))
        if (answer.permission == Permission::refused && !answer.overridable) return answer.sentence;
    return {};
}

}  // namespace spillway
