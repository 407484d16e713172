// "spillway://prod-pg/orders?system=pgboss&range=6h": a place in the window as text that can be sent to a
// colleague. It names a connection of the reader's own, never a server, and carries nothing secret. Pure.
//
// spillway://CONNECTION[/QUEUE][?system=KEY][&page=dead-letters|leases][&range=15m|1h|6h|1d|7d]
//                              [&from=TIME&until=TIME]      times in UTC, ISO 8601; names percent-encoded
#pragma once

#include <optional>
#include <utility>

#include "backends/domain/outcome.h"
#include "widgets/models/finding_place.h"

namespace spillway {

struct PlaceLink {
    QueueRef target;  // the connection is always named; an empty system: whichever has the queue
    Place place = Place::overview;
    std::optional<int> range_min;                   // of the charts, up to now
    std::optional<std::pair<double, double>> span;  // or this one; seconds since 1970, server clock

    bool operator==(const PlaceLink&) const = default;
};

inline constexpr int kLongestLink = 2000;  // characters

[[nodiscard]] bool isPlaceLink(const QString& text);  // by its scheme
[[nodiscard]] QString linkTo(const PlaceLink& link);
// Failure: usage, saying which part is wrong.
[[nodiscard]] Outcome<PlaceLink> placeFromLink(const QString& text);

}  // namespace spillway
