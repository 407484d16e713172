#include "backends/health/regime.h"

#include <algorithm>

namespace spillway {
namespace {

constexpr std::size_t kStepsAfter = 3;  // between four polls
constexpr double kBurstShare = 0.5;     // of all arrivals of the window
constexpr double kBurstOverRest = 10;   // its rate over that of the other steps
constexpr double kBurstJobs = 20;
constexpr std::size_t kLullsKept = 10;
constexpr std::size_t kStepsBefore = 3;  // without any departure, before workers "began"

// Index of the step that is the only burst; steps.size(): none.
std::size_t burstIn(const std::vector<FlowStep>& steps) {
    const auto jobs = [](const FlowStep& step) { return step.arrivals.value_or(step.growth.value_or(0)); };
    const auto most = std::max_element(steps.begin(), steps.end(),
                                       [&](const auto& a, const auto& b) { return jobs(a) < jobs(b); });
    if (most == steps.end() || most->seconds <= 0) return steps.size();
    double rest = 0, seconds = 0;
    for (auto step = steps.begin(); step != steps.end(); ++step) {
        if (step == most) continue;
        rest += std::max(0.0, jobs(*step));
        seconds += step->seconds;
    }
    const double burst = jobs(*most);
    const bool large = burst >= kBurstJobs && burst >= kBurstShare * (burst + rest);
    const bool sudden = seconds > 0 && burst / most->seconds >= kBurstOverRest * rest / seconds;
    return large && sudden ? static_cast<std::size_t>(most - steps.begin()) : steps.size();
}

// Index of the first step with departures, where several steps before it had none although jobs waited and
// every one after it has some; steps.size(): none.
std::size_t workersBeganIn(const std::vector<FlowStep>& steps,
                           const std::vector<const QueueSample*>& window) {
    const auto leaves = [](const FlowStep& step) { return step.departures.value_or(0) > 0; };
    const auto first = std::find_if(steps.begin(), steps.end(), leaves);
    const auto index = static_cast<std::size_t>(first - steps.begin());
    if (first == steps.end() || index < kStepsBefore || !std::all_of(first, steps.end(), leaves))
        return steps.size();
    for (std::size_t i = 0; i < index; ++i)
        if (!steps[i].departures || window[i + 1]->reading.ready.valueOr(0) == 0) return steps.size();
    return index;
}

}  // namespace

std::size_t startOfRegime(const std::vector<const QueueSample*>& window, const BacklogFlow& whole) {
    const auto& steps = whole.steps;
    std::size_t start = 0;
    for (const std::size_t change : {burstIn(steps), workersBeganIn(steps, window)})
        if (change < steps.size() && steps.size() - change - 1 >= kStepsAfter)
            start = std::max(start, change + 1);
    return start;
}

void WorkRhythm::add(const FlowStep& step, bool waiting) {
    m_lull += step.seconds;
    if (step.departures.value_or(0) > 0) {
        if (m_departed) m_lulls.push_back(m_lull);
        if (m_lulls.size() > kLullsKept) m_lulls.pop_front();
        m_departed = true;
        m_lull = 0;
    } else if (!waiting) {
        m_departed = false;  // nobody had to come by
        m_lull = 0;
    }
}

void WorkRhythm::resume(double usualLull_s, double lull_s) {
    if (usualLull_s > 0) m_lulls.assign(kLullsKept / 3, usualLull_s);
    m_departed = lull_s > 0;
    m_lull = lull_s;
}

double WorkRhythm::usualLull_s() const {
    if (m_lulls.empty()) return 0;
    std::vector<double> sorted(m_lulls.begin(), m_lulls.end());
    std::sort(sorted.begin(), sorted.end());
    return sorted.size() < 3 ? sorted.back() : sorted[sorted.size() / 2];
}

}  // namespace spillway
