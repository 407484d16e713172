// What must hold before anything is changed on a server. Pure: the same code greys the button, is asked when
// a plan is made, and again on fresh facts before each batch. It never acts and never asks a server itself.
#pragma once

#include "backends/health/health_report.h"
#include "backends/remediation/action_plan.h"

namespace spillway {

enum class Guard {
    plan_whole,         // it has jobs, each with a version, none twice
    plan_fresh,         // younger than kPlanLife_s by the server's clock
    armed,              // somebody armed this connection, with a reason, not long ago
    canary_kept,        // no replay without a canary on production
    same_server,        // the server that the plan was made on
    primary,            // it accepts writes
    queue_running,      // not paused: the jobs would only lie there
    live_worker,        // somebody takes this queue
    backlog_objective,  // the queue is not already past its objective
    retry_budget,       // the retries there are have not burnt the budget
    retention,          // no job is past its retention or idempotency life
    lease_evidence,     // a release rests on more than age
    one_action          // no other action runs on this queue
};
[[nodiscard]] QString guardName(Guard guard);  // "plan_fresh"

enum class Permission { allowed, warning, refused };

struct GuardAnswer {
    Guard guard = Guard::plan_whole;
    Permission permission = Permission::allowed;
    QString sentence;          // why, for a person; empty where allowed
    bool overridable = false;  // a typed reason turns `refused` into `warning`

    bool operator==(const GuardAnswer&) const = default;
};

// What is known just now. What is not known is nullopt and never taken for a yes.
struct GuardFacts {
    ServerTime now;             // server's clock
    bool plan_checked = false;  // it was looked through by these guards before and has not changed since
    // When the action under way began: its plan was fresh then and does not expire while it runs.
    std::optional<ServerTime> begun;
    std::optional<ServerTime> armed_until;
    QString server_id;
    std::optional<bool> writable;
    std::optional<bool> paused;
    std::optional<bool> live_worker;  // one that takes this queue
    bool backlog_past_objective = false;
    QString backlog_sentence;             // of the queue's verdict, for the reason
    std::optional<double> amplification;  // executions / first attempts
    qint64 past_retention = 0;            // planned jobs that their system may delete before they run
    qint64 weak_leases = 0;               // planned releases whose only evidence is age
    QString other_action;                 // id of the one that holds this queue; empty: none
    std::vector<Guard> overridden;        // by the person, with a typed reason
};

// Every guard that has something to say, in the order of the enum. Empty: all allowed.
[[nodiscard]] std::vector<GuardAnswer> judge(const ActionPlan& plan, const GuardFacts& facts);
// The worst of them.
[[nodiscard]] Permission permissionOf(const std::vector<GuardAnswer>& answers);

enum class Confirmation { click, queue_name, count_and_reason };
// Scaled to the blast radius: up to 10 jobs a click, up to 1 000 the queue's name, above the count and a
// reason. Off production one step lighter.
[[nodiscard]] Confirmation confirmationFor(qint64 jobs, Environment environment);

}  // namespace spillway
