// What goes into the history and what comes out of it. Values only; any thread.
//
// A series is one metric of one queue: (connection, system key, queue, metric name). Metric names are
// free; those of a poll are listed in reading_metrics.h. Times are the polled server's clock.
#pragma once

#include <QString>
#include <QStringList>
#include <chrono>
#include <optional>
#include <tuple>
#include <vector>

#include "backends/domain/clock.h"
#include "backends/domain/finding.h"
#include "backends/domain/measured.h"
#include "backends/health/recorded_past.h"

namespace spillway {

struct HistoryQueueKey {
    QString connection;
    QString system;  // SystemIdentity::key(); empty = the connection itself
    QString queue;   // empty = the whole system
    bool operator<(const HistoryQueueKey& other) const {
        return std::tie(connection, system, queue) < std::tie(other.connection, other.system, other.queue);
    }
    bool operator==(const HistoryQueueKey&) const = default;
};

struct HistorySeries {
    HistoryQueueKey queue;
    QString metric;
    bool operator==(const HistorySeries&) const = default;
};

struct MetricSample {
    QString metric;
    double value = 0;
    Provenance provenance = Provenance::exact;  // `not_observable` is not written at all
};

struct QueueSamples {
    QString system;
    QString queue;
    std::vector<MetricSample> samples;
};

// All that one poll of one connection says.
struct HistoryBatch {
    QString connection;
    ServerTime at;
    double clock_skew_s = 0;  // server minus local
    std::vector<QueueSamples> queues;
    std::vector<FindingRun> findings;  // all that are open
    std::optional<RecordedPoll> poll;  // kept for some minutes
};

enum class HistoryTier { raw, minute, hour };
inline constexpr int kHistoryTiers = 3;
// 1 for raw, else the width of a bucket.
[[nodiscard]] constexpr qint64 tierWidthMs(HistoryTier tier) {
    return tier == HistoryTier::raw ? 1 : tier == HistoryTier::minute ? 60'000 : 3'600'000;
}

struct HistoryQuery {
    HistoryQueueKey queue;
    QStringList metrics;  // empty = every metric that the queue has
    ServerTime from;
    ServerTime to;  // exclusive
    int max_points = 1000;
};

// What happened in [at, at + HistoryAnswer::width_ms). Times in which nothing was recorded have no bucket.
struct HistoryBucket {
    ServerTime at;
    double min = 0;
    double max = 0;
    double last = 0;
    double mean = 0;
    double sum = 0;
    qint64 count = 0;                           // samples
    Provenance provenance = Provenance::exact;  // the weakest of its samples
    bool gap_before = false;                    // do not draw a line from the bucket before
    bool gap_inside = false;                    // some of its time was not observed
    bool operator==(const HistoryBucket&) const = default;
};

struct HistoryLine {
    QString metric;
    std::vector<HistoryBucket> buckets;  // oldest first, at most about HistoryQuery::max_points
};

struct HistoryAnswer {
    std::vector<HistoryLine> lines;  // in the order of HistoryQuery::metrics; unknown ones are empty
    qint64 width_ms = 0;             // of a bucket; 0 = each bucket is one sample
    HistoryTier coarsest = HistoryTier::raw;
    qint64 usual_interval_ms = 0;  // between two polls; now - newest > 2.5 × this is a gap, too
    int damaged_chunks = 0;        // pieces that did not pass their checksum and are missing here
};

struct HistoryExtent {
    std::optional<ServerTime> oldest;  // nullopt: nothing recorded yet
    qint64 file_bytes = 0;             // without side files
};

enum class HistoryRole {
    writer,       // this instance records
    second,       // another instance records; this one reads, and adds marks
    newer_layout  // written by a newer program: read only
};

enum class HistoryMarkKind { deploy, action, drift, gap };
[[nodiscard]] QString historyMarkKindName(HistoryMarkKind kind);
[[nodiscard]] std::optional<HistoryMarkKind> historyMarkKindFromName(const QString& name);

struct HistoryMark {
    qint64 id = 0;  // given by the store
    ServerTime at;
    HistoryMarkKind kind = HistoryMarkKind::deploy;
    QString connection;  // empty = every connection
    QString queue;       // empty = every queue
    QString text;        // names and text are kept to 512 characters
    bool operator==(const HistoryMark&) const = default;
};

struct HistoryMarkQuery {
    ServerTime from;
    ServerTime to;       // exclusive
    QString connection;  // empty = marks of all connections; else those of this one and of none
    int limit = 1000;    // the newest ones are kept
};

struct FindingRunQuery {
    ServerTime from;          // runs that were seen at or after this
    ServerTime to;            // and began before
    QString connection = {};  // empty = all
    QString queue = {};       // likewise
    int limit = 1000;         // the newest ones are kept
};

struct HistorySettings {
    QString path;  // empty = defaultHistoryPath()
    // For a short look: as a second instance, without keeping others from recording and without a
    // notice. The file must exist.
    bool only_read = false;
    // false: the folder belongs to somebody else. Without it nothing is recorded, and it is not made anew.
    bool make_folder = true;
    qint64 size_cap_bytes = 2LL * 1024 * 1024 * 1024;
    std::chrono::hours keep_raw{24};
    std::chrono::hours keep_minutes{30 * 24};
    std::chrono::hours keep_hours{400 * 24};
    // What is lost at most when the program is killed, and a second for writing it: 15 s.
    std::chrono::milliseconds flush_every{14'000};
    std::chrono::milliseconds retry_every{60'000};  // after a full disk, or while another instance writes
};

// $XDG_STATE_HOME/spillway/history.sqlite, else ~/.local/state/spillway/history.sqlite.
[[nodiscard]] QString defaultHistoryPath();

}  // namespace spillway
