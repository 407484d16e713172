// The verdict over all connections, as the banner says it. Pure.
#pragma once

#include <vector>

#include "widgets/models/connection_view.h"
#include "widgets/models/finding_place.h"
#include "widgets/models/queue_ref.h"

namespace spillway {

struct Verdict {
    enum class Tone { critical, warning, note, quiet, waiting };
    Tone tone = Tone::waiting;
    QString id;                     // of what it speaks of, stable over polls
    bool past = false;              // of a recorded moment
    bool silent = false;            // speaks of a connection that does not answer
    QString word;                   // "Critical"; empty: the headline stands alone
    QString headline;               // the worst finding as a sentence
    QString title;                  // the same, shorter
    QString reasons;                // what to do, and what comes next
    int more = 0;                   // findings that are named in none of these
    QString since;                  // "since 02:41"
    QString button;                 // "Open orders"; empty: no button
    Place place = Place::overview;  // where the button goes
    QueueRef target;

    bool operator==(const Verdict&) const = default;
};

// A connection that does not answer comes first: what is behind it is unknown. `now`: local time.
[[nodiscard]] Verdict verdictOn(const ConnectionViews& views,
                                const QDateTime& now = QDateTime::currentDateTime());
// A connection that does not answer, as a finding of the window's own: critical where it was read before and
// is production. `view.failure` must be there.
[[nodiscard]] Finding silenceOf(const ConnectionView& view, const QDateTime& now);
// Whether `fresh` may take the place of `shown` at once.
[[nodiscard]] bool isWorse(const Verdict& fresh, const Verdict& shown);

}  // namespace spillway
