#include "backends/drill/claim_drill_run.h"

#include <algorithm>

#include "backends/domain/human_text.h"
#include "backends/health/duplicate_claims.h"
#include "backends/postgres/drill/claim_arena.h"
#include "backends/redis/drill/claim_arena.h"

namespace spillway {
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
namespace {

constexpr qint64 kJobsAtOnce = 20'000;  // created in one statement
constexpr qint64 kJobsAhead = 10'000;   // fewer free ones than this: more are made
constexpr milliseconds kIdle{5'000};    // without any claim although jobs are free
constexpr milliseconds kGrace{
    7'000};  // for a worker to come back by itself, longer than a statement may take
constexpr qint64 kClaimsBetweenKills = 200;
enum JobState : unsigned char { kFree, kTaken, kAbandoned };

}  // namespace

std::unique_ptr<ClaimArena> makeClaimArena(const ConnectionSettings& settings,
                                           const ClaimDrillSettings& drill) {
    if (settings.kind == ServerKind::postgres) return makePostgresClaimArena(settings, drill);
    return makeRedisClaimArena(settings, drill);
}

std::optional<Failure> refusedInProduction(const ConnectionSettings& settings) {
    if (settings.environment != Environment::production) return std::nullopt;
    return Failure{FailureKind::usage,
                   u"Drills write and load the server, and %1 counts as production."_s.arg(settings.name),
                   {},
                   u"Run it on staging; if that is what it is, say --environment staging or development."_s};
}

Outcome<ClaimDrillResult> ClaimDrillRun::run(const Progress& progress) {
    const auto limits = limitsOf(m_settings);
    if (!limits) return limits.failure();
    m_limits = *limits;
    const auto server = m_arena.open();
    if (!server) return server.failure();
    if (const auto ready = prepare(); !ready) {
        (void)m_arena.close();
        return ready.failure();
    }
    measure(progress);
    return conclude(*server);
}

Outcome<Done> ClaimDrillRun::prepare() {
    m_jobs = std::vector<std::atomic<unsigned char>>(static_cast<std::size_t>(m_limits.jobs + 1));
    if (auto added = refill(); !added) return added;
    return m_arena.rehearse();
}

Outcome<Done> ClaimDrillRun::refill() {
    const qint64 created = m_created;
    const qint64 last = std::min(created + kJobsAtOnce, m_limits.jobs);
    if (created - m_claimed > kJobsAhead || last == created) return Done{};
    if (auto added = m_arena.addJobs(created + 1, last); !added) return added;
    m_created = last;
    return Done{};
}

void ClaimDrillRun::measure(const Progress& progress) {
    m_nextNumber = m_settings.workers + 1;
    m_tended = steady_clock::now();
    m_started = m_tended;
    m_running = m_settings.workers;
    for (int number = 1; number <= m_settings.workers; ++number)
        m_threads.emplace_back([this, number] { work(number); });
    superviseUntilDone(progress);
    waitForThreads();
    m_seconds = seconds();
}

void ClaimDrillRun::superviseUntilDone(const Progress& progress) {
    auto shown = steady_clock::now();
    for (;;) {
        {
            std::unique_lock lock(m_mutex);
            m_changed.wait_for(lock, 50ms, [this] { return m_end || m_running == 0; });
            if (m_end || m_running == 0) return;
        }
        supervise();
        if (progress && steady_clock::now() - shown > 200ms) {
            shown = steady_clock::now();
            progress(soFar());
        }
    }
}

void ClaimDrillRun::supervise() {
    const auto now = steady_clock::now();
    const ClaimDrillProgress so = soFar();
    if (now - m_started.load() >= m_limits.time) return end(DrillEnd::time);
    if (so.claims >= m_limits.claims) return end(DrillEnd::claims);
    if (m_settings.until_ppm && so.claims > 0 && so.upper95_ppm <= *m_settings.until_ppm)
        return end(DrillEnd::bound);
    if (now - m_tended >= 1s) {
        m_tended = now;
        m_arena.tend();
    }
    if (const auto filled = refill(); !filled) return fail(filled.failure());
    const milliseconds idle = std::chrono::duration_cast<milliseconds>(now - m_started.load()) -
                              milliseconds{m_lastClaim_ms.load()};
    if (idle < kIdle + (m_settings.kill_workers > 0 ? m_settings.lease : 0ms)) return;
    if (m_claimed == m_limits.jobs) return end(DrillEnd::jobs);  // what dead workers held, nobody takes over
    fail({FailureKind::usage,
          u"No worker has claimed anything for %1 s although %2 jobs are free."_s.arg(kIdle / 1s)
              .arg(exactCountText(m_created - m_claimed)),
          {},
          u"The claim must find every job that nobody has taken."_s});
}

void ClaimDrillRun::waitForThreads() {
    {
        std::unique_lock lock(m_mutex);
        const auto gone = [this] { return m_running == 0; };
        if (!m_changed.wait_for(lock, kGrace, gone))
            for (auto* worker : m_live) worker->interrupt();
    }
    for (auto& thread : m_threads) thread.join();
}

Outcome<ClaimDrillResult> ClaimDrillRun::conclude(const ServerInfo& server) {
    ClaimDrillResult result;
    result.settings = m_settings;
    result.server = server;
    result.measured_at = m_arena.openedAt();
    result.seconds = m_seconds;
    result.end = m_end.value_or(DrillEnd::jobs);
    result.failure = m_failure;
    result.lost_races = m_lostRaces;
    result.aborted = m_aborted;
    auto records = m_arena.records();
    result.left_behind = m_arena.close();
    if (!records) return records.failure();
    result.recorded = judgedClaims(std::move(records).value(), m_killed);
    if (m_failure && *result.recorded.rate.claims.value == 0) return *m_failure;
    return result;
}

void ClaimDrillRun::stop() {
    end(DrillEnd::stopped);
}

void ClaimDrillRun::end(DrillEnd how) {
    const std::lock_guard lock(m_mutex);
    if (!m_end) m_end = how;
    m_over = true;
    m_changed.notify_all();
}

void ClaimDrillRun::fail(const Failure& failure) {
    {
        const std::lock_guard lock(m_mutex);
        if (!m_failure && !m_end) m_failure = failure;
    }
    end(DrillEnd::failed);
}

double ClaimDrillRun::seconds() const {
    return std::chrono::duration<double>(steady_clock::now() - m_started.load()).count();
}

ClaimDrillProgress ClaimDrillRun::soFar() const {
    ClaimDrillProgress so{m_claims, m_duplicates, 1e6, seconds(), m_limits};
    so.duplicates = std::min(so.duplicates, so.claims);  // read a moment later
    so.upper95_ppm = 1e6 * binomialInterval(so.duplicates, so.claims).high;
    return so;
}

// What follows runs in the workers' threads.

std::unique_ptr<DrillWorker> ClaimDrillRun::connected(int number) {
    auto worker = m_arena.worker(number);
    if (!worker) {
        fail(worker.failure());
        return nullptr;
    }
    return std::move(worker).value();
}

void ClaimDrillRun::work(int number) {
    auto worker = connected(number);
    {
        // All begin together, when the last one is connected.
        std::unique_lock lock(m_mutex);
        if (++m_connected == m_settings.workers) m_started = steady_clock::now();
        m_changed.notify_all();
        m_changed.wait(lock, [this] { return m_connected == m_settings.workers || m_end; });
    }
    while (worker && !m_over) {
        workOn(std::move(worker), number);
        if (!died(number)) break;
        number = m_nextNumber++;  // somebody new comes
        worker = m_over ? nullptr : connected(number);
    }
    const std::lock_guard lock(m_mutex);
    --m_running;
    m_changed.notify_all();
}

bool ClaimDrillRun::died(int number) const {
    const std::lock_guard lock(m_mutex);
    return m_killed.contains(number);
}

void ClaimDrillRun::workOn(std::unique_ptr<DrillWorker> worker, int number) {
    {
        const std::lock_guard lock(m_mutex);
        m_live.insert(worker.get());
    }
    bool dead = false;
    while (!m_over && !dead) {
        const auto attempt = worker->claim();
        if (!attempt) {
            fail(attempt.failure());
            break;
        }
        if (!take(*attempt)) break;
        if (attempt->what != ClaimAttempt::What::claimed || !shouldDie()) continue;
        dead = true;
        abandon(number, attempt->job);
    }
    if (const auto settled = worker->settle(!dead); !settled) fail(settled.failure());
    const std::lock_guard lock(m_mutex);
    m_live.erase(worker.get());
}

// False: this worker is done.
bool ClaimDrillRun::take(const ClaimAttempt& attempt) {
    switch (attempt.what) {
        case ClaimAttempt::What::claimed:
            return tally(attempt.job);
        case ClaimAttempt::What::lost_race:
            ++m_lostRaces;
            return true;
        case ClaimAttempt::What::aborted:
            ++m_aborted;
            return true;
        case ClaimAttempt::What::nothing:
            break;
    }
    if (nothingLeft()) return false;
    std::this_thread::sleep_for(1ms);
    return true;
}

bool ClaimDrillRun::tally(qint64 job) {
    if (job < 1 || job > m_created) {
        fail({FailureKind::usage,
              u"The claim returned job %1, which is none of the drill's."_s.arg(job),
              {},
              u"It must return the id of a row of the scratch table, 1 to %1."_s.arg(m_created.load())});
        return false;
    }
    const auto before = m_jobs[static_cast<std::size_t>(job)].exchange(kTaken);
    if (before == kFree) ++m_claimed;
    if (before == kTaken) ++m_duplicates;
    if (before == kAbandoned) --m_abandoned;
    ++m_claims;
    m_lastClaim_ms = static_cast<qint64>(1000 * seconds());
    return true;
}

bool ClaimDrillRun::nothingLeft() const {
    return m_claimed == m_limits.jobs && m_abandoned <= 0;
}

bool ClaimDrillRun::shouldDie() {
    int kills = m_kills;
    const qint64 between =
        std::clamp<qint64>(m_limits.jobs / (m_settings.kill_workers + 1), 1, kClaimsBetweenKills);
    while (kills < m_settings.kill_workers && m_claims >= (kills + 1) * between)
        if (m_kills.compare_exchange_weak(kills, kills + 1)) return true;
    return false;
}

void ClaimDrillRun::abandon(int number, qint64 job) {
    m_jobs[static_cast<std::size_t>(job)] = kAbandoned;
    ++m_abandoned;
    const std::lock_guard lock(m_mutex);
    m_killed.insert(number);
}

}  // namespace spillway
