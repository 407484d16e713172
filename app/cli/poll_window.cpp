#include "app/cli/poll_window.h"

#include <spdlog/spdlog.h>
#include <QRandomGenerator>
#include <algorithm>

namespace spillway {
using namespace Qt::StringLiterals;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
namespace {

// One bounded run may cost the server a little more than a console that stays open: this many polls
// fit into the window whatever the governor says, because a forecast needs five.
constexpr int kLeastPolls = 6;
constexpr int kChances = 3;

double median(std::vector<double> values) {
    if (values.empty()) return 0;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

milliseconds left(steady_clock::time_point end) {
    return std::max(milliseconds{0}, std::chrono::ceil<milliseconds>(end - steady_clock::now()));
}

}  // namespace

double PollCosts::medianWall_ms() const {
    std::vector<double> walls;
    for (const auto& poll : polls) walls.push_back(poll.wall_ms);
    return median(std::move(walls));
}

double PollCosts::maxWall_ms() const {
    double longest = 0;
    for (const auto& poll : polls) longest = std::max(longest, poll.wall_ms);
    return longest;
}

Measured<double> PollCosts::medianServer_ms() const {
    std::vector<double> known;
    for (const auto& poll : polls)
        if (poll.server_ms.known()) known.push_back(*poll.server_ms.value);
    if (polls.empty()) return Measured<double>::notObservable(u"No poll has succeeded."_s);
    if (known.empty()) return polls.back().server_ms;
    return {median(std::move(known)), polls.back().server_ms.provenance, polls.back().server_ms.method};
}

PolledWindow PollWindow::run(const Progress& progress) {
    PolledWindow result;
    const auto end = steady_clock::now() + m_settings.window;
    m_stop.onRequest([this] { m_poller.interrupt(); });
    for (bool last = false; !m_stop.requested();) {
        pollOnce(result);
        if (progress) progress(result, left(end));
        if (last || hopeless(result)) break;
        const auto rest = left(end);
        const auto next = std::min(pause(result), rest);
        last = next >= rest;
        if (m_stop.waitFor(next)) break;
    }
    m_stop.onRequest({});
    if (result.reading)
        result.age_s = std::chrono::duration<double>(steady_clock::now() - m_succeeded).count();
    return result;
}

void PollWindow::pollOnce(PolledWindow& result) {
    const auto outcome = m_poller.pollOnce();
    if (!outcome) {
        // What our own interruption broke off says nothing about the server.
        if (m_stop.requested() && outcome.failure().kind == FailureKind::cancelled) return;
        ++m_failures;
        result.failure = outcome.failure();
        return;
    }
    m_failures = 0;
    m_succeeded = steady_clock::now();
    result.reading = *outcome;
    result.failure.reset();
    result.costs.polls.push_back((*outcome)->cost);
    spdlog::info("poll {} took {:.1f} ms", result.costs.count(), (*outcome)->cost.wall_ms);
}

bool PollWindow::hopeless(const PolledWindow& result) const {
    if (!result.failure) return m_settings.pointless && m_settings.pointless(*result.reading);
    if (result.failure->refused()) return !result.reading || m_settings.refused.count() == 0;
    if (!result.failure->retryable()) return true;
    const bool patient = result.failure->kind == FailureKind::overloaded && m_failures < kChances;
    return !result.reading && !patient;
}

milliseconds PollWindow::pause(const PolledWindow& result) const {
    const double jitter = QRandomGenerator::global()->generateDouble();
    const PollPacing pacing{.interval = m_settings.interval};
    if (result.failure && result.failure->refused()) return m_settings.refused;
    if (result.failure) return pacing.afterFailure(m_failures, true, jitter);
    const auto& cost = result.reading->cost;
    const auto governed =
        pacing.on(result.reading->environment)
            .afterSuccess(cost.server_ms.valueOr(cost.wall_ms), jitter, result.costs.count());
    const auto roomy = std::max(m_settings.interval, m_settings.window / kLeastPolls);
    return std::min(governed, roomy);
}

}  // namespace spillway
