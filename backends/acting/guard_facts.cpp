#include "backends/acting/guard_facts.h"

namespace spillway {

GuardFacts guardFactsFrom(const ActingFacts& seen) {
    GuardFacts facts;
    facts.now = seen.now;
    facts.server_id = seen.server_id;
    facts.writable = seen.writable;
    facts.paused = seen.paused;
    facts.live_worker = seen.live_worker;
    facts.past_retention = seen.past_retention;
    facts.weak_leases = seen.weak_leases;
    return facts;
}

}  // namespace spillway
