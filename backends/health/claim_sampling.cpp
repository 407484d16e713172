#include "backends/health/claim_sampling.h"

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

DuplicateClaim seenTwice(const Lease& sooner, const Lease& later, double between_s) {
    DuplicateClaim claim;
    claim.id = later.id;
    claim.queue = later.queue;
    claim.kind = later.kind;
    claim.first_owner = sooner.owner;
    claim.second_owner = later.owner;
    claim.first_claimed_at = sooner.claimed_at;
    claim.second_claimed_at = later.claimed_at;
    claim.evidence = ClaimEvidence::sampled;
    claim.note =
        u"two polls %1 apart saw different owners of the same attempt"_s.arg(durationText(between_s));
    return claim;
}

}  // namespace

bool tookOver(const Lease& sooner, const Lease& later) {
    if (sooner.owner.isEmpty() || later.owner.isEmpty() || sooner.owner == later.owner) return false;
    if (sooner.claimed_at && later.claimed_at && *later.claimed_at < *sooner.claimed_at) return false;
    if (sooner.attempt && later.attempt) return *sooner.attempt == *later.attempt;
    return sooner.expires_at && later.claimed_at && *later.claimed_at < *sooner.expires_at;
}

std::vector<DuplicateClaim> ClaimSampling::add(ServerTime at, const LeasesReading& leases) {
    std::vector<DuplicateClaim> found;
    std::map<QString, Lease> held;
    for (const Lease& lease : leases.leases) {
        const QString key = lease.queue + QChar(0x1f) + lease.id;
        const auto before = m_held.find(key);
        if (before != m_held.end() && tookOver(before->second, lease))
            found.push_back(seenTwice(before->second, lease, secondsBetween(m_at, at)));
        held.emplace(key, lease);
    }
    m_held = std::move(held);
    m_at = at;
    return found;
}

}  // namespace spillway
