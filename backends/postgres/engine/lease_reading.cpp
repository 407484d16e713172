#include "backends/postgres/engine/lease_reading.h"

#include <algorithm>

#include "backends/domain/human_text.h"
#include "backends/postgres/engine/display_name.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr size_t mostWorkers = 500;

QString ownerGone(const Lease& lease, const Row& row, ServerTime now) {
    const QString who = lease.owner.isEmpty() ? u"its owner"_s : visibleText(lease.owner, 80);
    const auto seen = row.time("owner_seen_at");
    return seen ? u"%1 has given no sign of life for %2"_s.arg(who, durationText(secondsBetween(*seen, now)))
                : u"%1 is not among the live workers"_s.arg(who);
}

QString expired(const Lease& lease, const LeaseRule& rule, const QString& title, ServerTime now) {
    const QString ago = durationText(secondsBetween(*lease.expires_at, now));
    const QString by = rule.expiry.isEmpty() ? u"the rule of %1"_s.arg(title) : rule.expiry;
    const QString text = u"expired %1 ago by %2"_s.arg(ago, by);
    return rule.weak.isEmpty() ? text : u"weak: %1; %2"_s.arg(text, rule.weak);
}

// Strongest first: a dead owner, then the system's own rule, then time.
QStringList evidenceFor(const Lease& lease, const Row& row, const LeaseRule& rule, const QString& title,
                        ServerTime now) {
    QStringList strong, weak;
    const auto add = [&](const QString& text) {
        if (!text.isEmpty()) (text.startsWith("weak:"_L1) ? weak : strong) << text;
    };
    const auto alive = row.boolean("owner_alive");
    if (alive == false) add(ownerGone(lease, row, now));
    add(row.text("evidence"));
    // A live owner may simply be slow: its expired lease is told, but as weak.
    if (lease.expires_at && *lease.expires_at < now) {
        const QString text = expired(lease, rule, title, now);
        add(alive == true && !text.startsWith("weak:"_L1) ? u"weak: %1; its worker is alive"_s.arg(text)
                                                          : text);
    }
    return strong + weak;
}

Lease leaseFrom(const Row& row) {
    Lease lease;
    lease.id = row.text("id");
    lease.queue = displayName(row.bytes("queue").value_or(QByteArray()).toStdString());
    lease.kind = row.text("kind");
    lease.owner = row.text("owner");
    lease.claimed_at = row.time("claimed_at");
    lease.expires_at = row.time("expires_at");
    if (const auto attempt = row.integer("attempt")) lease.attempt = static_cast<int>(*attempt);
    lease.claimer = row.text("claimer");
    if (const auto traceless = row.integer("traceless")) lease.traceless = static_cast<int>(*traceless);
    lease.version = row.text("version");
    return lease;
}

bool before(const Lease& a, const Lease& b) {
    if (a.stuck != b.stuck) return a.stuck;
    return a.claimed_at.value_or(ServerTime::max()) < b.claimed_at.value_or(ServerTime::max());
}

Worker workerFrom(const Row& row, ServerTime now) {
    const auto count = [&](const char* column) {
        const auto n = row.integer(column);
        return n ? Count::exact(*n) : Count::notObservable(u"a worker here does not say it"_s);
    };
    Worker worker{
        row.text("id"),   row.text("host"), row.integer("pid"), {}, count("concurrency"), count("busy"), {},
        row.flag("alive")};
    for (const auto& queue : row.list("queues")) worker.queues << displayName(queue);
    const auto beat = row.time("heartbeat_at");
    worker.heartbeat_age_s = beat ? Seconds::exact(std::max(0.0, secondsBetween(*beat, now)))
                                  : Seconds::notObservable(u"no heartbeat is recorded"_s);
    return worker;
}

// The sum over live workers; not observable where none of them says it.
Count sumOver(const std::vector<Worker>& list, const Count Worker::*figure) {
    qint64 sum = 0;
    QString missing;
    for (const auto& worker : list) {
        if (!worker.alive) continue;
        if (!(worker.*figure).known()) missing = (worker.*figure).method;
        sum += (worker.*figure).valueOr(0);
    }
    return missing.isEmpty() ? Count::exact(sum) : Count::notObservable(missing);
}

}  // namespace

std::vector<Lease> leasesFrom(const std::vector<Answered>& answers, const LeaseRule& rule,
                              const QString& systemTitle, ServerTime now) {
    std::vector<Lease> leases;
    for (const auto& answer : answers)
        for (size_t i = 0; i < answer.rows.size(); ++i) {
            const Row row = answer.rows.at(i);
            Lease lease = leaseFrom(row);
            lease.evidence = evidenceFor(lease, row, rule, systemTitle, now);
            lease.stuck = !lease.evidence.isEmpty();
            lease.fencing = rule.fencing;
            leases.push_back(std::move(lease));
        }
    std::stable_sort(leases.begin(), leases.end(), before);
    if (leases.size() > static_cast<size_t>(kMostLeases)) leases.resize(kMostLeases);
    return leases;
}

std::optional<qint64> leaseTotalFrom(const std::vector<Answered>& answers) {
    for (const auto& answer : answers)
        if (answer.rows.size() > 0)
            if (const auto total = answer.rows.at(0).integer("total")) return total;
    return std::nullopt;
}

WorkersReading workersFrom(const Rows& rows, ServerTime now) {
    WorkersReading workers;
    for (size_t i = 0; i < rows.size(); ++i) workers.list.push_back(workerFrom(rows.at(i), now));
    workers.live = Count::exact(std::count_if(workers.list.begin(), workers.list.end(),
                                              [](const Worker& worker) { return worker.alive; }));
    workers.concurrency = sumOver(workers.list, &Worker::concurrency);
    workers.busy = sumOver(workers.list, &Worker::busy);
    std::stable_partition(workers.list.begin(), workers.list.end(),
                          [](const Worker& worker) { return worker.alive; });
    if (workers.list.size() > mostWorkers) workers.list.resize(mostWorkers);
    return workers;
}

}  // namespace spillway
