#include "app/cli/printers/lease_printer.h"

#include "app/cli/printers/json_printer.h"
#include "app/cli/printers/signal_json.h"
#include "app/cli/printers/text_printer.h"
#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QJsonObject head(const Reading& reading) {
    return {{u"schema"_s, 1},
            {u"observed_at"_s, toIsoUtc(reading.observed_at)},
            {u"connection"_s, connectionJson(reading)}};
}

std::optional<double> ageOf(const std::optional<ServerTime>& since, ServerTime now) {
    if (!since) return std::nullopt;
    return std::max(0.0, secondsBetween(*since, now));
}

QString ageText(const std::optional<double>& age) {
    return age ? durationText(*age) : u"–"_s;
}

QJsonObject leaseJson(const Lease& lease, const QString& system, ServerTime now) {
    const auto age = ageOf(lease.claimed_at, now);
    return {{u"id"_s, lease.id},
            {u"system"_s, system},
            {u"queue"_s, lease.queue},
            {u"kind"_s, lease.kind},
            {u"owner"_s, lease.owner},
            {u"claimed_at"_s, timeJson(lease.claimed_at)},
            {u"age_s"_s, age ? QJsonValue(*age) : QJsonValue(QJsonValue::Null)},
            {u"expires_at"_s, timeJson(lease.expires_at)},
            {u"attempt"_s, lease.attempt ? QJsonValue(*lease.attempt) : QJsonValue(QJsonValue::Null)},
            {u"stuck"_s, lease.stuck},
            {u"job_gone"_s, lease.job_gone},
            {u"evidence"_s, QJsonArray::fromStringList(lease.evidence)},
            {u"fencing"_s, lease.fencing}};
}

// Of all systems together; what one of them does not record makes the sum a bound.
Count totalOf(const Reading& reading) {
    Count sum = Count::notObservable(u"No queue system here records its claims."_s);
    bool partly = false;
    for (const auto& system : reading.systems) {
        const Count& one = system.leases.total;
        partly |= !one.known();
        if (!one.known()) continue;
        sum = sum.known() ? Count{*sum.value + *one.value, weaker(sum.provenance, one.provenance),
                                  sum.method.isEmpty() ? one.method : sum.method}
                          : one;
    }
    if (sum.known() && partly && sum.isExact())
        return Count::lowerBound(*sum.value, u"not every queue system here records its claims"_s);
    return sum;
}

QString expiryText(const Lease& lease, ServerTime now) {
    if (!lease.expires_at) return u"–"_s;
    const double left = secondsBetween(now, *lease.expires_at);
    return left < 0 ? u"%1 ago"_s.arg(durationText(-left)) : u"in %1"_s.arg(durationText(left));
}

QString gapLine(const QString& gap, const TextStyle& style) {
    return gap.isEmpty() ? QString() : painted(visibleText(gap, 400), Paint::faint, style.colours) + u'\n';
}

QString leaseTable(const SystemHealth& system, bool onlyStuck, ServerTime now, const TextStyle& style) {
    TextTable table(
        {u"job"_s, u"queue"_s, u"kind?"_s, u"owner"_s, u"claimed>"_s, u"lease ends>"_s, u"what is wrong"_s});
    table.mayDrop({u"kind"_s, u"owner"_s});
    table.wrapLast();
    std::size_t shown = 0;
    for (const Lease& lease : system.leases.leases) {
        if (onlyStuck && !lease.stuck) continue;
        ++shown;
        const Paint paint = lease.stuck || lease.job_gone ? Paint::warning : Paint::none;
        table.add({{visibleText(lease.id, 40), paint},
                   {visibleText(lease.queue, 30)},
                   {visibleText(lease.kind, 30)},
                   {lease.owner.isEmpty() ? u"–"_s : visibleText(lease.owner, 40)},
                   {ageText(ageOf(lease.claimed_at, now))},
                   {expiryText(lease, now)},
                   {visibleText(lease.evidence.join(u"; "_s), 160), paint}});
    }
    if (shown == 0 && !system.leases.gap.isEmpty()) return u"which jobs are claimed cannot be seen\n"_s;
    if (shown == 0) return onlyStuck ? u"no stuck lease\n"_s : u"no job is claimed\n"_s;
    return table.text(style);
}

QString leaseHeading(const SystemHealth& system, const TextStyle& style) {
    const auto listed = static_cast<qint64>(system.leases.leases.size());
    QString out = painted(systemHeading(system.identity), Paint::strong, style.colours) +
                  u" · %1 claimed"_s.arg(countText(system.leases.total));
    if (listed >= kMostLeases && system.leases.total.valueOr(0) > listed)
        out += u", the oldest %1 looked at"_s.arg(listed);
    return out + u'\n';
}

QJsonObject workerJson(const Worker& worker, const QString& system) {
    return {{u"id"_s, worker.id},
            {u"system"_s, system},
            {u"host"_s, worker.host},
            {u"pid"_s, worker.pid ? QJsonValue(*worker.pid) : QJsonValue(QJsonValue::Null)},
            {u"queues"_s, QJsonArray::fromStringList(worker.queues)},
            {u"concurrency"_s, measuredJson(worker.concurrency)},
            {u"busy"_s, measuredJson(worker.busy)},
            {u"heartbeat_age_s"_s, measuredJson(worker.heartbeat_age_s)},
            {u"alive"_s, worker.alive}};
}

QString workerTable(const WorkersReading& workers, const TextStyle& style) {
    if (workers.list.empty()) return u"no worker is listed\n"_s;
    TextTable table({u"worker"_s, u"host"_s, u"pid>"_s, u"jobs at once>"_s, u"busy>"_s,
                     u"last sign of life>"_s, u"state"_s, u"queues"_s});
    table.mayDrop({u"pid"_s, u"host"_s, u"jobs at once"_s});
    table.wrapLast();
    for (const Worker& w : workers.list)
        table.add({{visibleText(w.id, 50)},
                   {visibleText(w.host, 40)},
                   {w.pid ? QString::number(*w.pid) : u"–"_s},
                   {countText(w.concurrency)},
                   {countText(w.busy)},
                   {durationText(w.heartbeat_age_s)},
                   {w.alive ? u"alive"_s : u"gone"_s, w.alive ? Paint::good : Paint::warning},
                   {visibleText(w.queues.join(u", "_s), 80)}});
    return table.text(style);
}

}  // namespace

QJsonObject leasesJson(const Reading& reading, bool onlyStuck) {
    QJsonArray leases;
    QJsonArray systems;
    for (const auto& system : reading.systems) {
        for (const Lease& lease : system.leases.leases)
            if (lease.stuck || !onlyStuck)
                leases << leaseJson(lease, system.identity.key(), reading.observed_at);
        systems << QJsonObject{{u"system"_s, system.identity.key()},
                               {u"total"_s, measuredJson(system.leases.total)},
                               {u"gap"_s, system.leases.gap}};
    }
    QJsonObject document = head(reading);
    document[u"leases"_s] = leases;
    document[u"total"_s] = measuredJson(totalOf(reading));
    document[u"systems"_s] = systems;
    return document;
}

QString leasesText(const Reading& reading, bool onlyStuck, const TextStyle& style) {
    QString out = serverLine(reading.connection, reading.environment, reading.server) + u'\n';
    for (const auto& system : reading.systems) {
        out += u'\n' + leaseHeading(system, style) + gapLine(system.leases.gap, style);
        if (system.leases.gap.isEmpty() || !system.leases.leases.empty())
            out += leaseTable(system, onlyStuck, reading.observed_at, style);
    }
    return fitted(out, style.width);
}

QJsonObject workersJson(const Reading& reading) {
    QJsonArray workers;
    QJsonArray systems;
    for (const auto& system : reading.systems) {
        for (const Worker& worker : system.workers.list) workers << workerJson(worker, system.identity.key());
        systems << QJsonObject{{u"system"_s, system.identity.key()},
                               {u"live"_s, measuredJson(system.workers.live)},
                               {u"concurrency"_s, measuredJson(system.workers.concurrency)},
                               {u"busy"_s, measuredJson(system.workers.busy)}};
    }
    QJsonObject document = head(reading);
    document[u"workers"_s] = workers;
    document[u"systems"_s] = systems;
    return document;
}

QString workersText(const Reading& reading, const TextStyle& style) {
    QString out = serverLine(reading.connection, reading.environment, reading.server) + u'\n';
    for (const auto& system : reading.systems) {
        const auto& workers = system.workers;
        out += u'\n' + painted(systemHeading(system.identity), Paint::strong, style.colours) +
               u" · %1 alive\n"_s.arg(countText(workers.live));
        if (!workers.live.known() && workers.list.empty())
            out += gapLine(workers.live.method, style);
        else
            out += workerTable(workers, style);
    }
    return fitted(out, style.width);
}

}  // namespace spillway
