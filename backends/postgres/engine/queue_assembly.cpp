// The other half of QueueAnswers: what was heard becomes one QueueReading.
#include <cmath>

#include "backends/domain/human_text.h"
#include "backends/postgres/engine/display_name.h"
#include "backends/postgres/engine/queue_answers.h"

namespace spillway {
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
namespace {

// A sample smaller than this says little about percentiles.
constexpr qint64 fewestSampled = 50;

// The answer on one queue: not observable where no question gives the signal, `absent` where the question
// has no row for the queue.
template <typename Value>
Value lookUp(const std::map<std::string, Value>& map, const std::string& queue, const QuestionPlan& plan,
             const QString& question, const QString& signal, const Value& absent) {
    if (!plan.answering(question, signal)) return Value::notObservable(plan.capabilities.why(signal));
    const auto it = map.find(queue);
    return it == map.end() ? absent : it->second;
}

QString unseenClaims(const QuestionPlan& plan) {
    if (plan.answering(u"claims"_s, u"claims"_s)) return u"No claim on this queue is recorded."_s;
    const QString watched = plan.capabilities.observable(u"take_overs"_s)
                                ? u" A take-over that two polls see is counted all the same."_s
                                : QString();
    return plan.capabilities.why(u"claims"_s) + watched;
}

}  // namespace

// Between two of the system's own counts the backlog goes on.
Count QueueAnswers::cachedCount(const ListedQueue& queue, const QString& state, const CachedCell& cell,
                                const Sources& from) const {
    const auto counted = Count::estimated(
        cell.n, u"%1, as of %2 ago"_s.arg(from.plan.answering(u"cached_counts"_s, state)->how,
                                          durationText(secondsBetween(cell.asOf, from.now))));
    if (state != "ready"_L1) return counted;
    std::vector<Count> elsewhere;
    for (const QString& other : {u"scheduled"_s, u"blocked"_s, u"retrying"_s, u"running"_s})
        elsewhere.push_back(count(queue, other, from));
    return from.advance.advanced(queue.name, counted, cell.asOf, flowTotals(queue.name, from), elsewhere,
                                 from.now);
}

Count QueueAnswers::count(const ListedQueue& queue, const QString& state, const Sources& from) const {
    std::optional<Cell> cell;
    if (from.plan.answering(u"counts"_s, state)) {
        cell = Cell{};  // a variant that groups has no row for an empty state
        if (const auto q = m_counts.find(queue.name); q != m_counts.end())
            if (const auto s = q->second.find(state); s != q->second.end()) cell = s->second;
    }
    if (cell && !cell->capped) return Count::exact(cell->n);
    const qint64 atLeast = cell ? cell->n : -1;
    if (const auto q = m_cached.find(queue.name); q != m_cached.end())
        if (const auto s = q->second.find(state);
            s != q->second.end() && from.now - s->second.asOf < 5min && s->second.n >= atLeast)
            return cachedCount(queue, state, s->second, from);
    if (!cell)
        return Count::notObservable(from.plan.capabilities.observable(state)
                                        ? u"The system's own count is missing or more than 5 minutes old."_s
                                        : from.plan.capabilities.why(state));
    const auto estimate = from.estimates.rows(queue.name, state);
    if (estimate && *estimate > cell->n)
        return Count::estimated(
            *estimate, u"the planner's estimate; counting stopped at %1"_s.arg(exactCountText(cell->n)));
    return Count::lowerBound(cell->n, u"counting stopped there to spare the server"_s);
}

FlowTotals QueueAnswers::flowTotals(const std::string& queue, const Sources& from) const {
    const auto total = [&](const QString& signal, const char* column) {
        const auto* question = from.plan.answering(u"flow"_s, signal);
        if (!question) {
            const auto why = from.plan.capabilities.why(signal);
            return Count::notObservable(why.isEmpty() ? u"%1 keeps no record of it."_s.arg(from.title) : why);
        }
        Count value = from.flow.total(queue, column);
        if (question->basis == FlowBasis::counter) {
            const auto q = m_counters.find(queue);
            if (q == m_counters.end() || !q->second.contains(column))
                return Count::notObservable(u"no counter was read for this queue"_s);
            value = Count::exact(q->second.at(column));
        }
        if (question->estimated.isEmpty() || value.provenance == Provenance::lower_bound) return value;
        return Count::estimated(*value.value, question->estimated);
    };
    FlowTotals totals{total(u"arrival_rate"_s, "enqueued"),        total(u"amplification"_s, "executed"),
                      total(u"amplification"_s, "first_executed"), total(u"retried"_s, "retried"),
                      total(u"drain_rate"_s, "completed"),         total(u"drain_rate"_s, "died"),
                      total(u"failed_for_good"_s, "failed")};
    if (const auto logged = m_executions.find(queue); logged != m_executions.end()) {
        totals.executed = logged->second.executed;
        totals.first_executed = logged->second.first_executed;
    }
    return totals;
}

DeadAges QueueAnswers::deadAges(const std::string& queue, const Count& dead, const Sources& from) const {
    DeadAges ages;
    const auto none = Measured<ServerTime>::notObservable(u"there is no such job"_s);
    const auto known = m_deadAges.find(queue);
    if (!from.plan.answering(u"dead_age"_s, u"dead_ages"_s)) {
        const auto why = from.plan.capabilities.why(u"dead_ages"_s);
        ages.p50_died_at = ages.p90_died_at = Measured<ServerTime>::notObservable(why);
        ages.buckets.fill(Count::notObservable(why));
    } else if (known != m_deadAges.end()) {
        ages = known->second;
    } else {
        ages.p50_died_at = ages.p90_died_at = none;
        ages.buckets.fill(Count::exact(0));
    }
    const auto sample = m_deadSamples.find(queue);
    const auto capped = m_deadAgesCapped.find(queue);
    const bool wanted = known == m_deadAges.end() || (capped != m_deadAgesCapped.end() && capped->second);
    if (wanted && sample != m_deadSamples.end() && sample->second.looked_at >= fewestSampled) {
        ages = sample->second.ages;
        const QString how = u"share among %1 dead jobs on random pages of the table"_s.arg(
            exactCountText(sample->second.looked_at));
        for (auto& bucket : ages.buckets)
            bucket = dead.known()
                         ? Count::estimated(std::llround(static_cast<double>(*bucket.value) *
                                                         static_cast<double>(*dead.value) /
                                                         static_cast<double>(sample->second.looked_at)),
                                            how)
                         : Count::lowerBound(*bucket.value, how);
    }
    ages.purge_next_at = lookUp(m_purgeNext, queue, from.plan, u"dead_age"_s, u"purge_next"_s, none);
    ages.retention = from.definition.retention;
    return ages;
}

namespace {
// Where the count was cut off, the due times may know of more.
Count atLeast(const Count& retrying, const RetryDues& dues, ServerTime now) {
    if (!retrying.known() || retrying.isExact() || !dues.known()) return retrying;
    qint64 later = 0;
    for (const RetryDue& due : *dues.value)
        if (due.minute > now) later += due.jobs;
    return later > *retrying.value ? Count::lowerBound(later, u"retries whose due time was looked at"_s)
                                   : retrying;
}
}  // namespace

// A worker could not claim them now: they are blocked, not ready.
void QueueAnswers::putBehind(QueueReading& reading, const std::string& queue) const {
    const auto it = m_behind.find(queue);
    if (it == m_behind.end()) return;
    reading.blocked_on_dead = it->second.dead;
    const Count& behind = it->second.ready;
    if (*behind.value == 0) return;
    const auto move = [&behind](Count& count, qint64 by) {
        if (!count.known()) return;
        count.value = std::max<qint64>(0, *count.value + by);
        if (behind.isExact()) return;
        // Of ready, a bound on what is behind leaves only an estimate.
        count.provenance = by < 0 ? Provenance::estimated : weaker(count.provenance, behind.provenance);
        count.method = count.method.isEmpty() ? behind.method : u"%1; %2"_s.arg(count.method, behind.method);
    };
    move(reading.ready, -*behind.value);
    if (!reading.blocked.known()) reading.blocked = Count::exact(0);
    move(reading.blocked, *behind.value);
}

QueueReading QueueAnswers::reading(const ListedQueue& queue, const Sources& from) const {
    const auto& plan = from.plan;
    const auto none = Measured<ServerTime>::notObservable(u"there is no such job"_s);
    QueueReading reading;
    reading.queue = displayName(queue.name);
    reading.paused = queue.paused;
    reading.ready = count(queue, u"ready"_s, from);
    reading.scheduled = count(queue, u"scheduled"_s, from);
    reading.blocked = count(queue, u"blocked"_s, from);
    reading.retrying = count(queue, u"retrying"_s, from);
    reading.running = count(queue, u"running"_s, from);
    reading.dead = count(queue, u"dead"_s, from);
    reading.overdue =
        from.definition.always.contains(u"overdue"_s) ? Count::exact(0) : count(queue, u"overdue"_s, from);
    reading.promotion_interval_s = from.definition.promotionInterval_s;
    putBehind(reading, queue.name);
    reading.oldest_ready_at = lookUp(m_oldest, queue.name, plan, u"oldest"_s, u"oldest_age_s"_s, none);
    reading.oldest_dead_at =
        lookUp(m_oldestDead, queue.name, plan, u"dead_age"_s, u"dead_oldest_age_s"_s, none);
    reading.lost_next_24h =
        from.definition.always.contains(u"lost_next_24h"_s)
            ? Count::exact(0)
            : lookUp(m_lost, queue.name, plan, u"dead_age"_s, u"lost_next_24h"_s, Count::exact(0));
    reading.expiring = lookUp(m_expiring, queue.name, plan, u"expiring"_s, u"expiring"_s, Count::exact(0));
    reading.expires_next_at = lookUp(m_expiresNext, queue.name, plan, u"expiring"_s, u"expiring"_s, none);
    // Without a job that runs it is not the rule that holds the others back.
    if (!queue.rule.isEmpty() && reading.running.valueOr(0) > 0)
        reading.held = Hold{queue.rule, std::nullopt, true};
    reading.dead_ages = deadAges(queue.name, reading.dead, from);
    reading.retry_due =
        lookUp(m_retryDues, queue.name, plan, u"retry_due"_s, u"retry_due"_s, RetryDues::exact({}));
    reading.retrying = atLeast(reading.retrying, reading.retry_due, from.now);
    reading.run_time_s =
        lookUp(m_runTimes, queue.name, plan, u"run_time"_s, u"run_time_s"_s,
               Seconds::notObservable(u"no job has lately succeeded at its first attempt"_s));
    reading.max_attempts_mean =
        lookUp(m_attempts, queue.name, plan, u"attempts"_s, u"potential_amplification"_s,
               Ratio::notObservable(u"there is no live job"_s));
    reading.flow = flowTotals(queue.name, from);
    if (const auto claims = m_claims.find(queue.name); claims != m_claims.end())
        reading.claims = claims->second;
    else
        reading.claims.claims = reading.claims.duplicates = Count::notObservable(unseenClaims(plan));
    return reading;
}

}  // namespace spillway
