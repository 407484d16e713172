#include "backends/health/retry_amplification.h"

#include <algorithm>
#include <cmath>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// Sum of the increases between neighbouring polls: a reset counter loses one step, not the window.
Count increaseOver(const std::vector<const QueueSample*>& window, Count FlowTotals::*total) {
    if (window.size() < 2) return Count::notObservable(u"Needs two polls."_s);
    qint64 sum = 0;
    Provenance provenance = Provenance::exact;
    bool beginning = false;  // a new run, which may have to read a log first
    for (std::size_t i = 1; i < window.size(); ++i) {
        const Count& before = window[i - 1]->reading.flow.*total;
        const Count& after = window[i]->reading.flow.*total;
        beginning = beginning || window[i]->of_new_run;
        if (beginning) {
            beginning = !after.known();
            provenance = weaker(provenance, Provenance::estimated);
            continue;
        }
        if (!before.known() || !after.known())
            return Count::notObservable(after.known() ? before.method : after.method);
        const qint64 step = *after.value - *before.value;
        if (step < 0)
            provenance = weaker(provenance, Provenance::lower_bound);
        else
            sum += step;
        provenance = weaker(provenance, after.provenance);
    }
    return {sum, provenance, (window.back()->reading.flow.*total).method};
}

// A source that is still being read, as a long claim log is at first, knows nothing in the oldest polls.
bool executionsKnown(const SampledReading& reading) {
    return reading.flow.executed.known() && reading.flow.first_executed.known();
}

QString learningReason(qint64 executions) {
    return u"learning (%1 of %2 executions)"_s.arg(executions).arg(static_cast<int>(kMinimumEvidence));
}

}  // namespace

RetryAmplification retryAmplification(const std::vector<const QueueSample*>& whole) {
    RetryAmplification result;
    if (whole.empty()) return result;
    const auto window = untilLast(sinceFirst(whole, executionsKnown), executionsKnown);
    result.window_s = secondsBetween(window.front()->at, window.back()->at);
    result.executions = increaseOver(window, &FlowTotals::executed);
    result.first_attempts = increaseOver(window, &FlowTotals::first_executed);
    result.potential = window.back()->reading.max_attempts_mean;
    if (!result.executions.known() || !result.first_attempts.known()) {
        const QString& why =
            result.executions.known() ? result.first_attempts.method : result.executions.method;
        result.amplification = result.retry_share = Ratio::notObservable(why);
        return result;
    }
    result.asked_for = window.back()->own_executions - window.front()->own_executions;
    if (result.asked_for > 0)
        result.first_attempts = Count::estimated(
            std::min(*result.executions.value, *result.first_attempts.value + result.asked_for),
            u"with %1 jobs that were put back by hand"_s.arg(result.asked_for));
    const auto all = static_cast<double>(*result.executions.value);
    const auto first = static_cast<double>(*result.first_attempts.value);
    if (all < kMinimumEvidence) {
        result.amplification = result.retry_share =
            Ratio::notObservable(learningReason(*result.executions.value));
        return result;
    }
    const Provenance provenance = weaker(result.executions.provenance, result.first_attempts.provenance);
    result.retry_share = {std::max(0.0, (all - first) / all), provenance, result.executions.method};
    if (first <= 0 && result.first_attempts.provenance == Provenance::lower_bound) {
        result.amplification = Ratio::notObservable(result.first_attempts.method);
        return result;
    }
    result.retries_only = first <= 0;
    result.amplification = result.retries_only
                               ? Ratio::notObservable(u"retries only: no first attempt was started"_s)
                               : Ratio{all / first, provenance, result.executions.method};
    return result;
}

Ratio overlap(const Count& running, const Rate& firstAttemptRate, const Seconds& healthyRun_s) {
    if (!running.known()) return Ratio::notObservable(running.method);
    if (!firstAttemptRate.known()) return Ratio::notObservable(firstAttemptRate.method);
    if (!healthyRun_s.known()) return Ratio::notObservable(healthyRun_s.method);
    const double expected = *firstAttemptRate.value * *healthyRun_s.value;
    if (expected <= 0) return Ratio::notObservable(u"No first attempts are started."_s);
    return {static_cast<double>(*running.value) / expected,
            weaker(Provenance::estimated, weaker(running.provenance, firstAttemptRate.provenance)),
            u"running / (first attempts per second × healthy run time), by Little's law"_s};
}

QString amplificationText(const RetryAmplification& a) {
    if (a.retries_only) return u"retries only"_s;
    if (!a.amplification.known()) return a.amplification.method;
    return u"%1%2×, %3 of executions are retries"_s.arg(provenanceSign(a.amplification.provenance))
        .arg(*a.amplification.value, 0, 'f', *a.amplification.value < 2 ? 2 : 1)
        .arg(percentText(*a.retry_share.value));
}

}  // namespace spillway
