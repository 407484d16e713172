#include "backends/health/claim_sampling.h"

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

DuplicateClaim seenTwice(const Lease& sooner, const Lease& later, const QString& note) {
    DuplicateClaim claim;
    claim.id = later.id;
    claim.queue = later.queue;
    claim.kind = later.kind;
    claim.first_owner = sooner.owner;
    claim.second_owner = later.owner;
    claim.first_claimed_at = sooner.claimed_at;
    claim.second_claimed_at = later.claimed_at;
    claim.evidence = ClaimEvidence::sampled;
    claim.note = note;
    return claim;
}

}  // namespace

bool tookOver(const Lease& sooner, const Lease& later) {
    if (sooner.owner.isEmpty() || later.owner.isEmpty() || sooner.owner == later.owner) return false;
    if (sooner.claimed_at && later.claimed_at && *later.claimed_at < *sooner.claimed_at) return false;
    if (sooner.attempt && later.attempt) return *sooner.attempt == *later.attempt;
    return sooner.expires_at && later.claimed_at && *later.claimed_at < *sooner.expires_at;
}

bool rescuedAlive(const Lease& sooner, const Lease& later, const std::set<QString>& living) {
    if (!sooner.attempt || !later.attempt || *later.attempt != *sooner.attempt + 1) return false;
    if (!sooner.traceless || !later.traceless || *later.traceless <= *sooner.traceless) return false;
    return !sooner.claimer.isEmpty() && living.contains(sooner.claimer);
}

std::vector<DuplicateClaim> ClaimSampling::add(ServerTime at, const LeasesReading& leases) {
    std::vector<DuplicateClaim> found;
    std::map<QString, Lease> held;
    std::set<QString> living;  // those who claim now, or hold other jobs
    for (const Lease& lease : leases.leases)
        if (!lease.stuck) living.insert(lease.claimer);
    for (const Lease& lease : leases.leases) {
        const QString key = lease.queue + QChar(0x1f) + lease.id;
        const auto before = m_held.find(key);
        if (before != m_held.end() && tookOver(before->second, lease))
            found.push_back(seenTwice(before->second, lease,
                                      u"two polls %1 apart saw different owners of the same attempt"_s.arg(
                                          durationText(secondsBetween(m_at, at)))));
        else if (before != m_held.end() && rescuedAlive(before->second, lease, living))
            found.push_back(
                seenTwice(before->second, lease,
                          u"rescued while attempt %1 may still run: it has not ended, and %2 lives"_s
                              .arg(*before->second.attempt)
                              .arg(visibleText(before->second.owner, 80))));
        held.emplace(key, lease);
    }
    m_held = std::move(held);
    m_at = at;
    return found;
}

}  // namespace spillway
