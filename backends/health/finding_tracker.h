// Hysteresis: a finding opens after 2 consecutive polls that saw it and closes after 2 that did not. Polls of
// another run count, where they are remembered.
#pragma once

#include <QHash>
#include <vector>

#include "backends/domain/finding.h"

namespace spillway {

class FindingTracker {
public:
    // Takes what this poll saw, returns what is open now, worst first. `since` becomes the time of the
    // first poll of the run; text and figures are those of the newest poll that saw it.
    [[nodiscard]] std::vector<Finding> update(const std::vector<Finding>& seen, ServerTime now);
    // What others saw before: a finding of theirs that is still there keeps their `since`, unless nobody
    // looked for ten minutes in between; one that they saw a moment ago is open when it is first seen here.
    // At any time, also for what is open already.
    void remember(const std::vector<FindingSpan>& spans);

private:
    struct Track {
        Finding finding;
        int seen = 0;    // consecutive polls that saw it
        int missed = 0;  // consecutive polls that did not
        bool open = false;
    };
    QHash<QString, Track> m_tracks;
    QHash<QString, FindingSpan> m_remembered;  // not seen again yet
};

}  // namespace spillway
