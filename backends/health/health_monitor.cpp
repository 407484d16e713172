#include "backends/health/health_monitor.h"

#include <QRandomGenerator>
#include <algorithm>
#include <set>

#include "backends/health/dead_letter_queue.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

Seconds ageOf(const Measured<ServerTime>& since, ServerTime now) {
    if (!since.known()) return Seconds::notObservable(since.method);
    return {std::max(0.0, secondsBetween(*since.value, now)), since.provenance, since.method};
}

Seconds timeUntil(const Measured<ServerTime>& moment, ServerTime now) {
    if (!moment.known()) return Seconds::notObservable(moment.method);
    return {std::max(0.0, secondsBetween(now, *moment.value)), moment.provenance, moment.method};
}

// While a log is caught up with, its totals are bounds and grow by what happened long ago: the window begins
// behind that.
bool claimsCaughtUp(const SampledReading& reading) {
    return reading.claims.claims.provenance != Provenance::lower_bound &&
           reading.claims.duplicates.provenance != Provenance::lower_bound;
}

// How much a total grew over the window; a total that shrank (a log was emptied) starts anew.
Count increase(const std::vector<const QueueSample*>& window, Count SampledReading::Claims::*total) {
    if (window.size() < 2) return Count::notObservable(u"Needs two polls."_s);
    const Count& before = window.front()->reading.claims.*total;
    const Count& after = window.back()->reading.claims.*total;
    if (!before.known() || !after.known())
        return Count::notObservable(after.known() ? before.method : after.method);
    return {std::max<qint64>(0, *after.value - *before.value), weaker(before.provenance, after.provenance),
            after.method};
}

Rate perSecond(const Count& jobs, double seconds) {
    if (!jobs.known() || seconds <= 0) return Rate::notObservable(jobs.method);
    return {static_cast<double>(*jobs.value) / seconds, jobs.provenance, jobs.method};
}

Count stuckIn(const LeasesReading& leases, const QString& queue) {
    if (!leases.gap.isEmpty()) return Count::notObservable(leases.gap);
    if (!leases.total.known()) return Count::notObservable(leases.total.method);
    const auto stuck = std::count_if(leases.leases.begin(), leases.leases.end(),
                                     [&](const Lease& lease) { return lease.stuck && lease.queue == queue; });
    if (leases.isCut()) {
        const QString why =
            u"only %1 of %2 claims are looked at"_s.arg(leases.leases.size()).arg(*leases.total.value);
        return stuck > 0 ? Count::lowerBound(stuck, why) : Count::notObservable(why);
    }
    return {stuck, leases.total.provenance, leases.total.method};
}

// How long ago a running recorder's newest poll in the file may be: some of its intervals, and until they are
// written.
double longestUnseen(const std::vector<RecordedPoll>& polls) {
    const double all = secondsBetween(polls.front().at, polls.back().at);
    const double usual = all / std::max(1.0, static_cast<double>(polls.size()) - 1);
    return std::min(3 * usual + 20, 150.0);
}

constexpr double kSampledKept_s = 600;

QueueMemory memoryOf(const OwnExecutions& own, const WorkRhythm& rhythm, qint64 sampledDuplicates) {
    return {own.putBack(),     own.executed(),       own.waiting(),
            sampledDuplicates, rhythm.usualLull_s(), rhythm.lull_s()};
}

QString queueKey(const QString& system, const QString& queue) {
    return system + QChar(0x1f) + queue;
}

void markWorst(std::vector<SystemHealth>& systems, const std::vector<Finding>& open) {
    std::map<QString, Severity> worst;
    for (const auto& finding : open) {
        if (finding.queue.isEmpty()) continue;
        const auto [it, added] = worst.try_emplace(queueKey(finding.system, finding.queue), finding.severity);
        if (!added) it->second = std::max(it->second, finding.severity);
    }
    for (auto& system : systems) {
        const auto tells = [&system](const Finding& f) { return tellsOfNoWorkers(f, system.identity); };
        const bool noWorkers = std::any_of(open.begin(), open.end(), tells);
        for (auto& queue : system.queues) {
            if (const auto it = worst.find(queueKey(system.identity.key(), queue.reading.queue));
                it != worst.end())
                queue.severity = it->second;
            if (noWorkers && lacksWorkers(queue, system)) queue.severity = Severity::critical;
        }
    }
}

}  // namespace

HealthMonitor::HealthMonitor(QString connection, Environment environment, HealthSettings settings)
    : m_connection(std::move(connection)), m_environment(environment), m_settings(std::move(settings)),
      m_run(QRandomGenerator::global()->generate()) {}

void HealthMonitor::remember(RecordedPast past) {
    m_tracker.remember(past.findings);
    if (!m_begun) m_recorded = std::move(past.polls);
}

void HealthMonitor::takeUp(const ServerReading& reading) {
    const RecordedPolls recorded = std::exchange(m_recorded, {});
    if (!recorded || recorded->empty()) return;
    const auto& polls = *recorded;
    m_happened = polls.back().happened;
    const double unseen = secondsBetween(polls.back().at, reading.observed_at);
    if (unseen <= 0 || unseen > longestUnseen(polls)) return;
    m_resumed = true;
    m_settings.window_s = std::max(m_settings.window_s, HealthSettings().window_s);
    for (std::size_t i = 0; i < polls.size(); ++i)
        takeUp(polls[i], i > 0 && polls[i].run != polls[i - 1].run);
    for (const RecordedQueue& queue : polls.back().queues)
        takeUp(queue, queueKey(queue.system, queue.queue), polls.back().at);
    // The other run knew of those before, by this machine's clock.
    std::erase_if(m_moves, [&](const OwnMove& move) {
        return secondsBetween(move.at, reading.observed_at) - reading.clock_skew_s > unseen;
    });
}

void HealthMonitor::takeUp(const RecordedPoll& poll, bool ofNewRun) {
    for (const RecordedQueue& queue : poll.queues)
        m_timelines.try_emplace(queueKey(queue.system, queue.queue), m_settings.window_s)
            .first->second.addRecorded(
                {poll.at, queue.reading, queue.memory.put_back, queue.memory.own_executions, ofNewRun});
}

void HealthMonitor::takeUp(const RecordedQueue& queue, const QString& key, ServerTime at) {
    m_rhythms[key].resume(queue.memory.usual_lull_s, queue.memory.lull_s);
    m_own[key].resume(queue.memory.put_back, queue.memory.own_executions, queue.memory.own_waiting);
    if (queue.memory.sampled_duplicates > 0) m_sampled[key] = {queue.memory.sampled_duplicates, at, {}};
    if (queue.reading.claims.claims.known())
        m_claimsBefore[key] = {queue.reading.claims, at, queue.claims_since};
}

// Totals that began with the run go on from those of the run before. A log is the same for both; while this
// run still reads it, the other one's total is the better bound.
void HealthMonitor::continueClaims(ClaimsReading& claims, const QString& key) const {
    const auto it = m_claimsBefore.find(key);
    if (it == m_claimsBefore.end()) return;
    const ClaimsBefore& before = it->second;
    const auto both = [](const Count& old, const Count& own) {
        if (!old.known() || !own.known()) return own;
        return Count{*old.value + *own.value,
                     weaker(Provenance::estimated, weaker(old.provenance, own.provenance)),
                     own.method.isEmpty() ? continuedMethod() : own.method};
    };
    const auto atLeast = [](const Count& old, const Count& own) {
        return old.valueOr(0) > own.valueOr(0) ? Count::lowerBound(*old.value, own.method) : own;
    };
    if (claims.since && *claims.since > before.at) {
        claims.claims = both(before.totals.claims, claims.claims);
        claims.duplicates = both(before.totals.duplicates, claims.duplicates);
        claims.since = before.since;
    } else if (claims.claims.provenance == Provenance::lower_bound) {
        claims.claims = atLeast(before.totals.claims, claims.claims);
        claims.duplicates = atLeast(before.totals.duplicates, claims.duplicates);
    }
}

QueueHealth HealthMonitor::queueHealth(const QueueReading& read, const QString& key, ServerTime at) {
    QueueTimeline& timeline = m_timelines.try_emplace(key, m_settings.window_s).first->second;
    QueueHealth health;
    health.reading = read.dead_letter_queue ? asDeadLetters(read) : read;
    continueClaims(health.reading.claims, key);
    const QueueReading& queue = health.reading;
    OwnExecutions& own = m_own[key];
    const auto told = m_putBack.extract(key);
    own.add(told.empty() ? 0 : told.mapped(), queue);
    timeline.add(at, queue, own.putBack(), own.executed(), m_resumed && timeline.size() > 0);
    timeline.unpack(m_settings.window_s, m_window);
    const auto& window = m_window.samples();
    health.flow = backlogFlow(window);
    WorkRhythm& rhythm = m_rhythms[key];
    if (!health.flow.steps.empty()) rhythm.add(health.flow.steps.back(), queue.ready.valueOr(0) > 0);
    if (const auto start = startOfRegime(window, health.flow); start > 0)
        health.flow = backlogFlow({window.begin() + static_cast<std::ptrdiff_t>(start), window.end()});
    health.retry = retryAmplification(window);
    health.oldest_age_s = ageOf(queue.oldest_ready_at, at);
    health.forecast = drainForecast(queue.ready, health.flow, health.oldest_age_s, rhythm);
    if (queue.held) health.forecast = heldForecast(health.forecast, *queue.held, at);
    health.failed = failedShare(window);
    health.oldest_blocked_s = ageOf(queue.oldest_blocked_at, at);
    health.expires_next_s = timeUntil(queue.expires_next_at, at);
    health.flow.steps.clear();
    health.dead = deadLetterAge(window, timeline);
    if (queue.retry_due.known()) health.wave = retryWave(*queue.retry_due.value, at, health.flow.drain);
    health.overlap = overlap(queue.running, perSecond(health.retry.first_attempts, health.retry.window_s),
                             queue.run_time_s);
    addClaims(health, window, key);
    health.dead_oldest_age_s = ageOf(queue.oldest_dead_at, at);
    const auto sampled = m_sampled.find(key);
    if (sampled != m_sampled.end()) sampled->second.seen = at;
    health.memory = memoryOf(own, rhythm, sampled == m_sampled.end() ? 0 : sampled->second.count);
    return health;
}

const QueueLimits& HealthMonitor::limits(const QString& queue) {
    const auto known = m_limits.find(queue);
    if (known != m_limits.end()) return known->second;
    return m_limits.emplace(queue, limitsOf(queue, m_settings.objectives)).first->second;
}

SystemHealth HealthMonitor::systemHealth(const SystemReading& system, ServerTime at) {
    sampleClaims(system, at);
    SystemHealth health;
    health.identity = system.identity;
    health.capabilities = system.capabilities;
    health.queues_not_shown = system.queues_not_shown;
    health.workers = system.workers;
    health.leases = system.leases;
    health.conditions = system.conditions;
    addHappened(m_happened, system.identity.key(), at, health.conditions);
    for (const auto& queue : system.queues) {
        health.queues.push_back(queueHealth(queue, queueKey(system.identity.key(), queue.queue), at));
        health.queues.back().limits = limits(queue.queue);
        health.queues.back().stuck = stuckIn(system.leases, queue.queue);
    }
    return health;
}

void HealthMonitor::sampleClaims(const SystemReading& system, ServerTime at) {
    for (auto& claim : m_sampling[system.identity.key()].add(at, system.leases)) {
        Sampled& sampled = m_sampled[queueKey(system.identity.key(), claim.queue)];
        ++sampled.count;
        sampled.seen = at;
        addIncident(sampled.incidents, std::move(claim));
    }
}

// The system's own evidence where it keeps any; what two polls saw otherwise.
void HealthMonitor::addClaims(QueueHealth& health, const std::vector<const QueueSample*>& window,
                              const QString& key) const {
    const ClaimsReading& claims = health.reading.claims;
    const auto sampled = m_sampled.find(key);
    const bool seen = sampled != m_sampled.end();
    health.incidents = claims.incidents;
    if (seen && !claims.duplicates.isExact())
        health.incidents.insert(health.incidents.end(), sampled->second.incidents.begin(),
                                sampled->second.incidents.end());
    Count duplicates = claims.duplicates;
    if (!duplicates.known() && seen)
        duplicates =
            Count::lowerBound(sampled->second.count, u"different owners seen by two polls since we watch"_s);
    health.duplicates = duplicateClaims(claims.claims, duplicates);
    const auto recent = untilLast(sinceFirst(window, claimsCaughtUp), claimsCaughtUp);
    health.recent_duplicates = duplicateClaims(increase(recent, &SampledReading::Claims::claims),
                                               increase(recent, &SampledReading::Claims::duplicates));
}

void HealthMonitor::tellOwnMoves(const std::vector<OwnMove>& moves) {
    m_moves.insert(m_moves.end(), moves.begin(), moves.end());
}

// Another server, or another role of the same one: totals may begin anew, and what was planned is refused.
void HealthMonitor::noticeMove(const ServerInfo& server, ServerTime at) {
    const auto roleOf = [](const ServerInfo& info) {
        return info.role == ServerRole::replica ? u"a replica"_s : u"the primary"_s;
    };
    QString moved;
    if (m_server && m_server->address != server.address)
        moved = u"%1, %2, answers now instead of %3"_s.arg(server.address, roleOf(server), m_server->address);
    else if (m_server && m_server->role != server.role && m_server->role != ServerRole::unknown &&
             server.role != ServerRole::unknown)
        moved = u"%1 was %2 and is %3 now"_s.arg(server.address, roleOf(*m_server), roleOf(server));
    m_server = server;
    if (moved.isEmpty()) return;
    m_moved = moved;
    m_movedAt = at;
}

std::optional<Finding> HealthMonitor::moveFinding(ServerTime at) const {
    constexpr double kTold_s = 15 * 60;
    if (m_moved.isEmpty() || secondsBetween(m_movedAt, at) > kTold_s) return std::nullopt;
    Finding f;
    f.id = u"moved:"_s + m_connection;
    f.severity = Severity::warning;
    f.connection = m_connection;
    f.title = u"The server has changed"_s;
    f.sentence = m_moved + u'.';
    f.evidence = u"seen by two polls in a row; said for 15 minutes"_s;
    f.action =
        u"If nobody planned it, find out why the old one went away. Rates begin anew, and jobs that were "
        "under way may run twice."_s;
    return f;
}

ReadingPtr HealthMonitor::add(const ServerReading& reading) {
    m_resumed = false;
    if (!std::exchange(m_begun, true)) takeUp(reading);
    for (const OwnMove& move : std::exchange(m_moves, {}))
        m_putBack[queueKey(move.system, move.queue)] += move.jobs;
    auto report = std::make_shared<Reading>();
    report->run = m_run;
    report->connection = m_connection;
    report->environment = m_environment;
    report->observed_at = reading.observed_at;
    report->clock_skew_s = reading.clock_skew_s;
    report->server = reading.server;
    report->cost = reading.cost;
    report->invariants = reading.invariants;

    std::vector<Finding> seen = findingsForServer(reading, m_connection, m_settings.thresholds);
    noticeMove(reading.server, reading.observed_at);
    if (auto moved = moveFinding(reading.observed_at)) seen.push_back(*std::move(moved));
    std::set<QString> present;
    for (const auto& system : reading.systems) {
        SystemHealth health = systemHealth(system, reading.observed_at);
        for (const auto& queue : system.queues) present.insert(queueKey(system.identity.key(), queue.queue));
        const FindingContext context{m_connection, &health, m_settings.thresholds, reading.observed_at};
        for (const auto& queue : health.queues)
            for (auto& finding : findingsForQueue(queue, context)) seen.push_back(std::move(finding));
        for (auto& finding : findingsForSystem(context)) seen.push_back(std::move(finding));
        report->systems.push_back(std::move(health));
    }
    std::erase_if(m_timelines, [&](const auto& entry) { return !present.contains(entry.first); });
    std::erase_if(m_rhythms, [&](const auto& entry) { return !present.contains(entry.first); });
    std::erase_if(m_own, [&](const auto& entry) { return !present.contains(entry.first); });
    std::erase_if(m_sampled, [&](const auto& entry) {
        return secondsBetween(entry.second.seen, reading.observed_at) > kSampledKept_s;
    });
    m_putBack.clear();

    mergeNoWorkers(seen);
    report->findings = m_tracker.update(seen, reading.observed_at);
    markWorst(report->systems, report->findings);
    const auto limit = static_cast<std::size_t>(m_settings.max_findings);
    if (report->findings.size() > limit) {
        report->findings_not_shown = static_cast<int>(report->findings.size() - limit);
        report->findings.resize(limit);
    }
    return report;
}

}  // namespace spillway
