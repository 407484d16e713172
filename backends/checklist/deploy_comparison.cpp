#include "backends/checklist/deploy_comparison.h"

#include <QJsonArray>
#include <algorithm>
#include <cmath>

#include "backends/domain/human_text.h"
#include "backends/health/duplicate_claims.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// What a signal must change by before we call it a change: a factor, and something for small figures.
struct Tolerance {
    double factor = 1;
    double margin = 0;
};

SignalTurn turnOf(double before, double after, Tolerance tolerance) {
    if (after > before * tolerance.factor + tolerance.margin) return SignalTurn::rose;
    if (after < before / tolerance.factor - tolerance.margin) return SignalTurn::fell;
    return SignalTurn::same;
}

QString figure(double value, int decimals) {
    const double unit = std::pow(10.0, decimals);
    if (decimals == 0 || value >= 1000) return exactCountText(std::llround(value));
    return QString::number(std::round(value * unit) / unit);
}

SignalChange changeOf(const QString& signal, const QString& name, const QString& unit,
                      std::optional<double> before, std::optional<double> after, SignalTurn turn,
                      int decimals) {
    SignalChange change{signal, before, after, turn, {}};
    if (!before || !after) {
        change.turn = SignalTurn::unclear;
        const QString when = before ? u"after it"_s : after ? u"before it"_s : u"around it"_s;
        change.sentence = u"%1: nothing was recorded %2"_s.arg(name, when);
        return change;
    }
    const QString was = figure(*before, decimals), is = figure(*after, decimals);
    switch (change.turn) {
        case SignalTurn::rose:
        case SignalTurn::fell:
            change.sentence =
                u"%1 %2 from %3 to %4 %5"_s.arg(name, signalTurnName(change.turn), was, is, unit);
            break;
        case SignalTurn::same:
            change.sentence = u"%1 stayed as they were: %2 and %3 %4"_s.arg(name, was, is, unit);
            break;
        case SignalTurn::unclear:
            change.sentence = u"%1: %2 before, %3 %4 after, and too few claims to tell the two apart"_s.arg(
                name, was, is, unit);
    }
    return change;
}

SignalChange simpleChange(const QString& signal, const QString& name, const QString& unit,
                          std::optional<double> before, std::optional<double> after, Tolerance tolerance,
                          int decimals) {
    const auto turn = before && after ? turnOf(*before, *after, tolerance) : SignalTurn::unclear;
    return changeOf(signal, name, unit, before, after, turn, decimals);
}

DuplicateClaims claimsOf(const QueueSpan& span) {
    if (!span.claims || !span.duplicates || *span.claims <= 0) return {};
    return duplicateClaims(Count::exact(*span.claims),
                           Count::exact(std::min(*span.claims, *span.duplicates)));
}

std::optional<double> knownRate(const DuplicateClaims& claims) {
    return claims.rate_ppm.known() ? claims.rate_ppm.value : std::nullopt;
}

// Rare things need their 95 % intervals apart before they have changed.
SignalChange duplicatesChange(const QueueSpan& before, const QueueSpan& after) {
    const auto was = claimsOf(before), is = claimsOf(after);
    auto turn = SignalTurn::unclear;
    if (knownRate(was) && knownRate(is)) {
        if (*is.lower95_ppm.value > *was.upper95_ppm.value)
            turn = SignalTurn::rose;
        else if (*is.upper95_ppm.value < *was.lower95_ppm.value)
            turn = SignalTurn::fell;
        else if (*knownRate(was) == *knownRate(is))
            turn = SignalTurn::same;
    }
    return changeOf(u"duplicates"_s, u"duplicates"_s, u"per million"_s, knownRate(was), knownRate(is), turn,
                    0);
}

QStringList sentencesOf(const std::vector<SignalChange>& changes, SignalTurn turn) {
    QStringList found;
    for (const auto& change : changes)
        if (change.turn == turn) found << change.sentence;
    return found;
}

QString summary(const DeployComparison& comparison) {
    const auto rose = sentencesOf(comparison.changes, SignalTurn::rose);
    if (!rose.isEmpty()) return u"Since %1 %2."_s.arg(comparison.mark, rose.join(u"; "_s));
    const auto unclear = sentencesOf(comparison.changes, SignalTurn::unclear);
    if (unclear.size() == static_cast<qsizetype>(comparison.changes.size()))
        return u"Too little was recorded before and after %1 to compare."_s.arg(comparison.mark);
    const auto fell = sentencesOf(comparison.changes, SignalTurn::fell);
    const QString better = fell.isEmpty() ? QString() : u": "_s + fell.join(u"; "_s);
    const QString open =
        unclear.isEmpty() ? QString() : u" Cannot be told yet: %1."_s.arg(unclear.join(u"; "_s));
    return u"Since %1 nothing got worse%2.%3"_s.arg(comparison.mark, better, open);
}

}  // namespace

QString signalTurnName(SignalTurn turn) {
    switch (turn) {
        case SignalTurn::rose:
            return u"rose"_s;
        case SignalTurn::fell:
            return u"fell"_s;
        case SignalTurn::same:
            return u"same"_s;
        case SignalTurn::unclear:
            break;
    }
    return u"unclear"_s;
}

bool DeployComparison::worse() const {
    return !sentencesOf(changes, SignalTurn::rose).isEmpty();
}

DeployComparison deployComparison(const QueueSpan& before, const QueueSpan& after, const QString& mark) {
    DeployComparison comparison{mark, {}, {}};
    comparison.changes = {duplicatesChange(before, after),
                          simpleChange(u"waiting"_s, u"waiting jobs"_s, u"on average"_s, before.waiting,
                                       after.waiting, {1.25, 10}, 0),
                          simpleChange(u"dead"_s, u"dead letters"_s, u"per minute"_s, before.died_per_minute,
                                       after.died_per_minute, {1.5, 0.5}, 1),
                          simpleChange(u"amplification"_s, u"executions"_s, u"per job"_s,
                                       before.amplification, after.amplification, {1.1, 0.02}, 2)};
    comparison.sentence = summary(comparison);
    return comparison;
}

QJsonObject deployComparisonJson(const DeployComparison& comparison) {
    const auto orNull = [](const std::optional<double>& value) {
        return value ? QJsonValue(*value) : QJsonValue(QJsonValue::Null);
    };
    QJsonArray changes;
    for (const auto& one : comparison.changes)
        changes << QJsonObject{{u"signal"_s, one.signal},
                               {u"before"_s, orNull(one.before)},
                               {u"after"_s, orNull(one.after)},
                               {u"turn"_s, signalTurnName(one.turn)},
                               {u"sentence"_s, one.sentence}};
    return {{u"signals"_s, changes}, {u"worse"_s, comparison.worse()}, {u"sentence"_s, comparison.sentence}};
}

QString deployName(const Checklist& checklist) {
    return checklist.commit.isEmpty() ? checklist.title : checklist.commit.left(12);
}

bool marksDeployOf(const Checklist& checklist, const QString& text) {
    if (checklist.commit.isEmpty()) return text == u"deploy "_s + checklist.title;
    const auto words = text.split(u' ', Qt::SkipEmptyParts);
    return std::any_of(words.begin(), words.end(),
                       [&](const QString& word) { return sameCommit(word, checklist.commit); });
}

}  // namespace spillway
