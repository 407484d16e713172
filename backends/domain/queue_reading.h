// What one poll read, before any health is computed. Immutable once published; copied freely between
// threads. Everything here comes from one server at (nearly) one moment, `ServerReading::observedAt`.
#pragma once

#include <QString>
#include <QStringList>
#include <array>
#include <optional>
#include <vector>

#include "backends/domain/capabilities.h"
#include "backends/domain/claims.h"
#include "backends/domain/clock.h"
#include "backends/domain/condition.h"
#include "backends/domain/connection_settings.h"
#include "backends/domain/lease.h"
#include "backends/domain/measured.h"
#include "backends/domain/retry_due.h"

namespace spillway {

// Totals since some fixed but unknown start: only differences between two readings mean anything, and
// a total that went down means that the counter was reset. Jobs. The provenance is that of what the newest
// poll added: one poll that could not count everything makes the steps around it a bound, not all later ones.
struct FlowTotals {
    Count enqueued;        // first-time enqueues
    Count executed;        // attempts started
    Count first_executed;  // attempts started that were attempt number 1
    Count retried;         // attempts scheduled again after a failure
    Count completed;       // finished well
    Count died;            // given up or cancelled: left for good without success
    // Given up after a failure, whether a dead letter was kept or not; never cancelled ones.
    Count failed_for_good;

    bool operator==(const FlowTotals&) const = default;
};

// Six fixed buckets of age since death: < 1 h, 1–24 h, 1–7 d, 7–30 d, 30–90 d, > 90 d.
inline constexpr int kDeadAgeBuckets = 6;

// How old the dead letters of one queue are. May be some polls old, which is why it holds moments, not ages.
struct DeadAges {
    Measured<ServerTime> p50_died_at;  // half of the dead died before this
    Measured<ServerTime> p90_died_at;  // a tenth died before this: the 90th percentile of age
    std::array<Count, kDeadAgeBuckets> buckets;
    Measured<ServerTime> purge_next_at;  // when the system itself deletes the next one
    QString retention;                   // its rule in words: "deleted 7 d after the last attempt"

    bool operator==(const DeadAges&) const = default;
};

// Nothing is broken, and yet the waiting jobs are not taken, or only so many: by the system's own rule.
struct Hold {
    // A clause that follows the queue's name: "rate limited", "one at a time by its own concurrency".
    QString why;
    std::optional<ServerTime> until;  // nullopt: not known, or for as long as the rule stands
    // False: nothing at all leaves until then. True: jobs go on, but no faster than the rule lets them.
    bool trickles = false;

    bool operator==(const Hold&) const = default;
};

// Jobs that wait for jobs that are dead: they will never run by themselves.
struct BlockedOnDead {
    Count jobs;
    QString waiting_example;  // id of one that waits
    QString dead_example;     // id of what it waits for; empty: not recorded

    bool operator==(const BlockedOnDead&) const = default;
};

struct QueueReading {
    QString queue;               // for display; a name that is not UTF-8 has visible escapes
    std::optional<bool> paused;  // nullopt: this system does not record it
    std::optional<Hold> held;    // a state like paused
    // Others send their dead letters here: what waits in it is dead, not ready. `dead_letter_of` names them,
    // as far as they are known.
    bool dead_letter_queue = false;
    QStringList dead_letter_of;
    Count ready;                             // a worker could claim these now
    Count scheduled;                         // due in the future, never tried
    Count blocked;                           // wait for another job to end
    Measured<ServerTime> oldest_blocked_at;  // enqueue time
    std::optional<BlockedOnDead> blocked_on_dead;
    Count retrying;  // waiting for backoff
    Count running;   // claimed
    Count dead;      // given up, kept
    Count overdue;   // scheduled/retrying whose time came, not promoted by the scheduler
    Measured<ServerTime> oldest_ready_at;  // enqueue or due time of the oldest ready job
    Measured<ServerTime> oldest_dead_at;   // death time of the oldest dead job
    Count lost_next_24h;                   // dead jobs that the system itself will delete within 24 h
    // Waiting jobs that the system itself will delete within 24 h, whether anybody took them or not.
    Count expiring;
    Measured<ServerTime> expires_next_at;  // the first of them
    DeadAges dead_ages;
    RetryDues retry_due;
    ClaimsReading claims;
    Seconds run_time_s;  // mean run time of jobs that lately succeeded at their first attempt
    FlowTotals flow;
    Ratio max_attempts_mean;  // Σ max_attempts / live jobs, for the potential amplification
    // How long due jobs normally wait for the system's own scheduler to promote them; `overdue` counts
    // only jobs due longer ago than that. 0: due jobs are claimed directly and count as ready.
    double promotion_interval_s = 0;

    bool operator==(const QueueReading&) const = default;
};

struct WorkersReading {
    Count live;         // worker processes with a fresh sign of life
    Count concurrency;  // jobs that they could run at once
    Count busy;
    std::vector<Worker> list;  // at most 500, dead ones last; may be shorter than `live` says
    bool operator==(const WorkersReading&) const = default;
};

struct SystemIdentity {
    QString system;      // contract name: pgboss, bullmq, sidekiq, mapped:NAME
    QString title;       // for people: "pg-boss", "BullMQ"
    QString version;     // as the system labels itself; empty = not recorded
    QString name_space;  // schema or key prefix; empty = default
    // "pgboss" or "bullmq:acme": unique on one server.
    [[nodiscard]] QString key() const;
    [[nodiscard]] QString name() const;  // the title, or else the system
    // True also for the usual name space, which needs no mention.
    [[nodiscard]] bool saysItsNameSpace() const;
    // For people, safe to show: "pg-boss", "pg-boss billing", "BullMQ acme", "table jobs". A schema or prefix
    // that the name already says, or that is the usual one, is left out.
    [[nodiscard]] QString label() const;
    bool operator==(const SystemIdentity&) const = default;
};

struct DetectedSystem {
    SystemIdentity identity;
    Capabilities capabilities;
    QString unread;  // not empty: it is here and is not read, for this reason and with what to do; a sentence
    bool operator==(const DetectedSystem&) const = default;
};

struct SystemReading {
    SystemIdentity identity;
    Capabilities capabilities;
    std::vector<QueueReading> queues;
    qint64 queues_not_shown = 0;  // more queues exist than one poll reads
    WorkersReading workers;       // of the whole system; one process may serve several queues
    LeasesReading leases;
    std::vector<Condition> conditions;  // at most 50
    bool operator==(const SystemReading&) const = default;
};

enum class ServerRole { primary, replica, unknown };

struct ServerInfo {
    ServerKind kind = ServerKind::postgres;
    QString product;  // "PostgreSQL", "Redis", "Valkey"
    QString version;  // "15.18"
    QString address;  // display only, no secret
    QString user;
    QString database;
    ServerRole role = ServerRole::unknown;
    bool encrypted = false;
    bool superuser = false;  // `user` may do anything; reading needs much less
    Seconds replica_lag_s;   // how far a replica lags behind; not observable on a primary
    bool operator==(const ServerInfo&) const = default;
};

// A user's rule that must hold, as of its last check (drift watch).
struct InvariantReading {
    QString name;
    ServerTime checked_at;
    bool holds = true;
    QString
        found;  // in words: "3 (must be 0)", "1 204 and 1 207 (must agree)"; or why it could not be checked
    bool checked = true;  // false: the query failed or ran out of time; `found` says why
    QString queue = {};   // Invariant::queue
    bool operator==(const InvariantReading&) const = default;
};

struct PollCost {
    double wall_ms = 0;          // from the first byte sent to the last byte parsed
    Measured<double> server_ms;  // what the server spent; an upper bound where it cannot be read
    int round_trips = 0;
    bool operator==(const PollCost&) const = default;
};

struct ServerReading {
    ServerTime observed_at;   // the server's clock
    double clock_skew_s = 0;  // server minus local, at the middle of the round trip
    ServerInfo server;
    std::vector<SystemReading> systems;
    std::vector<InvariantReading> invariants;
    PollCost cost;
};

}  // namespace spillway
