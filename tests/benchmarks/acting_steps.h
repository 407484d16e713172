// A replay as the runner makes it, with the rate limit lifted: facts, lock, guards, journal on the disk.
#pragma once

#include <QElapsedTimer>
#include <QFile>
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

inline qint64 replayBatch(ActingBackend& backend, ActionJournal& journal, const ActionPlan& plan,
                          const IntendedBatch& batch) {
    const SystemClock clock;
    const auto facts = backend.facts(plan, batch.number == 0);
    const auto lock = backend.lock(plan, plan.id);
    if (!facts || !lock) qFatal("%s", qPrintable((facts ? lock.failure() : facts.failure()).sentence()));
    GuardFacts known;
    known.now = facts->now;
    known.server_id = facts->server_id;
    known.writable = facts->writable;
    known.plan_checked = batch.number > 0;
    static_cast<void>(judge(plan, known));
    if (!journal.intend(plan.id, batch, clock.wallNow())) qFatal("no journal");
    const auto applied = backend.apply(plan, batch.first, batch.count);
    if (!applied || applied->refused)
        qFatal("%s", qPrintable(applied ? applied->why : applied.failure().sentence()));
    if (!journal.answer(plan.id, batch.number, applied->rows, clock.wallNow())) qFatal("no journal");
    qint64 moved = 0;
    for (const auto& row : applied->rows) moved += row.outcome == RowOutcome::moved ? 1 : 0;
    return moved;
}

inline void replay(ActingBackend& backend, ActionJournal& journal, const ActionPlan& plan) {
    if (!journal.keepPlan(plan) ||
        !journal.begin(plan.id, plan.id, QStringLiteral("benchmark"), SystemClock().wallNow()))
        qFatal("no journal");
    qint64 moved = 0;
    QElapsedTimer time;
    time.start();
    int number = 0;
    for (size_t first = 0; first < plan.jobs.size(); first += kBatch)
        moved += replayBatch(backend, journal, plan, {number++, first, kBatch, false});
    std::printf("%-44s %9.0f jobs/s\n", "Spillway, guards and journal on",
                static_cast<double>(moved) / since(time));
}

}  // namespace spillway::benchmark
