// Something a person should know, readable at 3 a.m.
#pragma once

#include <QString>
#include <optional>

#include "backends/domain/clock.h"

namespace spillway {

enum class Severity { info, warning, critical };
[[nodiscard]] QString severityName(Severity severity);  // "critical"

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

    bool operator==(const Finding&) const = default;
};

// The run of polls that saw a finding, as the history keeps it for whoever watches next.
struct FindingSpan {
    QString id;
    ServerTime since;
    ServerTime seen;  // the newest of these polls
    bool operator==(const FindingSpan&) const = default;
};

// Worse first: severity, then impact, then the older one, then id (so the order never flickers).
[[nodiscard]] bool worseThan(const Finding& a, const Finding& b);

}  // namespace spillway
