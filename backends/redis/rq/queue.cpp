#include "backends/redis/rq/queue.h"

#include "backends/domain/human_text.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {
using Time = Measured<ServerTime>;
}

RqQueue::RqQueue(QByteArray name, QString display)
    : m_name(std::move(name)), m_display(std::move(display)), m_key("rq:queue:" + m_name),
      m_scheduled(m_name), m_deferred(m_name), m_failed(m_name), m_started(m_name), m_intermediate(m_name),
      m_missing("origin", [](const QByteArray& id) { return "rq:job:" + rqExecutionFrom(id).job; }),
      m_finishedGrowth("rq:finished:" + m_name, u"the finished registry"_s),
      m_failedGrowth("rq:failed:" + m_name, u"the failed registry"_s) {}

void RqQueue::startPoll(RedisPipeline& pipeline, ServerTime now, Budget budget) {
    m_oldest = Time::notObservable(u"no job is waiting"_s);
    pipeline.count({"LLEN", m_key}, m_length, u"list"_s, [this, &pipeline] {
        if (*m_length.value > 0) askOldest(pipeline);
    });
    m_intermediate.startPoll(pipeline);
    m_started.startPoll(pipeline, budget.leases);
    m_scheduled.startPoll(pipeline, now, budget.mayLook);
    m_deferred.startPoll(pipeline);
    m_failed.startPoll(pipeline, now);
    m_finishedGrowth.startPoll(pipeline, now);
    m_failedGrowth.startPoll(pipeline, now);
    if (m_missing.due(now)) askMissing(pipeline, now);
}

// The failed registry looks by itself.
void RqQueue::askMissing(RedisPipeline& pipeline, ServerTime now) {
    m_missing.ask(pipeline, now,
                  {{RedisMissingJobs::firstOfList(m_key), u"in the queue"_s},
                   {RedisMissingJobs::firstOfSet("rq:wip:" + m_name), u"in the started registry"_s},
                   {RedisMissingJobs::firstOfSet("rq:scheduled:" + m_name), u"in the scheduled registry"_s},
                   {RedisMissingJobs::firstOfSet("rq:deferred:" + m_name), u"in the deferred registry"_s}});
}

void RqQueue::askOldest(RedisPipeline& pipeline) {
    const RedisCommand command{"LINDEX", m_key, "0"};
    pipeline.add(command, [this, &pipeline, command](const RedisReply& reply) {
        if (reply.isError()) m_oldest.method = reasonFromReply(reply, command, u"list"_s);
        if (!reply.isText()) return;
        askEnqueued(pipeline, reply.text);
    });
}

void RqQueue::askEnqueued(RedisPipeline& pipeline, const QByteArray& id) {
    const RedisCommand command{"HGET", "rq:job:" + id, "enqueued_at"};
    pipeline.add(command, [this, command](const RedisReply& reply) {
        if (reply.isError()) {
            m_oldest.method = reasonFromReply(reply, command, u"hash"_s);
            return;
        }
        const auto at = rqTimeFrom(reply.text);
        m_oldest = at ? Time::exact(*at)
                      : Time::notObservable(
                            u"the next job has no hash any more (its ttl is over): a worker will skip it"_s);
    });
}

QueueReading RqQueue::finishPoll(const RqWorkers& workers, ServerTime now) {
    QueueReading reading;
    reading.queue = m_display;
    reading.ready = m_length;
    reading.oldest_ready_at = m_length.known() ? m_oldest : Time::notObservable(m_length.method);
    m_started.finishPoll(m_display, workers, now);
    m_intermediate.finishPoll(m_display, now);
    m_running = m_started.running();
    if (m_running.known() && m_intermediate.size().valueOr(0) > 0)
        m_running = Count::estimated(*m_running.value + *m_intermediate.size().value,
                                     u"started jobs and those just taken, which may overlap for a moment"_s);
    reading.running = m_running;
    m_scheduled.finishPoll(reading);
    reading.promotion_interval_s = RqScheduled::kPromotion_s;
    m_deferred.finishPoll(reading);
    m_failed.finishPoll(reading, now);
    if (!m_since) m_since = now;
    fillFlow(reading, workers);
    fillClaims(reading, workers);
    reading.run_time_s = workers.runTimeOf(m_name);
    reading.max_attempts_mean =
        Ratio::notObservable(u"RQ keeps only the retries that are left, in each job"_s);
    return reading;
}

// A job with result_ttl=0 never comes to the finished registry. The workers count it, and say which queue it
// was as long as they serve only one.
Count RqQueue::completed(const RqWorkers& workers) {
    m_finished = m_finishedGrowth.finishPoll();
    const Count counted = workers.successesOf(m_name);
    const qint64 byWorkers =
        counted.valueOr(m_countedBefore) - std::exchange(m_countedBefore, counted.valueOr(m_countedBefore));
    const qint64 byRegistry = m_finished.valueOr(m_finishedBefore) -
                              std::exchange(m_finishedBefore, m_finished.valueOr(m_finishedBefore));
    const bool alone = workers.serveAlone(m_name);
    const bool use = std::exchange(m_countedByWorkers, alone) || alone;
    if (use && counted.known()) {
        m_completed += byWorkers;
        return Count::estimated(m_completed, counted.method);
    }
    if (!m_finished.known()) return m_finished;
    m_completed += byRegistry;
    return {m_completed, m_finished.provenance, m_finished.method};
}

void RqQueue::fillFlow(QueueReading& reading, const RqWorkers& workers) {
    FlowTotals& flow = reading.flow;
    flow.completed = completed(workers);
    flow.enqueued =
        Count::notObservable(flow.completed.known() ? u"RQ counts no enqueues"_s : flow.completed.method);
    flow.died = flow.failed_for_good = m_failedGrowth.finishPoll();
    flow.executed = workers.attemptsOf(m_name);
    flow.first_executed = flow.retried = Count::notObservable(flow.executed.method);
    if (!flow.executed.known() || !flow.completed.known() || !flow.died.known()) return;
    const qint64 left = *flow.completed.value + *flow.died.value;
    flow.first_executed =
        Count::estimated(left, u"jobs that finished or died: each of them had one first attempt"_s);
    flow.retried = Count::estimated(std::max<qint64>(0, *flow.executed.value - left),
                                    u"attempts that ended without the job finishing or dying"_s);
}

// From version 2 on each execution is registered, so that two of one job can be seen; none is kept.
void RqQueue::fillClaims(QueueReading& reading, const RqWorkers& workers) {
    ClaimsReading& claims = reading.claims;
    claims.since = m_since;
    claims.evidence = ClaimEvidence::recorded;
    if (!m_started.recorded() && workers.majorVersion() < 2) {
        const QString why =
            u"RQ before version 2 keeps only the last start of a job: two workers that run "
            "the same job look like one"_s;
        claims.claims = claims.duplicates = Count::notObservable(why);
        return;
    }
    const FlowTotals& flow = reading.flow;
    claims.claims = Count::lowerBound(
        flow.completed.valueOr(0) + flow.died.valueOr(0) + m_running.valueOr(0) + m_started.duplicates(),
        u"jobs that finished, died or run; retries are not counted"_s);
    claims.duplicates =
        Count::lowerBound(m_started.duplicates(), u"executions that were registered at once during a poll"_s);
    claims.incidents = m_started.incidents();
}

std::vector<Condition> RqQueue::conditions() const {
    std::vector<Condition> all;
    m_missing.addConditions(m_display, all);
    if (m_started.orphans()) all.push_back(*m_started.orphans());
    if (m_failed.missing() > 0)
        all.push_back(
            {ConditionKind::missing_jobs,
             m_display,
             u"in the failed registry"_s,
             m_failed.complete()
                 ? Count::exact(m_failed.missing())
                 : Count::lowerBound(m_failed.missing(), u"not all failed jobs were looked at"_s),
             {},
             u"ids in rq:failed:%1 without their job: its hash has expired, was evicted or deleted"_s.arg(
                 visibleText(m_name, 80))});
    if (m_scheduled.lacksScheduler())
        all.push_back({ConditionKind::no_leader,
                       m_display,
                       {},
                       m_scheduled.overdue(),
                       m_scheduled.firstDue().value,
                       u"no worker holds rq:scheduler-lock:%1; workers move due jobs only with "
                       "--with-scheduler"_s.arg(visibleText(m_name, 80)),
                       u"Start one worker of this queue with --with-scheduler."_s});
    return all;
}

}  // namespace spillway
