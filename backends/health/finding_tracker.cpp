#include "backends/health/finding_tracker.h"

#include <algorithm>

namespace spillway {
namespace {
constexpr int kPollsToOpen = 2;
constexpr int kPollsToClose = 2;
constexpr double kUnwatched_s = 600;
constexpr double kMoment_s = 150;  // a slow recorder's interval, and until it is in the file

ServerTime sinceOf(const FindingSpan& before, ServerTime first) {
    return before.since < first && secondsBetween(before.seen, first) <= kUnwatched_s ? before.since : first;
}
}  // namespace

std::vector<Finding> FindingTracker::update(const std::vector<Finding>& seen, ServerTime now) {
    for (auto& track : m_tracks) ++track.missed;
    for (const Finding& finding : seen) {
        Track& track = m_tracks[finding.id];
        const bool fresh = track.seen == 0;
        const FindingSpan before = fresh ? m_remembered.take(finding.id) : FindingSpan();
        const ServerTime since = fresh ? sinceOf(before, now) : track.finding.since;
        if (fresh && since < now && secondsBetween(before.seen, now) <= kMoment_s)
            track.seen = kPollsToOpen - 1;
        track.finding = finding;
        track.finding.since = since;
        track.missed = 0;
        track.open = track.open || ++track.seen >= kPollsToOpen;
    }
    std::vector<Finding> open;
    for (auto it = m_tracks.begin(); it != m_tracks.end();) {
        const bool pending = !it->open && it->missed > 0;  // the run of polls was broken before it opened
        if (pending || it->missed >= kPollsToClose) {
            it = m_tracks.erase(it);
            continue;
        }
        if (it->open) open.push_back(it->finding);
        ++it;
    }
    std::sort(open.begin(), open.end(), worseThan);
    return open;
}

void FindingTracker::remember(const std::vector<FindingSpan>& spans) {
    for (const FindingSpan& span : spans)
        if (const auto track = m_tracks.find(span.id); track != m_tracks.end())
            track->finding.since = sinceOf(span, track->finding.since);
        else
            m_remembered.insert(span.id, span);
}

}  // namespace spillway
