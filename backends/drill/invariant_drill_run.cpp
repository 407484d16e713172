#include "backends/drill/invariant_drill_run.h"

#include <algorithm>

#include "backends/drill/claim_arena.h"
#include "backends/drill/command_squad.h"
#include "backends/postgres/drill/rule.h"

namespace spillway {
using namespace Qt::StringLiterals;
using std::chrono::steady_clock;
namespace {

class InvariantDrillRun {
public:
    InvariantDrillRun(const ConnectionSettings& settings, const InvariantDrillSettings& drill,
                      const std::function<bool()>& stopped)
        : m_settings(settings), m_drill(drill), m_stopped(stopped),
          m_environment(QProcessEnvironment::systemEnvironment()) {
        m_environment.insert(u"SPILLWAY_URL"_s, m_settings.url);
    }

    [[nodiscard]] Outcome<Done> begin();
    [[nodiscard]] Outcome<Done> round(int number);
    [[nodiscard]] Outcome<Done> rehearseRollback();
    InvariantDrillResult result;

private:
    [[nodiscard]] Outcome<Done> setUp();
    void note(const std::vector<ProcessEnd>& ends);

    const ConnectionSettings& m_settings;
    const InvariantDrillSettings& m_drill;
    const std::function<bool()>& m_stopped;
    QProcessEnvironment m_environment;
};

Outcome<Done> InvariantDrillRun::setUp() {
    if (m_drill.setup.trimmed().isEmpty()) return Done{};
    return runSetup(m_settings, m_drill.setup);
}

Outcome<Done> InvariantDrillRun::begin() {
    if (auto ready = setUp(); !ready) return ready;
    const auto rule = checkedRule(m_settings, m_drill.invariant);
    if (!rule) return rule.failure();
    if (rule->holds) return Done{};
    return Failure{FailureKind::usage,
                   u"The rule does not hold before anything was run: %1."_s.arg(rule->found),
                   {},
                   u"Give --setup the SQL that makes it hold, or correct the rule."_s};
}

void InvariantDrillRun::note(const std::vector<ProcessEnd>& ends) {
    for (const auto& end : ends) {
        if (end.failure.isEmpty()) continue;
        ++result.failed_processes;
        if (result.first_failure.isEmpty()) result.first_failure = end.failure;
    }
}

Outcome<Done> InvariantDrillRun::round(int number) {
    if (number > 1)
        if (auto ready = setUp(); !ready) return ready;
    m_environment.insert(u"SPILLWAY_ROUND"_s, QString::number(number));
    const auto ends = runAtOnce(m_drill.command, m_drill.processes, m_environment, m_drill, m_stopped);
    if (m_stopped()) return Done{};
    note(ends);
    const bool none =
        std::all_of(ends.begin(), ends.end(), [](const ProcessEnd& e) { return !e.failure.isEmpty(); });
    if (none)
        return Failure{FailureKind::internal,
                       u"No process of round %1 did its work: %2"_s.arg(number).arg(ends.front().failure),
                       {},
                       u"Run the command by hand first; it gets the server as SPILLWAY_URL."_s};
    const auto rule = checkedRule(m_settings, m_drill.invariant);
    if (!rule) return rule.failure();
    ++result.rounds;
    ++(rule->holds ? result.held : result.drifted);
    if (!rule->holds && !result.first_drift) result.first_drift = Drift{number, rule->found};
    return Done{};
}

Outcome<Done> InvariantDrillRun::rehearseRollback() {
    const auto ends = runAtOnce(m_drill.rollback, 1, m_environment, m_drill, m_stopped);
    if (m_stopped()) return Done{};
    if (!ends.front().failure.isEmpty()) {
        result.rollback = Rehearsal{false, u"the command failed: "_s + ends.front().failure};
        return Done{};
    }
    const auto rule = checkedRule(m_settings, m_drill.invariant);
    if (!rule) return rule.failure();
    result.rollback = Rehearsal{rule->holds, rule->found};
    return Done{};
}

}  // namespace

Outcome<InvariantDrillResult> runInvariantDrill(
    const ConnectionSettings& settings, const InvariantDrillSettings& drill,
    const std::function<bool()>& stopped, const std::function<void(const InvariantDrillResult&)>& progress) {
    if (const auto refused = refusedInProduction(settings)) return *refused;
    if (const auto checked = checkedInvariantDrill(drill); !checked) return checked.failure();
    if (settings.kind != ServerKind::postgres)
        return Failure{
            FailureKind::usage, u"Rules are SQL: this drill needs a PostgreSQL connection."_s, {}, {}};
    InvariantDrillRun run(settings, drill, stopped);
    const auto started = steady_clock::now();
    if (const auto begun = run.begin(); !begun) return begun.failure();
    auto& result = run.result;
    for (int number = 1; number <= drill.rounds && !stopped() && !result.failure; ++number) {
        if (progress) progress(result);
        if (const auto done = run.round(number); !done) result.failure = done.failure();
    }
    if (result.failure && result.rounds == 0) return *result.failure;
    if (!drill.rollback.trimmed().isEmpty() && !stopped() && !result.failure)
        if (const auto done = run.rehearseRollback(); !done) result.failure = done.failure();
    result.stopped = stopped();
    result.seconds = std::chrono::duration<double>(steady_clock::now() - started).count();
    return result;
}

}  // namespace spillway
