// Worker parity: how much of the concurrency of B (production) does A (staging) have, queue by queue? What
// runs one job at a time in A has never been tried at once. Pure.
#pragma once

#include <QStringList>

#include "backends/domain/queue_reading.h"
#include "backends/health/health_report.h"

namespace spillway {

// The workers of one queue system, and the queues that it has.
struct SystemWorkers {
    SystemIdentity identity;
    QStringList queues;
    WorkersReading workers;
};
[[nodiscard]] std::vector<SystemWorkers> systemWorkers(const ServerReading& reading);
[[nodiscard]] std::vector<SystemWorkers> systemWorkers(const Reading& reading);

struct QueueWorkers {
    Count workers;      // live ones that serve the queue
    Count concurrency;  // jobs that they could run at once, all together
    bool operator==(const QueueWorkers&) const = default;
};

[[nodiscard]] QueueWorkers workersOfQueue(const SystemWorkers& system, const QString& queue);
// What can run at once. Where the concurrency of a worker is not recorded, each runs at least one.
[[nodiscard]] Count runAtOnce(const QueueWorkers& side);

enum class ParityVerdict {
    same,      // A runs as many at once as B, or more
    fewer,     // A runs several at once, but not as many, or all in one process
    untested,  // A runs one at a time or none, B several: concurrency is untested
    unknown    // one of the two keeps no trace of its workers
};
[[nodiscard]] QString parityVerdictName(ParityVerdict verdict);  // "untested"
[[nodiscard]] std::optional<ParityVerdict> parityVerdictFromName(const QString& name);

struct QueueParity {
    QString system;  // SystemIdentity::key()
    QString queue;
    QueueWorkers a;
    QueueWorkers b;
    ParityVerdict verdict = ParityVerdict::unknown;
    QString sentence;
    bool operator==(const QueueParity&) const = default;
};

struct Parity {
    std::vector<QueueParity> queues;                 // worst first
    ParityVerdict verdict = ParityVerdict::unknown;  // the worst: untested, fewer, unknown, same
    QString sentence;
};

// `nameA`, `nameB` as the sentences shall say: "staging", "production".
[[nodiscard]] Parity workerParity(const std::vector<SystemWorkers>& a, const std::vector<SystemWorkers>& b,
                                  const QString& nameA, const QString& nameB);

// Of two readings: called by their environments where those tell the two apart, otherwise by their names.
[[nodiscard]] Parity readingsParity(const Reading& a, const Reading& b);
[[nodiscard]] QString parityWhere(const Reading& a, const Reading& b);  // "@staging against @prod"

}  // namespace spillway
