#include "backends/health/failed_share.h"

#include <algorithm>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

bool knowsEndings(const FlowTotals& flow) {
    return flow.failed_for_good.known() && flow.completed.known();
}

// Over neighbouring polls, so that a counter that was reset costs one step and not the window; and only where
// both kinds of endings are known, or one would be compared with more than its time.
Count grown(const std::vector<const QueueSample*>& window, Count FlowTotals::*total) {
    if (window.size() < 2) return Count::notObservable(u"Needs two polls."_s);
    Count sum = Count::exact(0);
    bool any = false;
    for (std::size_t i = 1; i < window.size(); ++i) {
        const Count& before = window[i - 1]->reading.flow.*total;
        const Count& after = window[i]->reading.flow.*total;
        if (!knowsEndings(window[i - 1]->reading.flow) || !knowsEndings(window[i]->reading.flow)) continue;
        if (window[i]->of_new_run) sum.provenance = weaker(sum.provenance, Provenance::estimated);
        if (window[i]->of_new_run || *after.value < *before.value) continue;
        sum = {*sum.value + *after.value - *before.value, weaker(sum.provenance, after.provenance),
               after.method};
        any = true;
    }
    if (any) return sum;
    const FlowTotals& newest = window.back()->reading.flow;
    return Count::notObservable(newest.completed.known() ? newest.failed_for_good.method
                                                         : newest.completed.method);
}

// A part of a sum is a ratio only where both are counted alike.
Provenance shareProvenance(const Count& failures, const Count& successes) {
    return failures.isExact() && successes.isExact() ? Provenance::exact : Provenance::estimated;
}

}  // namespace

FailedShare failedShare(const std::vector<const QueueSample*>& window) {
    FailedShare failed;
    failed.failures = grown(window, &FlowTotals::failed_for_good);
    const Count successes = grown(window, &FlowTotals::completed);
    if (!failed.failures.known() || !successes.known()) {
        const QString& why = failed.failures.known() ? successes.method : failed.failures.method;
        failed.endings = Count::notObservable(why);
        failed.endings_rate = Rate::notObservable(why);
        failed.share = Ratio::notObservable(why);
        return failed;
    }
    failed.window_s = secondsBetween(window.front()->at, window.back()->at);
    const qint64 ended = *failed.failures.value + *successes.value;
    failed.endings = {ended, weaker(failed.failures.provenance, successes.provenance), successes.method};
    const double seconds = std::max(failed.window_s, 1e-6);
    failed.endings_rate = {static_cast<double>(ended) / seconds, failed.endings.provenance,
                           failed.endings.method};
    if (ended == 0) {
        failed.share = Ratio::notObservable(u"no job ended in the window"_s);
        return failed;
    }
    failed.share = {static_cast<double>(*failed.failures.value) / static_cast<double>(ended),
                    shareProvenance(failed.failures, successes),
                    {}};
    const Count& deadBefore = window.front()->reading.dead;
    const Count& deadAfter = window.back()->reading.dead;
    failed.nothing_kept = *failed.failures.value > 0 && deadBefore.isExact() && deadAfter.isExact() &&
                          *deadAfter.value <= *deadBefore.value;
    return failed;
}

}  // namespace spillway
