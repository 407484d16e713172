// What a queue may look like before somebody is told: limits of its own in place of the usual ones. Values.
#pragma once

#include <QString>
#include <optional>
#include <vector>

namespace spillway {

// The limits that hold for one queue; the defaults are the field's.
struct QueueLimits {
    double oldest_warning_s = 300;                 // a ready job older than this
    std::optional<double> oldest_critical_s = {};  // never critical by its age alone, unless somebody says so
    double dead_warning_s = 24 * 3600;             // the oldest dead letter
    double dead_critical_s = 7 * 24 * 3600;
    double retry_warning_share = 0.10;  // of the executions, 0..1: the SRE book's budget, and Finagle's
    double retry_critical_share = 0.20;
    bool operator==(const QueueLimits&) const = default;
};

// Limits of the queues whose name fits; what is not given stays as it is.
struct QueueObjective {
    QString queues;  // a name or a pattern: "orders", "orders-*"
    std::optional<double> oldest_warning_s = {};
    std::optional<double> oldest_critical_s = {};
    std::optional<double> dead_warning_s = {};
    std::optional<double> dead_critical_s = {};
    std::optional<double> retry_warning_share = {};
    std::optional<double> retry_critical_share = {};
    bool operator==(const QueueObjective&) const = default;
};

// A name that fits several: the later one wins.
[[nodiscard]] QueueLimits limitsOf(const QString& queue, const std::vector<QueueObjective>& objectives,
                                   QueueLimits usual = {});

}  // namespace spillway
