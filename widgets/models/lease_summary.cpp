#include "widgets/models/lease_summary.h"

#include <algorithm>

#include "backends/domain/human_text.h"
#include "widgets/models/queue_cells.h"
#include "widgets/models/scope_choice.h"
#include "widgets/models/worker_table_model.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

struct Sums {
    qint64 stuck = 0, listed = 0, alive = 0, gone = 0;
    qint64 unlisted = 0;  // workers of which only the number is known
    Count total, busy, capacity;
    QStringList gaps, silent;  // systems without claims, without workers, each with its reason
    QStringList counted;       // systems that count workers without listing each
};

void addTo(Count& sum, const Count& part) {
    if (!part.known()) return;
    sum = {sum.valueOr(0) + *part.value,
           sum.known() ? weaker(sum.provenance, part.provenance) : part.provenance, part.method};
}

void addLeases(Sums& sums, const SystemHealth& system, const QueueRef& scope) {
    const LeasesReading& read = system.leases;
    if (!read.gap.isEmpty()) sums.gaps << u"%1: %2"_s.arg(system.identity.label(), read.gap);
    qint64 listed = 0;
    for (const auto& lease : read.leases) {
        if (!scope.queue.isEmpty() && lease.queue != scope.queue) continue;
        ++listed;
        sums.stuck += lease.stuck ? 1 : 0;
    }
    sums.listed += listed;
    if (scope.queue.isEmpty()) return addTo(sums.total, read.total);
    for (const auto& queue : system.queues)
        if (queue.reading.queue == scope.queue) addTo(sums.total, queue.reading.running);
}

void addUnlisted(Sums& sums, const SystemHealth& system) {
    const WorkersReading& workers = system.workers;
    const auto listed =
        std::count_if(workers.list.begin(), workers.list.end(), [](const Worker& w) { return w.alive; });
    const qint64 more = workers.live.valueOr(0) - listed;
    if (more <= 0) return;
    sums.unlisted += more;
    sums.counted << u"%1: %2 more, %3"_s.arg(system.identity.label(), exactCountText(more),
                                             provenanceText(workers.live.provenance, workers.live.method));
}

// Of a queue only the workers that take from it count, and only what they say of themselves.
void addWorkers(Sums& sums, const SystemHealth& system, const QueueRef& scope) {
    const WorkersReading& workers = system.workers;
    if (scope.queue.isEmpty()) {
        addTo(sums.busy, workers.busy);
        addTo(sums.capacity, workers.concurrency);
    }
    for (const auto& worker : workers.list) {
        if (!mayServe(worker, scope.queue)) continue;
        (worker.alive ? sums.alive : sums.gone) += 1;
        if (scope.queue.isEmpty() || !worker.alive) continue;
        addTo(sums.busy, worker.busy);
        addTo(sums.capacity, worker.concurrency);
    }
    addUnlisted(sums, system);
    if (!workers.live.known() && workers.list.empty() && !workers.live.method.isEmpty())
        sums.silent << u"%1: %2"_s.arg(system.identity.label(), workers.live.method);
}

Sums sumsOf(const ConnectionViews& views, const QueueRef& scope) {
    Sums sums;
    for (const ScopedSystem& in : systemsIn(views, scope)) {
        addLeases(sums, *in.system, scope);
        addWorkers(sums, *in.system, scope);
    }
    sums.gaps.removeDuplicates();
    sums.silent.removeDuplicates();
    return sums;
}

QString leasesText(const Sums& sums) {
    QStringList parts;
    if (sums.listed > 0)
        parts << (sums.stuck > 0 ? u"%1 stuck"_s.arg(exactCountText(sums.stuck)) : u"none stuck"_s);
    if (sums.total.known() && *sums.total.value > sums.listed && sums.listed > 0)
        parts << u"the oldest %1 of %2"_s.arg(exactCountText(sums.listed), countText(sums.total));
    else if (sums.listed > 0)
        parts << u"%1 in all"_s.arg(exactCountText(sums.listed));
    if (sums.listed > 0) parts << sums.gaps;
    return parts.join(u" · "_s);
}

QString workersText(const Sums& sums) {
    QStringList parts;
    if (sums.alive + sums.gone > 0) {
        parts << u"%1 alive"_s.arg(exactCountText(sums.alive));
        if (sums.gone > 0) parts << u"%1 gone"_s.arg(exactCountText(sums.gone));
        if (sums.unlisted > 0) parts << u"%1 more known by number only"_s.arg(exactCountText(sums.unlisted));
    }
    if (sums.busy.known() && sums.capacity.known())
        parts << u"%1 of %2 slots busy"_s.arg(countText(sums.busy), countText(sums.capacity));
    return parts.join(u" · "_s);
}

QString staleText(const ConnectionViews& views, const QueueRef& scope, const QDateTime& now) {
    QStringList old;
    for (const auto& view : views)
        if (view.last && view.state != ConnectionState::live &&
            (scope.connection.isEmpty() || view.name == scope.connection))
            old << u"%1 does not answer; its rows are %2 old"_s.arg(
                visibleText(view.name, 40), durationText(ageOfLast(view, now).value_or(0)));
    return old.join(u" · "_s);
}

EmptyText noLeasesText(const Sums& sums) {
    if (!sums.gaps.isEmpty())
        return {u"search"_s,
                u"Claims are not observable here"_s,
                sums.gaps.join(u'\n'),
                u"The queue's own counts of running jobs are on the overview."_s,
                {}};
    if (sums.total.valueOr(0) > 0)
        return {u"search"_s,
                u"%1 running, but none is listed"_s.arg(countText(sums.total)),
                {},
                u"This system counts claims without recording each of them."_s,
                {}};
    return {u"quiet"_s, u"No job is running"_s, {}, u"A job shows here while a worker holds it."_s, {}};
}

EmptyText noWorkersText(const Sums& sums) {
    if (!sums.silent.isEmpty())
        return {u"search"_s, u"Workers are not observable here"_s, sums.silent.join(u'\n'), {}, {}};
    if (sums.unlisted > 0)
        return {u"search"_s,
                u"%1 workers, known by number only"_s.arg(exactCountText(sums.unlisted)),
                {},
                u"This system counts its workers without listing them."_s,
                {}};
    return {u"quiet"_s, u"No worker is there"_s, {}, u"Start a worker, or look why they stopped."_s, {}};
}

}  // namespace

LeaseSummary leaseSummary(const ConnectionViews& views, const QueueRef& scope, const QDateTime& now) {
    const Sums sums = sumsOf(views, scope);
    return {staleText(views, scope, now), leasesText(sums),    workersText(sums),       sums.gaps.join(u'\n'),
            noLeasesText(sums),           noWorkersText(sums), sums.counted.join(u'\n')};
}

}  // namespace spillway
