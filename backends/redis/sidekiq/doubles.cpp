#include "backends/redis/sidekiq/doubles.h"

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr qsizetype kReportedRemembered = 1000;

// A run of its own: the same job run again by the same thread has another beginning.
QString nameOf(const SidekiqRun& run) {
    const qint64 since = run.claimed_at ? millisSinceEpoch(*run.claimed_at) : 0;
    return run.jid + u'\n' + run.owner + u'\n' + QString::number(since);
}

}  // namespace

void SidekiqDoubles::startPoll() {
    m_runs.clear();
    m_seenBefore = std::exchange(m_seen, {});
}

void SidekiqDoubles::noteRun(SidekiqRun run) {
    if (run.jid.isEmpty()) return;
    std::vector<SidekiqRun>& runs = m_runs[run.jid];
    for (const SidekiqRun& other : runs)
        if (run.claimed_at < other.claimed_at)
            compareRuns(run, other);
        else
            compareRuns(other, run);
    runs.push_back(std::move(run));
}

// `first` was claimed earlier: it must be running still. Two threads of one process say so with one beat.
void SidekiqDoubles::compareRuns(const SidekiqRun& first, const SidekiqRun& second) {
    const QString key = nameOf(first) + u'\n' + nameOf(second);
    const bool later = confirmed(key, first, {});
    if (first.process != second.process && !later) return;
    if (m_reported.contains(key)) return;
    m_reported.insert(key);
    DuplicateClaim claim;
    claim.first_owner = first.owner;
    claim.first_claimed_at = first.claimed_at;
    claim.second_owner = second.owner;
    claim.second_claimed_at = second.claimed_at;
    claim.note = u"two workers reported the same job in their heartbeats"_s;
    report(second, std::move(claim));
}

void SidekiqDoubles::noteWaiting(const QString& jid, const QString& place) {
    const auto runs = m_runs.constFind(jid);
    if (runs == m_runs.cend()) return;
    for (const SidekiqRun& run : *runs) {
        const QString key = nameOf(run) + u'\n' + place;
        if (!confirmed(key, run, place) || m_reported.contains(key)) continue;
        m_reported.insert(key);
        DuplicateClaim claim;
        claim.first_owner = run.owner;
        claim.first_claimed_at = run.claimed_at;
        claim.note =
            u"a worker still runs it, and it waits in %1 at the same time: it will run again"_s.arg(place);
        report(run, std::move(claim));
    }
}

void SidekiqDoubles::notRead(const QString& place) {
    for (auto it = m_seenBefore.cbegin(); it != m_seenBefore.cend(); ++it)
        if (it->place == place) m_seen.insert(it.key(), *it);
}

bool SidekiqDoubles::confirmed(const QString& key, const SidekiqRun& run, const QString& place) {
    const auto before = m_seenBefore.constFind(key);
    const Sighting sighting = before == m_seenBefore.cend() ? Sighting{run.beat, place} : *before;
    m_seen.insert(key, sighting);
    return run.beat && sighting.beat && *run.beat > *sighting.beat;
}

void SidekiqDoubles::report(const SidekiqRun& run, DuplicateClaim claim) {
    ++m_count[run.queue];
    claim.id = run.jid;
    claim.kind = run.kind;
    claim.queue = QString::fromUtf8(run.queue);
    claim.evidence = ClaimEvidence::sampled;
    addIncident(m_incidents, std::move(claim));
}

// What ended is forgotten before what still stands would be reported anew.
void SidekiqDoubles::finishPoll() {
    if (m_reported.size() <= kReportedRemembered) return;
    m_reported.removeIf([this](const QString& key) { return !m_seen.contains(key); });
}

}  // namespace spillway
