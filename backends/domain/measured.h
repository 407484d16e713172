// A number together with how it is known. Absence is never zero: a value that cannot be known is
// `not_observable` and says why.
#pragma once

#include <QString>
#include <optional>
#include <utility>

namespace spillway {

enum class Provenance {
    exact,          // read from the backend's own counters or rows, complete for the window
    estimated,      // derived by the method stated in `method`
    lower_bound,    // at least this many; `method` says why more may exist
    not_observable  // no trace is kept; `method` says why and what would make it visible
};

// Contract spelling, e.g. "lower_bound".
[[nodiscard]] QString provenanceName(Provenance provenance);

template <typename T>
struct Measured {
    std::optional<T> value;
    Provenance provenance = Provenance::not_observable;
    QString method;  // how it was derived, or for not_observable the reason

    [[nodiscard]] static Measured exact(T v) { return {std::move(v), Provenance::exact, {}}; }
    [[nodiscard]] static Measured estimated(T v, QString how) {
        return {std::move(v), Provenance::estimated, std::move(how)};
    }
    [[nodiscard]] static Measured lowerBound(T v, QString how) {
        return {std::move(v), Provenance::lower_bound, std::move(how)};
    }
    [[nodiscard]] static Measured notObservable(QString why) {
        return {std::nullopt, Provenance::not_observable, std::move(why)};
    }

    [[nodiscard]] bool known() const { return value.has_value(); }
    [[nodiscard]] bool isExact() const { return provenance == Provenance::exact; }
    // The value, or `fallback` where it is unknown. Only for arithmetic that treats unknown as neutral.
    [[nodiscard]] T valueOr(T fallback) const { return value.value_or(std::move(fallback)); }

    bool operator==(const Measured&) const = default;
};

using Count = Measured<qint64>;
using Rate = Measured<double>;     // per second
using Seconds = Measured<double>;  // ages and durations
using Ratio = Measured<double>;

// The weaker of two provenances: what a value derived from both can claim at most.
[[nodiscard]] Provenance weaker(Provenance a, Provenance b);

}  // namespace spillway
