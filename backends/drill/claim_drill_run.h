// Runs a claim drill: the workers' threads, the limits, the live tally. The verdict comes from the records
// that the server made; the tally only feeds the progress and the wanted bound.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <thread>

#include "backends/drill/claim_arena.h"

namespace spillway {

class ClaimDrillRun {
public:
    using Progress =
        std::function<void(const ClaimDrillProgress&)>;  // in the thread of run(), ~5 times a second

    ClaimDrillRun(ClaimArena& arena, ClaimDrillSettings settings)
        : m_arena(arena), m_settings(std::move(settings)) {}

    // Blocks until the drill is over and the scratch copy is gone. A Failure: nothing was measured. One that
    // comes later ends the drill, and the result says so.
    [[nodiscard]] Outcome<ClaimDrillResult> run(const Progress& progress = {});
    void stop();  // any thread: ends it soon, and keeps what was measured

private:
    [[nodiscard]] Outcome<Done> prepare();
    void measure(const Progress& progress);
    [[nodiscard]] Outcome<ClaimDrillResult> conclude(const ServerInfo& server);
    void superviseUntilDone(const Progress& progress);
    void supervise();
    [[nodiscard]] Outcome<Done> refill();
    void waitForThreads();

    void work(int number);
    [[nodiscard]] bool died(int number) const;
    void workOn(std::unique_ptr<DrillWorker> worker, int number);
    [[nodiscard]] bool take(const ClaimAttempt& attempt);
    [[nodiscard]] bool tally(qint64 job);
    [[nodiscard]] bool shouldDie();
    void abandon(int number, qint64 job);
    [[nodiscard]] bool nothingLeft() const;
    [[nodiscard]] std::unique_ptr<DrillWorker> connected(int number);
    void end(DrillEnd how);
    void fail(const Failure& failure);
    [[nodiscard]] double seconds() const;
    [[nodiscard]] ClaimDrillProgress soFar() const;

    ClaimArena& m_arena;
    ClaimDrillSettings m_settings;
    ClaimDrillLimits m_limits;
    std::atomic<std::chrono::steady_clock::time_point> m_started;  // all workers are connected
    std::chrono::steady_clock::time_point m_tended;
    double m_seconds = 0;

    // Of each job: free, claimed, or abandoned by a dead worker.
    std::vector<std::atomic<unsigned char>> m_jobs;
    std::atomic<qint64> m_created = 0;
    std::atomic<qint64> m_claimed = 0;    // jobs
    std::atomic<qint64> m_abandoned = 0;  // jobs
    std::atomic<qint64> m_claims = 0;
    std::atomic<qint64> m_duplicates = 0;
    std::atomic<qint64> m_lostRaces = 0;
    std::atomic<qint64> m_aborted = 0;
    std::atomic<int> m_kills = 0;
    std::atomic<int> m_nextNumber = 0;
    std::atomic<qint64> m_lastClaim_ms = 0;  // since m_started

    mutable std::mutex m_mutex;  // of all below
    std::condition_variable m_changed;
    std::optional<DrillEnd> m_end;
    std::optional<Failure> m_failure;
    std::set<int> m_killed;
    std::set<DrillWorker*> m_live;
    int m_connected = 0;
    int m_running = 0;
    std::atomic<bool> m_over = false;  // m_end is set

    std::vector<std::thread> m_threads;
};

}  // namespace spillway
