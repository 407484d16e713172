// Dead letters, as a person looks at them: paged on the server, grouped by what killed them. Values.
#pragma once

#include <QByteArray>
#include <QString>
#include <QStringList>
#include <optional>
#include <vector>

#include "backends/domain/clock.h"
#include "backends/domain/measured.h"

namespace spillway {

struct DeadJob {
    QString system;  // SystemIdentity::key()
    QString id;      // as the system names it; for display through visibleText()
    QString queue;
    QString kind;  // job class, task or job name; empty: not recorded
    std::optional<ServerTime> died_at;
    std::optional<int> attempts;
    std::optional<int> max_attempts;
    QString error;  // the last one, at most 2 000 characters
    Measured<qint64> payload_bytes;
    QString version;  // what a compare-and-set needs, opaque

    bool operator==(const DeadJob&) const = default;
};

// All conditions must hold; an empty one does not restrict. Ages by the server's clock.
struct JobFilter {
    QString system;  // SystemIdentity::key(); empty: every system
    QStringList queues;
    QString kind;
    QString error_signature;  // as errorSignature() makes it
    std::optional<double> older_than_s;
    std::optional<double> newer_than_s;
    QStringList ids;

    bool operator==(const JobFilter&) const = default;
};

struct DeadQuery {
    JobFilter filter;
    int limit = 100;  // at most 1 000
    QString after;    // `DeadPage::next` of the page before; empty: from the oldest death on
    bool newest_first = false;

    bool operator==(const DeadQuery&) const = default;
};

struct DeadPage {
    ServerTime observed_at;
    std::vector<DeadJob> jobs;
    Count total;   // that match the filter; a bound where counting all would cost too much
    QString next;  // empty: this was the last page
};

struct DeadGroup {
    QString signature;
    QString kind;
    Count count;
    std::optional<ServerTime> first_seen;
    std::optional<ServerTime> last_seen;
    QString sample;  // one error in full, at most 2 000 characters
    QString sample_id;

    bool operator==(const DeadGroup&) const = default;
};

struct DeadGroups {
    ServerTime observed_at;
    std::vector<DeadGroup> groups;  // largest first
    qint64 scanned = 0;             // jobs looked at: the newest ones, at most 5 000
    bool complete = false;          // every dead job was looked at; otherwise counts are lower bounds
};

struct JobError {
    std::optional<ServerTime> at;
    std::optional<int> attempt;
    QString text;
    bool operator==(const JobError&) const = default;
};

struct JobDetail {
    DeadJob job;
    QByteArray payload;            // raw bytes, usually JSON; at most 1 MiB
    bool payload_cut = false;      // it is larger: fetched only up to the limit, or not at all
    std::vector<JobError> errors;  // oldest first; only the last where no history is kept
    std::optional<ServerTime> enqueued_at;
    std::optional<ServerTime> scheduled_at;
    std::optional<ServerTime> started_at;
};

}  // namespace spillway
