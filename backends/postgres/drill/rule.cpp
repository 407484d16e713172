#include "backends/postgres/drill/rule.h"

#include "backends/postgres/drift_watch.h"

namespace spillway {
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

// The drift watch tells a server that does not answer and a bad rule alike; a person mends them in two ways.
std::optional<Failure> unreached(const ConnectionSettings& settings) {
    try {
        PostgresConnection connection(settings);
        connection.open();
        return std::nullopt;
    } catch (const PostgresError& e) {
        return e.failure();
    }
}

}  // namespace

Outcome<InvariantReading> checkedRule(const ConnectionSettings& settings, const QString& sql) {
    ConnectionSettings one = settings;
    one.invariants = {{u"the rule"_s, sql, 0s, 10s}};
    const auto readings = DriftWatch(one).check({});
    if (readings.empty()) return Failure{FailureKind::internal, u"The rule was not checked."_s, {}, {}};
    if (readings.front().checked) return readings.front();
    if (const auto failure = unreached(settings)) return *failure;
    QString why = readings.front().found;
    while (why.endsWith(u'.')) why.chop(1);
    return Failure{FailureKind::usage,
                   u"The rule was %1."_s.arg(why),
                   {},
                   u"It must be one SELECT of one number that must be 0, or of two that must agree."_s};
}

Outcome<Done> runSetup(const ConnectionSettings& settings, const QString& sql) {
    try {
        PostgresConnection connection(settings);
        connection.open();
        connection.runScript(sql.toStdString(), u"the set-up"_s);
        return Done{};
    } catch (const PostgresError& e) {
        return Failure{e.failure().kind == FailureKind::changed ? FailureKind::usage : e.failure().kind,
                       u"The set-up failed."_s,
                       e.failure().serverSaid.isEmpty() ? e.failure().what : e.failure().serverSaid,
                       {}};
    }
}

}  // namespace spillway
