// What the claims and workers in scope amount to, in words. Pure.
#pragma once

#include "widgets/models/connection_view.h"
#include "widgets/models/queue_ref.h"
#include "widgets/parts/empty_state.h"

namespace spillway {

struct LeaseSummary {
    QString sentence;  // "prod-pg does not answer; …"; empty when all is fresh
    QString leases;    // "3 stuck · the oldest 120 of 1 204 · BullMQ records no owner of a claim"
    QString workers;   // "11 alive, 1 gone · 118 of 120 slots busy"
    QString gaps;      // every system that records no claims, with its reason; lines
    EmptyText no_leases, no_workers;
    QString unlisted;  // every system that counts workers without listing each; lines
};

[[nodiscard]] LeaseSummary leaseSummary(const ConnectionViews& views, const QueueRef& scope,
                                        const QDateTime& now);

}  // namespace spillway
