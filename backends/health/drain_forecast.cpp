#include "backends/health/drain_forecast.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <map>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr double kNegligibleWait_s = 10;  // a backlog served within this is no backlog
constexpr double kMinBacklog = 20;        // minimum evidence
constexpr std::size_t kMaxBlocks = 10;
// A window is judged again at every poll, and each look may be the unlucky one.
constexpr double kFalseAlarm = 0.0005;
constexpr double kLeastGrowth = 0.01;  // of the arrivals: less is not worth a night
constexpr double kLeastQuiet_s = 30;   // without a departure, before a queue is called stalled
constexpr double kLongWait_s = 60;     // … unless its oldest job has waited for so long
constexpr double kExpectedDepartures = 10;

// Net drain (departures - arrivals) of one step, or the shrinking of the backlog where flows are unknown.
std::optional<double> netOf(const FlowStep& step) {
    if (step.arrivals && step.departures) return *step.departures - *step.arrivals;
    if (step.growth) return -*step.growth;
    return std::nullopt;
}

// Neighbouring polls are correlated (workers report in bursts), so the spread is taken from the rates
// of at most 10 blocks of neighbouring steps: the method of batch means.
std::vector<double> blockRates(const std::vector<FlowStep>& steps) {
    std::vector<std::pair<double, double>> usable;  // jobs, seconds
    for (const auto& step : steps)
        if (const auto net = netOf(step)) usable.emplace_back(*net, step.seconds);
    const std::size_t blocks = std::min(kMaxBlocks, usable.size());
    std::vector<double> rates;
    for (std::size_t b = 0; b < blocks; ++b) {
        double jobs = 0;
        double seconds = 0;
        for (std::size_t i = b * usable.size() / blocks; i < (b + 1) * usable.size() / blocks; ++i) {
            jobs += usable[i].first;
            seconds += usable[i].second;
        }
        if (seconds > 0) rates.push_back(jobs / seconds);
    }
    return rates;
}

// Of Student's t. The same few are asked for by every queue at every poll.
double studentQuantile(std::size_t degrees, double tail) {
    static thread_local std::map<std::pair<std::size_t, double>, double> known;  // kMaxBlocks x a few tails
    const auto [it, added] = known.try_emplace({degrees, tail});
    if (added)
        it->second =
            boost::math::quantile(complement(boost::math::students_t(static_cast<double>(degrees)), tail));
    return it->second;
}

// The mean lies outside on each side with this probability (Student's t).
std::optional<std::pair<double, double>> bandAround(double mean, const std::vector<double>& rates,
                                                    double tail) {
    if (rates.size() < 2) return std::nullopt;
    const auto n = static_cast<double>(rates.size());
    double average = 0;
    for (const double rate : rates) average += rate / n;
    double squares = 0;
    for (const double rate : rates) squares += (rate - average) * (rate - average);
    const double half = studentQuantile(rates.size() - 1, tail) * std::sqrt(squares / (n - 1) / n);
    return std::pair{mean - half, mean + half};
}

// Whether the backlog grows beyond doubt, and enough to matter.
bool surelyGrows(double net, const BacklogFlow& flow, const std::vector<double>& rates) {
    const auto band = bandAround(net, rates, kFalseAlarm);
    return band && -band->second > kLeastGrowth * flow.arrival.valueOr(0);
}

// Seconds since a job was last seen to leave.
double quietTime(const BacklogFlow& flow) {
    double quiet = 0;
    for (auto step = flow.steps.rbegin(); step != flow.steps.rend(); ++step) {
        const double growth = step->growth.value_or(0);
        const bool left = step->departures ? *step->departures > 0 : step->unseen ? growth < 0 : growth != 0;
        if (left) break;
        quiet += step->seconds;
    }
    return quiet;
}

std::optional<double> meanNet(const BacklogFlow& flow) {
    if (flow.arrival.known() && flow.drain.known()) return *flow.drain.value - *flow.arrival.value;
    if (flow.growth.known()) return -*flow.growth.value;
    return std::nullopt;
}

Ratio factorOfDrain(double wanted, const BacklogFlow& flow) {
    if (!flow.arrival.known()) return Ratio::notObservable(flow.arrival.method);
    if (!flow.drain.known()) return Ratio::notObservable(flow.drain.method);
    if (*flow.drain.value <= 0)
        return Ratio::notObservable(u"Nothing drains, so there is no drain to multiply."_s);
    return {wanted / *flow.drain.value, weaker(flow.arrival.provenance, flow.drain.provenance),
            u"arrivals over drain"_s};
}

bool nothingLeaves(const BacklogFlow& flow) {
    if (flow.drain.known()) return *flow.drain.value * flow.window_s < 1;
    return flow.growth.known() && *flow.growth.value == 0;
}

// Nothing has left for longer than the workers usually stay away, and something should have.
bool hasStalled(double quiet, const BacklogFlow& flow, const Seconds& oldestWait, double usualLull) {
    const double patience = std::max(kLeastQuiet_s, 1.5 * usualLull);
    const bool long_ago = quiet >= patience || (usualLull == 0 && oldestWait.valueOr(0) >= kLongWait_s);
    if (nothingLeaves(flow)) return long_ago;
    return quiet >= patience && flow.drain.valueOr(0) * quiet >= kExpectedDepartures;
}

bool isIdle(double backlog, const BacklogFlow& flow, const Seconds& oldestWait, bool surelyGrowing) {
    if (backlog <= 0) return true;
    if (!flow.drain.known() || *flow.drain.value <= 0) return false;
    if (surelyGrowing && backlog >= kMinBacklog) return false;
    // Jobs that come in bursts stand there in numbers, but none of them for long.
    const bool young = oldestWait.known() && oldestWait.provenance != Provenance::lower_bound &&
                       *oldestWait.value <= kNegligibleWait_s;
    return young || backlog / *flow.drain.value <= kNegligibleWait_s;
}

QString intervalText(const DurationInterval& interval) {
    const QString low = durationText(interval.low);
    if (!interval.high) return u"%1 or more"_s.arg(low);
    const QString high = durationText(*interval.high);
    if (low == high) return low;
    const QStringList a = low.split(u' ');
    const QStringList b = high.split(u' ');
    if (a.size() == 2 && b.size() == 2 && a[1] == b[1]) return u"%1–%2"_s.arg(a[0], high);
    return u"%1 – %2"_s.arg(low, high);
}

}  // namespace

QString drainVerdictName(DrainVerdict verdict) {
    switch (verdict) {
        case DrainVerdict::drains:
            return u"drains"_s;
        case DrainVerdict::stalled:
            return u"stalled"_s;
        case DrainVerdict::never_drains:
            return u"never_drains"_s;
        case DrainVerdict::idle:
            return u"idle"_s;
        case DrainVerdict::learning:
            break;
    }
    return u"learning"_s;
}

DrainForecast drainForecast(const Count& backlog, const BacklogFlow& flow, const Seconds& oldestWait,
                            const WorkRhythm& rhythm) {
    DrainForecast forecast;
    forecast.polls = flow.polls;
    const double lambda = flow.arrival.valueOr(0);
    const auto waiting = static_cast<double>(backlog.valueOr(0));
    forecast.hold_factor = factorOfDrain(lambda, flow);
    forecast.clear_1h_factor = factorOfDrain(lambda + waiting / 3600, flow);
    const auto net = meanNet(flow);
    if (!backlog.known() || !net || flow.polls < kForecastMinPolls) return forecast;

    const std::vector<double> rates = blockRates(flow.steps);
    const bool grows = surelyGrows(*net, flow, rates);
    forecast.quiet_s = std::max(quietTime(flow), flow.drain.known() ? rhythm.lull_s() : 0);
    forecast.net_drain = bandAround(*net, rates, 0.1);
    const double slow = forecast.net_drain ? forecast.net_drain->first : *net;
    const double fast = forecast.net_drain ? forecast.net_drain->second : *net;
    if (isIdle(waiting, flow, oldestWait, fast < 0)) {
        forecast.verdict = DrainVerdict::idle;
        forecast.significant = true;
    } else if (hasStalled(forecast.quiet_s, flow, oldestWait, rhythm.usualLull_s())) {
        forecast.verdict = DrainVerdict::stalled;
        forecast.significant = true;
    } else if (nothingLeaves(flow)) {
        forecast.too_soon = true;
    } else if (*net <= 0) {
        forecast.verdict = DrainVerdict::never_drains;
        forecast.significant = grows;
    } else {
        forecast.verdict = DrainVerdict::drains;
        forecast.significant = slow > 0;
        forecast.time_to_drain_s =
            DurationInterval{waiting / fast, slow > 0 ? std::optional(waiting / slow) : std::nullopt};
    }
    return forecast;
}

DrainForecast heldForecast(DrainForecast forecast, const Hold& hold, ServerTime now) {
    const bool quiet = forecast.verdict == DrainVerdict::stalled || forecast.too_soon;
    const bool closed = !hold.trickles && forecast.verdict == DrainVerdict::never_drains;
    if (!quiet && !closed) return forecast;
    forecast.verdict = DrainVerdict::idle;
    forecast.significant = true;
    forecast.too_soon = false;
    forecast.held = hold.why;
    if (hold.until && *hold.until > now)
        forecast.held += u" for another %1"_s.arg(durationText(secondsBetween(now, *hold.until)));
    return forecast;
}

QString idleText(const BacklogFlow& flow) {
    return flow.drain.valueOr(0) > 0 ? u"keeps up"_s : u"idle"_s;
}

QString drainVerdictText(const DrainForecast& forecast, const BacklogFlow& flow) {
    if (!forecast.held.isEmpty()) return forecast.held;
    switch (forecast.verdict) {
        case DrainVerdict::idle:
            return idleText(flow);
        case DrainVerdict::stalled:
            return u"stalled, nothing leaves"_s;
        case DrainVerdict::drains:
            return u"drains in %1"_s.arg(intervalText(*forecast.time_to_drain_s));
        case DrainVerdict::never_drains:
            if (!forecast.significant) return u"holding, does not drain"_s;
            return u"never drains, growing %1"_s.arg(rateText(flow.growth));
        case DrainVerdict::learning:
            break;
    }
    if (forecast.too_soon)
        return u"nothing has left for %1, learning the rhythm"_s.arg(durationText(forecast.quiet_s));
    if (forecast.polls >= kForecastMinPolls) return u"not observable"_s;
    return u"learning (%1 of %2 polls)"_s.arg(forecast.polls).arg(kForecastMinPolls);
}

}  // namespace spillway
