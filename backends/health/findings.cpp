#include "backends/health/findings.h"

#include <algorithm>
#include <cmath>

#include "backends/domain/display_zone.h"
#include "backends/domain/human_text.h"
#include "backends/health/no_workers.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// What all findings of one queue share; each rule below adds at most one.
class QueueFindings {
public:
    QueueFindings(const QueueHealth& queue, const FindingContext& context)
        : m_queue(queue), m_context(context), m_name(visibleText(queue.reading.queue, 80)) {}

    std::vector<Finding> all() {
        // No worker at all explains a queue that stands still; it is said once, for the system.
        if (!paused() && !neverDrains() && !held() && !stalled()) oldestWaits();
        deadLetters();
        deadInflow();
        aboutToBeLost();
        overdue();
        retryStorm();
        wave();
        duplicates();
        return std::move(m_found);
    }

private:
    const QueueReading& reading() const { return m_queue.reading; }
    qint64 waiting() const { return reading().ready.valueOr(0); }
    QString windowText() const { return durationText(std::max(1.0, std::round(m_queue.flow.window_s))); }

    Finding& add(const QString& rule, Severity severity) {
        m_found.push_back(newFinding(m_context, rule, reading().queue, severity));
        return m_found.back();
    }

    bool paused() {
        if (!reading().paused.value_or(false) || waiting() == 0) return false;
        const bool growing = m_queue.flow.growth.valueOr(0) > 0;
        Finding& f = add(u"paused"_s, growing ? Severity::warning : Severity::info);
        f.title = u"%1 is paused"_s.arg(m_name);
        f.sentence = growing ? u"%1: paused with %2 waiting, growing %3."_s.arg(
                                   m_name, countText(reading().ready), rateText(m_queue.flow.growth))
                             : u"%1: paused with %2 waiting."_s.arg(m_name, countText(reading().ready));
        f.evidence = u"The queue's own pause flag is set."_s;
        f.action = u"Find out who paused it and why; resume it when the reason is gone."_s;
        f.impact = static_cast<double>(waiting());
        return true;
    }

    // The forecast has no verdict of a stall then, see HealthMonitor.
    bool held() {
        if (m_queue.forecast.held.isEmpty() || waiting() == 0) return false;
        Finding& f = add(u"held"_s, Severity::info);
        f.title = u"%1: %2"_s.arg(m_name, m_queue.forecast.held);
        f.sentence = u"%1, %2 wait%3."_s.arg(f.title, countText(reading().ready), oldestClause());
        f.evidence = u"By the queue system's own rule; %1 running."_s.arg(countText(reading().running));
        f.action = u"Nothing is broken. Lift the limit if what waits cannot wait so long."_s;
        f.impact = static_cast<double>(waiting());
        return true;
    }

    bool neverDrains() {
        const auto& forecast = m_queue.forecast;
        if (forecast.verdict != DrainVerdict::never_drains || !forecast.significant) return false;
        if (waiting() < m_context.thresholds.min_samples) return false;
        Finding& f = add(u"never_drains"_s, Severity::critical);
        f.title = u"%1 will never drain"_s.arg(m_name);
        const QString head = u"%1: %2 waiting, growing %3, will never drain"_s.arg(
            m_name, countText(reading().ready), rateText(m_queue.flow.growth));
        f.sentence = m_queue.flow.drain.known()
                         ? u"%1 at today's %2."_s.arg(head, rateText(m_queue.flow.drain))
                         : head + u'.';
        f.evidence = u"Over the last %1: arrivals %2, drain %3."_s.arg(
            windowText(), rateText(m_queue.flow.arrival), rateText(m_queue.flow.drain));
        f.action = neededDrain();
        f.impact = static_cast<double>(waiting());
        return true;
    }

    QString neededDrain() const {
        const auto& hold = m_queue.forecast.hold_factor;
        const auto& clear = m_queue.forecast.clear_1h_factor;
        if (!hold.known() || !clear.known()) return u"Slow the producers or add workers."_s;
        const double wanted = *clear.value;
        return u"Drain must be %1 today's%2 to stop the growth, and %3 to clear it in 1 h."_s.arg(
            factorText(*hold.value), workersNeeded(*hold.value),
            wanted < 10 ? factorText(wanted) : u"%1×"_s.arg(exactCountText(std::llround(wanted))));
    }

    // Only where one queue has all the workers: otherwise nobody knows how many serve this one.
    QString workersNeeded(double factor) const {
        const auto& capacity = m_context.system->workers.concurrency;
        if (m_context.system->queues.size() != 1 || !capacity.known() || *capacity.value <= 0) return {};
        const auto needed = static_cast<qint64>(std::ceil(static_cast<double>(*capacity.value) * factor));
        return u" (%1 worker slots instead of %2)"_s.arg(needed).arg(*capacity.value);
    }

    bool stalled() {
        if (m_queue.forecast.verdict != DrainVerdict::stalled) return false;
        // Said by a finding of its own, which names the cause.
        if (lacksWorkers(m_queue, *m_context.system) || isUnserved(m_queue, *m_context.system)) return true;
        const bool busy = running() > 0;
        const bool grave =
            !busy && (waiting() >= m_context.thresholds.min_samples || m_queue.oldest_age_s.valueOr(0) >= 60);
        Finding& f = add(u"stalled"_s, grave ? Severity::critical : Severity::warning);
        f.title = u"%1 is stalled"_s.arg(m_name);
        f.sentence = u"%1: %2 waiting and nothing has left in the last %3%4."_s.arg(
            m_name, countText(reading().ready),
            durationText(std::max(1.0, std::round(m_queue.forecast.quiet_s))), oldestClause());
        f.evidence = busy ? u"%1 running, none finished."_s.arg(countText(running()))
                          : u"Drain %1, arrivals %2%3."_s.arg(rateText(m_queue.flow.drain),
                                                              rateText(m_queue.flow.arrival), othersDrain());
        f.action = busy ? u"Look at the jobs that run: are they slow, or stuck?"_s
                        : u"Check that workers for this queue are running and can reach the server."_s;
        if (const QString others = busyWith(); !busy && !others.isEmpty()) {
            f.evidence = u"Live workers list it, but they are busy with %1."_s.arg(others);
            f.action =
                u"Give it workers of its own, or a weight instead of a strict order: queues listed before "
                "it come first for as long as they have jobs."_s;
        }
        f.impact = static_cast<double>(waiting());
        return true;
    }

    // That the same system works elsewhere tells of this queue, not of the server.
    QString othersDrain() const {
        QStringList others;
        for (const QueueHealth& queue : m_context.system->queues)
            if (queue.reading.queue != reading().queue && queue.flow.drain.valueOr(0) > 0)
                others << visibleText(queue.reading.queue, 60);
        if (others.isEmpty()) return {};
        const auto more = others.size() - 3;
        return u"; meanwhile jobs leave %1%2"_s.arg(others.mid(0, 3).join(u", "_s),
                                                    more > 0 ? u" and %1 more"_s.arg(more) : QString());
    }

    // An id whose job is gone is listed as running and is not run by anybody.
    qint64 running() const {
        const auto& leases = m_context.system->leases.leases;
        const auto gone = std::ranges::count_if(
            leases, [this](const Lease& lease) { return lease.job_gone && lease.queue == reading().queue; });
        return std::max<qint64>(0, reading().running.valueOr(0) - gone);
    }

    // The queues with running jobs that all live workers of this one serve as well; empty: some are free, or
    // nobody knows.
    QString busyWith() const {
        QStringList others;
        bool any = false;
        for (const Worker& worker : m_context.system->workers.list) {
            if (!worker.alive || !worker.queues.contains(reading().queue)) continue;
            if (worker.busy.valueOr(0) < std::max<qint64>(1, worker.concurrency.valueOr(1))) return {};
            any = true;
            for (const QString& queue : worker.queues)
                if (queue != reading().queue && isRunning(queue) && !others.contains(queue)) others << queue;
        }
        return any ? visibleText(others.mid(0, 5).join(u", "_s), 200) : QString();
    }

    bool isRunning(const QString& name) const {
        const auto& queues = m_context.system->queues;
        return std::any_of(queues.begin(), queues.end(), [&name](const QueueHealth& queue) {
            return queue.reading.queue == name && queue.reading.running.valueOr(0) > 0;
        });
    }

    QString oldestClause() const {
        return m_queue.oldest_age_s.known()
                   ? u"; the oldest waits %1"_s.arg(durationText(m_queue.oldest_age_s))
                   : QString();
    }

    void oldestWaits() {
        const double age = m_queue.oldest_age_s.valueOr(0);
        const QueueLimits& limits = m_queue.limits;
        const bool critical = limits.oldest_critical_s && age >= *limits.oldest_critical_s;
        if (!critical && age < limits.oldest_warning_s) return;
        Finding& f = add(u"oldest_waits"_s, critical ? Severity::critical : Severity::warning);
        f.title = u"%1: oldest job waits %2"_s.arg(m_name, durationText(age));
        f.sentence = u"%1: the oldest of %2 waiting jobs waits %3; %4."_s.arg(
            m_name, countText(reading().ready), durationText(m_queue.oldest_age_s),
            drainVerdictText(m_queue.forecast, m_queue.flow));
        f.evidence = u"Age by the server's clock."_s;
        f.action =
            u"Check whether something holds the head of the queue, or whether jobs are starved by priority."_s;
        f.impact = age;
    }

    void deadLetters() {
        const auto& dead = reading().dead;
        if (!dead.known() || *dead.value == 0) return;
        const double age = m_queue.dead_oldest_age_s.valueOr(0);
        const QueueLimits& limits = m_queue.limits;
        Finding& f = add(u"dead_letters"_s, age > limits.dead_critical_s  ? Severity::critical
                                            : age > limits.dead_warning_s ? Severity::warning
                                                                          : Severity::info);
        const bool one = *dead.value == 1;
        // One line of a monitoring system says why it is grave.
        const QString grave =
            age > limits.dead_warning_s ? u", oldest %1"_s.arg(durationText(age)) : QString();
        f.title =
            u"%1: %2 %3%4"_s.arg(m_name, countText(dead), one ? u"dead letter"_s : u"dead letters"_s, grave);
        f.sentence = u"%1: %2 given up%3%4."_s.arg(
            m_name, one ? u"1 job was"_s : u"%1 jobs were"_s.arg(countText(dead)), oldestDeath(one),
            untouchedClause());
        f.evidence = m_queue.dead_oldest_age_s.known() ? u"Age since death, by the server's clock."_s
                                                       : m_queue.dead_oldest_age_s.method;
        f.action =
            u"Look at why they died (group them by error); replay or discard them before they are forgotten."_s;
        f.impact = static_cast<double>(*dead.value);
    }

    QString oldestDeath(bool one) const {
        const Seconds& age = m_queue.dead_oldest_age_s;
        if (!age.known()) return {};
        return u"%1 %2 ago"_s.arg(one ? u""_s : u", the oldest"_s, durationText(age));
    }

    // Said where it tells more than the age does, or where the age is grave.
    QString untouchedClause() const {
        const Seconds& untouched = m_queue.dead.untouched_s;
        if (!untouched.known() || *untouched.value < m_queue.limits.dead_warning_s) return {};
        if (untouched.provenance == Provenance::estimated) return u"; nobody has touched it since"_s;
        const QString sign = untouched.provenance == Provenance::lower_bound ? u"at least "_s : QString();
        return u"; none was replayed or discarded for %1%2"_s.arg(sign, durationText(*untouched.value));
    }

    void deadInflow() {
        const Ratio& factor = m_queue.dead.inflow_over_mean;
        if (!(factor.valueOr(0) > m_context.thresholds.inflow_over_mean)) return;
        Finding& f = add(u"dead_inflow"_s, Severity::warning);
        const Count& lastHour = m_queue.dead.buckets[0];
        f.title = u"%1: %2 died in the last hour"_s.arg(m_name, countText(lastHour));
        const Count& before = m_queue.dead.buckets[1];
        f.sentence = u"%1: %2 died in the last hour, %3 in the 23 before."_s.arg(
            m_name, countText(lastHour), before.valueOr(0) == 0 ? u"none"_s : countText(before));
        f.evidence = factor.method;
        f.action = u"Group the newest dead letters by error: a deploy or a dependency broke them."_s;
        f.impact = static_cast<double>(lastHour.valueOr(0));
    }

    void aboutToBeLost() {
        const auto& lost = reading().lost_next_24h;
        if (lost.valueOr(0) == 0) return;
        Finding& f = add(u"lost_next_24h"_s, Severity::warning);
        const QString owner = m_context.system->identity.title;
        const bool one = *lost.value == 1;
        f.title = u"%1: %2 dead %3 deleted within 24 h"_s.arg(m_name, countText(lost),
                                                              one ? u"letter is"_s : u"letters are"_s);
        f.sentence = u"%1: %2 itself will delete %3 dead %4 within 24 h%5."_s.arg(
            m_name, owner, countText(lost), one ? u"letter"_s : u"letters"_s, firstLoss());
        f.evidence = lost.method.isEmpty() ? u"The system's own retention."_s : lost.method;
        f.action = u"Replay or export what is still needed before then."_s;
        f.impact = static_cast<double>(*lost.value);
    }

    QString firstLoss() const {
        const Seconds& first = m_queue.dead.purge_next_s;
        return first.known() ? u", the first in %1"_s.arg(durationText(*first.value)) : QString();
    }

    void overdue() {
        const auto& late = reading().overdue;
        if (late.valueOr(0) == 0) return;
        Finding& f = add(u"overdue"_s, Severity::warning);
        const bool one = *late.value == 1;
        f.title = u"%1: %2 %3 overdue"_s.arg(m_name, countText(late), one ? u"job is"_s : u"jobs are"_s);
        f.sentence = u"%1: %2 scheduled or retrying %3 past %4 time, and nobody makes %5 ready."_s.arg(
            m_name, countText(late), one ? u"job is"_s : u"jobs are"_s, one ? u"its"_s : u"their"_s,
            one ? u"it"_s : u"them"_s);
        f.evidence = u"Due more than %1 ago by the server's clock."_s.arg(
            durationText(reading().promotion_interval_s));
        f.action = u"Check the scheduler of %1: it runs inside the workers, so look there first."_s.arg(
            m_context.system->identity.title);
        f.impact = static_cast<double>(*late.value);
    }

    void retryStorm() {
        const auto& retry = m_queue.retry;
        const QueueLimits& limits = m_queue.limits;
        if (retry.retry_share.valueOr(0) < limits.retry_warning_share) return;
        const bool burnt = *retry.retry_share.value >= limits.retry_critical_share;
        Finding& f = add(u"retry_storm"_s, burnt ? Severity::critical : Severity::warning);
        f.title = u"%1: %2 of executions are retries"_s.arg(m_name, percentText(*retry.retry_share.value));
        f.sentence = u"%1: %2; healthy is below %3 %."_s.arg(m_name, amplificationText(retry))
                         .arg(std::lround(limits.retry_critical_share * 100));
        f.evidence = u"%1 executions for %2 first attempts in the last %3."_s.arg(
            countText(retry.executions), countText(retry.first_attempts),
            durationText(std::max(1.0, retry.window_s)));
        f.action =
            retry.potential.known()
                ? u"If what they call stays down, each job runs up to %1 times: space the retries out, or stop the producers."_s
                      .arg(factorText(*retry.potential.value).chopped(1))
                : u"Look at what the jobs call: retries multiply the load on it."_s;
        f.impact = static_cast<double>(retry.executions.valueOr(0));
    }

    void wave() {
        const RetryWave& wave = m_queue.wave;
        if (!wave.peak || wave.peak->jobs < m_context.thresholds.min_samples) return;
        if (wave.peak_over_drain.valueOr(0) < m_context.thresholds.wave_over_drain) return;
        Finding& f = add(u"retry_wave"_s, Severity::warning);
        const QString at = clockText(wave.peak->minute);
        f.title = u"%1: a wave of retries at %2"_s.arg(m_name, at);
        f.sentence = u"%1: %2."_s.arg(m_name, retryWaveText(wave, at));
        f.evidence = u"Due times of the jobs that wait for a retry, against the present drain of %1."_s.arg(
            rateText(m_queue.flow.drain));
        f.action =
            u"Add workers before then, or spread the retries: a random part in their delay keeps them apart."_s;
        f.impact = static_cast<double>(wave.peak->jobs);
    }

    static QString clockText(ServerTime moment) {
        const QDateTime local = displayTime(moment);
        return local.toString(u"HH:mm "_s) + local.timeZoneAbbreviation();
    }

    void duplicates() {
        const DuplicateClaims& claims = m_queue.duplicates;
        if (claims.duplicates.valueOr(0) == 0) return;
        const bool now = m_queue.recent_duplicates.duplicates.valueOr(0) > 0;
        Finding& f = add(u"duplicate_claims"_s, now ? Severity::critical : Severity::warning);
        const QString noun = *claims.duplicates.value == 1 ? u"duplicate claim"_s : u"duplicate claims"_s;
        f.title = u"%1: %2 %3"_s.arg(m_name, countText(claims.duplicates), noun);
        f.sentence = claims.rate_ppm.known()
                         ? u"%1 of %2 claims, %3."_s.arg(f.title, countText(claims.claims),
                                                         duplicateClaimsText(claims))
                         : u"%1: %2 more than once at the same time."_s.arg(
                               m_name, *claims.duplicates.value == 1
                                           ? u"1 job was held"_s
                                           : u"jobs were held %1 times"_s.arg(countText(claims.duplicates)));
        f.evidence = m_queue.incidents.empty() ? claimEvidenceName(reading().claims.evidence)
                                               : incidentText(m_queue.incidents.front());
        f.action =
            u"Look at how jobs are claimed: in one atomic step, with a lease longer than the job takes? Make "
            u"the job "
            "safe to run twice."_s;
        f.impact = static_cast<double>(*claims.duplicates.value);
    }

    static QString incidentText(const DuplicateClaim& claim) {
        const QString owners = claim.first_owner.isEmpty() && claim.second_owner.isEmpty()
                                   ? QString()
                                   : u", by %1 and %2"_s.arg(visibleText(claim.first_owner, 60),
                                                             visibleText(claim.second_owner, 60));
        return u"Newest: job %1%2; %3 (%4)."_s.arg(visibleText(claim.id, 60), owners,
                                                   visibleText(claim.note, 160),
                                                   claimEvidenceName(claim.evidence));
    }

    const QueueHealth& m_queue;
    const FindingContext& m_context;
    QString m_name;
    std::vector<Finding> m_found;
};

}  // namespace

Finding newFinding(const FindingContext& context, const QString& rule, const QString& queue,
                   Severity severity) {
    Finding f;
    f.id = rule + u':' + context.system->identity.key() + u':' + queue;
    f.severity = severity;
    f.connection = context.connection;
    f.system = context.system->identity.key();
    f.queue = queue;
    return f;
}

std::vector<Finding> findingsForQueue(const QueueHealth& queue, const FindingContext& context) {
    std::vector<Finding> found = QueueFindings(queue, context).all();
    for (auto& finding : findingsForEndings(queue, context)) found.push_back(std::move(finding));
    return found;
}

}  // namespace spillway
