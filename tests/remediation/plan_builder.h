// Plans and facts in which everything is as it should be, to be spoilt by a test.
#pragma once

#include "backends/remediation/guards.h"

namespace spillway::test {
using namespace Qt::StringLiterals;

inline const ServerTime kNow = serverTimeFromSeconds(1'800'000'000);

inline ActionPlan planOf(int jobs, Environment environment = Environment::production) {
    ActionPlan plan;
    plan.id = u"plan-1"_s;
    plan.connection = u"shop"_s;
    plan.environment = environment;
    plan.server_id = u"7316"_s;
    plan.system = u"pgboss"_s;
    plan.queue = u"orders"_s;
    plan.made_at = kNow - std::chrono::minutes{1};
    for (int i = 0; i < jobs; ++i) {
        PlannedJob job;
        job.id = u"job-%1"_s.arg(i);
        job.version = u"v1"_s;
        job.kind = i % 3 == 0 ? u"Refund"_s : u"Charge"_s;
        job.signature = u"timeout after <n> ms"_s;
        job.remaining_attempts = 3;
        plan.jobs.push_back(job);
    }
    plan.matched = jobs;
    return plan;
}

inline GuardFacts goodFacts() {
    GuardFacts facts;
    facts.now = kNow;
    facts.armed_until = kNow + std::chrono::minutes{10};
    facts.server_id = u"7316"_s;
    facts.writable = true;
    facts.paused = false;
    facts.live_worker = true;
    facts.amplification = 1.0;
    return facts;
}

}  // namespace spillway::test
