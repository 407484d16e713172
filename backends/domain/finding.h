// Something a person should know, readable at 3 a.m.
#pragma once

#include <QString>
#include <optional>
#include <vector>

#include "backends/domain/clock.h"

namespace spillway {

enum class Severity { info, warning, critical };
[[nodiscard]] QString severityName(Severity severity);  // "critical"

// Somebody has seen a finding and said so. It stays in sight but calls nobody. It covers no worse severity,
// and without an end only the run of polls it was said of. See acknowledgement.h.
struct Acknowledgement {
    QString connection;
    QString finding;  // Finding::id; empty: every finding on the queue, at any severity, until `until`
    QString system;
    QString queue;
    Severity severity = Severity::info;  // of the finding when it was said
    ServerTime run_since;                // Finding::since then
    ServerTime at;                       // local clock
    std::optional<ServerTime> until;     // local clock
    QString by;
    QString note;
    bool taken_back = false;

    bool operator==(const Acknowledgement&) const = default;
};
using Acknowledgements = std::vector<Acknowledgement>;

struct Finding {
    QString id;  // stable over polls: "never_drains:pgboss:orders"
    Severity severity = Severity::info;
    QString connection;
    QString system;     // SystemIdentity::key(), empty = the connection itself
    QString queue;      // empty = the whole system
    QString title;      // "orders will never drain"
    QString sentence;   // "orders: 50.0 M waiting, growing 4 000/s, will never drain at today's 1 000/s."
    QString evidence;   // the figures behind it and how they are known
    QString action;     // what to do next
    ServerTime since;   // first poll of the present run of polls that saw it; see FindingSpan
    double impact = 0;  // ranks within one severity; larger is worse
    // Set by whoever shows it; health knows nothing of it.
    std::optional<Acknowledgement> acknowledged = std::nullopt;

    bool operator==(const Finding&) const = default;
};

// The run of polls that saw a finding, as the history keeps it for whoever watches next.
struct FindingSpan {
    QString id;
    ServerTime since;
    ServerTime seen;  // the newest of these polls
    bool operator==(const FindingSpan&) const = default;
};

// What one run of a finding was, for the history.
struct FindingRun {
    FindingSpan span;
    QString connection;
    QString system;
    QString queue;
    Severity severity = Severity::info;  // the worst it was
    QString title;                       // as at its worst
    QString sentence;
    bool operator==(const FindingRun&) const = default;
};
[[nodiscard]] FindingRun runOf(const Finding& finding, ServerTime seen);

// Acknowledged ones last; worse first: severity, then impact, then the older one, then id (so the order never
// flickers).
[[nodiscard]] bool worseThan(const Finding& a, const Finding& b);

}  // namespace spillway
