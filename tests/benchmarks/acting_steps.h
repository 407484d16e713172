// A replay as the runner makes it, with the rate limit lifted: facts, lock, guards, journal on the disk.
#pragma once

#include <QElapsedTimer>
#include <QFile>
#include <algorithm>
#include <cstdio>

#include "backends/journal/action_journal.h"
#include "backends/remediation/acting_backend.h"
#include "backends/remediation/guards.h"

namespace spillway::benchmark {

inline constexpr int kBatch = 500;

inline double since(const QElapsedTimer& time) {
    return static_cast<double>(time.nsecsElapsed()) / 1e9;
}

inline qint64 peakMemory_kB() {
    QFile status(QStringLiteral("/proc/self/status"));
    if (!status.open(QIODevice::ReadOnly)) return 0;
    for (const auto& line : status.readAll().split('\n'))
        if (line.startsWith("VmHWM:")) return line.mid(6).trimmed().split(' ').front().toLongLong();
    return 0;
}

inline PlannedAction planned(ActingBackend& backend, const QString& system, const QString& queue) {
    ActionRequest request;
    request.filter.system = system;
    request.filter.queues = {queue};
    auto plan = backend.plan(request);
    if (!plan) qFatal("%s", qPrintable(plan.failure().sentence() + plan.failure().serverSaid));
    return std::move(plan).value();
}

// Plans, and prints what that cost.
inline void plan(ActingBackend& backend, const QString& system, const QString& queue) {
    const auto before = peakMemory_kB();
    QElapsedTimer time;
    time.start();
    const auto large = planned(backend, system, queue);
    std::printf("planning %zu of %lld dead jobs              %7.2f s, %lld MB more at its peak\n",
                large.plan.jobs.size(), static_cast<long long>(large.plan.matched), since(time),
                static_cast<long long>((peakMemory_kB() - before) / 1024));
}

// Where the time of a replay goes, seconds.
struct ReplayTimes {
    double facts = 0, lock = 0, journal = 0, apply = 0;
};

template <typename Step>
auto timed(double& sum, Step step) {
    QElapsedTimer time;
    time.start();
    auto result = step();
    sum += since(time);
    return result;
}

inline qint64 replayBatch(ActingBackend& backend, ActionJournal& journal, const ActionPlan& plan,
                          const IntendedBatch& batch, ReplayTimes& times) {
    const SystemClock clock;
    const auto facts = timed(times.facts, [&] { return backend.facts(plan, batch.number == 0); });
    const auto lock = timed(times.lock, [&] { return backend.lock(plan, plan.id); });
    if (!facts || !lock) qFatal("%s", qPrintable((facts ? lock.failure() : facts.failure()).sentence()));
    GuardFacts known;
    known.now = facts->now;
    known.server_id = facts->server_id;
    known.writable = facts->writable;
    known.plan_checked = batch.number > 0;
    static_cast<void>(judge(plan, known));
    if (!timed(times.journal, [&] { return journal.intend(plan.id, batch, clock.wallNow()); }))
        qFatal("no journal");
    const auto applied = timed(times.apply, [&] { return backend.apply(plan, batch.first, batch.count); });
    if (!applied || applied->refused)
        qFatal("%s", qPrintable(applied ? applied->why : applied.failure().sentence()));
    const auto& rows = applied->rows;
    if (!timed(times.journal, [&] { return journal.answer(plan.id, batch.number, rows, clock.wallNow()); }))
        qFatal("no journal");
    return std::count_if(rows.begin(), rows.end(),
                         [](const RowResult& row) { return row.outcome == RowOutcome::moved; });
}

inline void replay(ActingBackend& backend, ActionJournal& journal, const ActionPlan& plan) {
    if (!journal.keepPlan(plan) ||
        !journal.begin(plan.id, plan.id, QStringLiteral("benchmark"), SystemClock().wallNow()))
        qFatal("no journal");
    qint64 moved = 0;
    ReplayTimes times;
    QElapsedTimer time;
    time.start();
    int number = 0;
    for (size_t first = 0; first < plan.jobs.size(); first += kBatch)
        moved += replayBatch(backend, journal, plan, {number++, first, kBatch, false}, times);
    std::printf("%-44s %9.0f jobs/s; a batch: facts %.1f, lock %.1f, journal %.1f, change %.1f ms\n",
                "Spillway, guards and journal on", static_cast<double>(moved) / since(time),
                1000 * times.facts / number, 1000 * times.lock / number, 1000 * times.journal / number,
                1000 * times.apply / number);
}

}  // namespace spillway::benchmark
