// Claims that are held now, and who holds them. Values.
#pragma once

#include <QString>
#include <QStringList>
#include <optional>
#include <vector>

#include "backends/domain/clock.h"
#include "backends/domain/measured.h"

namespace spillway {

struct Lease {
    QString id;  // of the job
    QString queue;
    QString kind;
    QString owner;  // empty: not recorded
    std::optional<ServerTime> claimed_at;
    std::optional<ServerTime> expires_at;  // by the system's own rule; nullopt: never, or not known
    std::optional<int> attempt;
    QString claimer;  // what claimed it, where that is more exact than `owner`: one life of a node
    // Attempts that ended without a trace; up to a constant of the job: only differences mean anything.
    std::optional<int> traceless;
    bool stuck = false;
    // Only its id is left: nobody can run it, and nothing can be released. Never stuck; see
    // ConditionKind::missing_jobs.
    bool job_gone = false;
    QStringList evidence;  // why stuck or gone, strongest first; "weak: …" where only time speaks
    QString fencing;       // what a late worker could still do after a release
    QString version;       // what a compare-and-set needs, opaque

    bool operator==(const Lease&) const = default;
};

inline constexpr int kMostLeases = 500;  // that one poll reads of one system

struct LeasesReading {
    std::vector<Lease> leases;  // the oldest claims; stuck first, then oldest claim first
    Count total;                // jobs claimed now, listed or not
    QString gap;                // not empty: this system records no claims, for this reason
    // No claim was left out. `total` may still differ by a few: it is read a moment before or after.
    bool whole = false;

    // Claims were left out: what is counted in `leases` is at least that, and none there is no news.
    [[nodiscard]] bool isCut() const {
        return !whole && total.known() && *total.value > static_cast<qint64>(leases.size());
    }
    bool operator==(const LeasesReading&) const = default;
};

struct Worker {
    QString id;
    QString host;
    std::optional<qint64> pid;
    QStringList queues;  // empty: not recorded
    Count concurrency;
    Count busy;
    Seconds heartbeat_age_s;
    bool alive = false;

    bool operator==(const Worker&) const = default;
};

}  // namespace spillway
