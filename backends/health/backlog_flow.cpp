#include "backends/health/backlog_flow.h"

#include <algorithm>
#include <cmath>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr double kFlowsLag_s = 4;

// A change between two readings of one number, with what it can claim.
struct Delta {
    std::optional<double> jobs;
    Provenance provenance = Provenance::not_observable;
};

Delta difference(const Count& before, const Count& after) {
    if (!before.known() || !after.known()) return {};
    return {static_cast<double>(*after.value - *before.value), weaker(before.provenance, after.provenance)};
}

// Counters only grow; one that went down was reset and tells nothing about this step.
Delta increase(const Count& before, const Count& after) {
    Delta delta = difference(before, after);
    if (delta.jobs) delta.provenance = after.provenance;  // FlowTotals: of what this step added
    return delta.jobs && *delta.jobs < 0 ? Delta{} : delta;
}

Delta departures(const FlowTotals& before, const FlowTotals& after) {
    const Delta completed = increase(before.completed, after.completed);
    const Delta died = increase(before.died, after.died);
    if (!completed.jobs) return {};
    if (!died.jobs) return {completed.jobs, weaker(completed.provenance, Provenance::lower_bound)};
    return {*completed.jobs + *died.jobs, weaker(completed.provenance, died.provenance)};
}

// A capped count stands still while the true one moves: it has no usable difference.
Delta levelChange(const Count& before, const Count& after) {
    const Delta delta = difference(before, after);
    return delta.provenance == Provenance::lower_bound ? Delta{} : delta;
}

// Change of all that is in the system. A part that is not recorded at all is taken as constant.
Delta inFlightChange(const SampledReading& before, const SampledReading& after) {
    Delta sum = levelChange(before.ready, after.ready);
    if (!sum.jobs) return {};
    for (const auto part : {&SampledReading::running, &SampledReading::retrying, &SampledReading::scheduled,
                            &SampledReading::blocked}) {
        const Delta change = levelChange(before.*part, after.*part);
        if (change.jobs) {
            *sum.jobs += *change.jobs;
            sum.provenance = weaker(sum.provenance, change.provenance);
        } else if ((before.*part).known() || (after.*part).known()) {
            return {};  // it exists but moved out of sight (capped, or lost a permission)
        }
    }
    return sum;
}

struct Step {
    FlowStep flow;
    Provenance arrivals = Provenance::exact;
    Provenance departures = Provenance::exact;
    bool derived_arrivals = false;
    bool derived_departures = false;
    Provenance growth = Provenance::exact;
    std::optional<double> inside;  // change of all that is in the system, where it is exact
};

void takeGrowth(Step& step, const QueueSample& before, const QueueSample& after) {
    const Delta growth = levelChange(before.reading.ready, after.reading.ready);
    step.flow.growth = growth.jobs;
    step.growth = growth.provenance;
}

Step stepBetween(const QueueSample& before, const QueueSample& after) {
    Step step;
    step.flow.seconds = secondsBetween(before.at, after.at);
    step.flow.unseen = after.of_new_run;
    takeGrowth(step, before, after);
    if (step.flow.unseen) return step;
    const Delta in = increase(before.reading.flow.enqueued, after.reading.flow.enqueued);
    const Delta out = departures(before.reading.flow, after.reading.flow);
    const Delta inside = inFlightChange(before.reading, after.reading);
    if (inside.provenance == Provenance::exact) step.inside = inside.jobs;
    step.flow.arrivals = in.jobs;
    step.flow.departures = out.jobs;
    step.arrivals = in.provenance;
    step.departures = out.provenance;
    if (in.jobs && !out.jobs && inside.jobs) {
        step.flow.departures = *in.jobs - *inside.jobs;
        step.departures = weaker(Provenance::estimated, weaker(in.provenance, inside.provenance));
        step.derived_departures = true;
    } else if (out.jobs && !in.jobs && inside.jobs) {
        step.flow.arrivals = *out.jobs + *inside.jobs;
        step.arrivals = weaker(Provenance::estimated, weaker(out.provenance, inside.provenance));
        step.derived_arrivals = true;
    }
    return step;
}

using Part = std::optional<double> FlowStep::*;

struct Total {
    double jobs = 0;
    double seconds = 0;
    Provenance provenance = Provenance::exact;
    [[nodiscard]] bool any() const { return seconds > 0; }
    [[nodiscard]] double rate() const { return jobs / seconds; }
};

Total totalOf(const std::vector<Step>& steps, Part part, Provenance Step::*provenance) {
    Total total;
    for (const Step& step : steps) {
        const auto& jobs = step.flow.*part;
        if (!jobs) continue;
        total.jobs += *jobs;
        total.seconds += step.flow.seconds;
        total.provenance = weaker(total.provenance, step.*provenance);
    }
    return total;
}

// Of what was seen; a part of the window was not.
void withoutUnseen(Total& total, const std::vector<Step>& steps) {
    if (std::any_of(steps.begin(), steps.end(), [](const Step& step) { return step.flow.unseen; }))
        total.provenance = weaker(total.provenance, Provenance::estimated);
}

Rate rateOf(const Total& total, const QString& method, const QString& gap) {
    if (!total.any()) return Rate::notObservable(gap);
    return {std::max(0.0, total.rate()), total.provenance,
            total.provenance == Provenance::exact ? QString() : method};
}

QString whyNot(const std::vector<const QueueSample*>& window, Count FlowTotals::*total) {
    if (window.size() < 2) return u"Needs two polls."_s;
    const QString& why = (window.back()->reading.flow.*total).method;
    return why.isEmpty() ? u"This queue system keeps no trace of it."_s : why;
}

QString methodOf(const std::vector<const QueueSample*>& window, Count FlowTotals::*total, bool derived) {
    if (derived) return u"from the flow balance: arrivals - departures = change of jobs in the system"_s;
    const QString& method = (window.back()->reading.flow.*total).method;
    return method.isEmpty() && hasNewRun(window) ? continuedMethod() : method;
}

Rate growthOf(const std::vector<Step>& steps, const BacklogFlow& flow, const Count& ready) {
    const Total measured = totalOf(steps, &FlowStep::growth, &Step::growth);
    if (measured.any() && measured.provenance == Provenance::exact) return Rate::exact(measured.rate());
    if (flow.arrival.known() && flow.drain.known())
        return {*flow.arrival.value - *flow.drain.value,
                weaker(Provenance::estimated, weaker(flow.arrival.provenance, flow.drain.provenance)),
                u"arrivals minus drain, because the count of waiting jobs is not exact"_s};
    if (measured.any()) return {measured.rate(), measured.provenance, ready.method};
    return Rate::notObservable(steps.empty() ? u"Needs two polls."_s
                               : ready.provenance == Provenance::lower_bound
                                   ? u"The count of waiting jobs is capped."_s
                                   : ready.method);
}

// What came, less what left in the ways that are counted, less what is there. The flows may lag the counts by
// a moment, so that a few are no removal.
Count removedIn(const std::vector<Step>& steps) {
    double gone = 0, moved = 0, seconds = 0;
    for (const Step& step : steps) {
        if (step.flow.unseen) continue;
        const bool whole = step.flow.arrivals && step.flow.departures && step.inside &&
                           !step.derived_arrivals && !step.derived_departures &&
                           weaker(step.arrivals, step.departures) == Provenance::exact;
        if (!whole) return Count::notObservable(u"not everything that comes and leaves is counted here"_s);
        gone += *step.flow.arrivals - *step.flow.departures - *step.inside;
        moved += *step.flow.arrivals + *step.flow.departures;
        seconds += step.flow.seconds;
    }
    if (seconds <= 0) return Count::notObservable(u"Needs two polls."_s);
    const double doubtful = std::max(1.0, moved / seconds * kFlowsLag_s);
    return Count::estimated(gone > doubtful ? std::llround(gone) : 0,
                            u"what came, less what was worked off, less what is still there"_s);
}

}  // namespace

BacklogFlow backlogFlow(const std::vector<const QueueSample*>& window) {
    BacklogFlow flow;
    flow.polls = static_cast<int>(window.size());
    std::vector<Step> steps;
    steps.reserve(window.size());
    for (std::size_t i = 1; i < window.size(); ++i) steps.push_back(stepBetween(*window[i - 1], *window[i]));
    if (!window.empty()) flow.window_s = secondsBetween(window.front()->at, window.back()->at);
    if (flow.window_s > 0)
        flow.put_back =
            static_cast<double>(window.back()->put_back - window.front()->put_back) / flow.window_s;
    const bool arrivalsDerived =
        std::any_of(steps.begin(), steps.end(), [](const Step& s) { return s.derived_arrivals; });
    const bool drainDerived =
        std::any_of(steps.begin(), steps.end(), [](const Step& s) { return s.derived_departures; });
    Total in = totalOf(steps, &FlowStep::arrivals, &Step::arrivals);
    Total out = totalOf(steps, &FlowStep::departures, &Step::departures);
    withoutUnseen(in, steps);
    withoutUnseen(out, steps);
    if (!window.empty()) {
        flow.arrival = rateOf(in, methodOf(window, &FlowTotals::enqueued, arrivalsDerived),
                              whyNot(window, &FlowTotals::enqueued));
        flow.drain = rateOf(out, methodOf(window, &FlowTotals::completed, drainDerived),
                            whyNot(window, &FlowTotals::completed));
        flow.growth = growthOf(steps, flow, window.back()->reading.ready);
    }
    flow.removed = removedIn(steps);
    flow.steps.reserve(steps.size());
    for (const Step& step : steps) flow.steps.push_back(step.flow);
    return flow;
}

}  // namespace spillway
