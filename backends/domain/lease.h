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
    QString system;
    QString queue;
    QString kind;
    QString owner;  // empty: not recorded
    std::optional<ServerTime> claimed_at;
    std::optional<ServerTime> expires_at;  // by the system's own rule
    std::optional<int> attempt;
    bool stuck = false;
    QStringList evidence;  // why stuck, strongest first; "weak: …" where only time speaks
    QString fencing;       // what a late worker could still do after a release
    QString version;       // what a compare-and-set needs, opaque

    bool operator==(const Lease&) const = default;
};

struct LeaseList {
    ServerTime observed_at;
    std::vector<Lease> leases;  // stuck first, then oldest claim first; at most 1 000
    Count total;
    QStringList gaps;  // systems that record no leases, each with the reason
};

struct Worker {
    QString id;
    QString system;
    QString host;
    std::optional<qint64> pid;
    QStringList queues;  // empty: not recorded
    Count concurrency;
    Count busy;
    Seconds heartbeat_age_s;
    bool alive = false;

    bool operator==(const Worker&) const = default;
};

struct WorkerList {
    ServerTime observed_at;
    std::vector<Worker> workers;
    QStringList gaps;
};

}  // namespace spillway
