// How moments read in a table, and how a table becomes text that other programs take. Pure.
#pragma once

#include <QAbstractItemModel>
#include <QHash>
#include <QString>
#include <optional>
#include <vector>

#include "backends/domain/clock.h"
#include "backends/domain/measured.h"

namespace spillway {

// "02:12:07" on the day of `now`, otherwise "3 Mar 02:12" or "3 Mar 2025"; local time.
[[nodiscard]] QString momentText(ServerTime at, ServerTime now);
// "2026-03-03 02:12:07 CET (2026-03-03 01:12:07 UTC)".
[[nodiscard]] QString exactMomentText(ServerTime at);
[[nodiscard]] QString exactMomentText(const std::optional<ServerTime>& at);  // "not recorded"

// For a cell: made visible, "–" where there is nothing.
[[nodiscard]] QString orDash(const QString& text);
// One field: no tabs, no line breaks, and never something that a spreadsheet takes for a formula.
[[nodiscard]] QString tsvField(const QString& text);
// For CopyRole: a time to the millisecond in UTC, whole seconds, a count with the sign of its provenance.
// Invalid: not known.
[[nodiscard]] QVariant copiedMoment(const std::optional<ServerTime>& at);
[[nodiscard]] QVariant copiedSeconds(const Seconds& seconds);
[[nodiscard]] QString copiedCount(const Count& count);  // "–": not known

// With a line of titles, cells as CopyRole has them. `rows` empty: all.
[[nodiscard]] QString tsvOf(const QAbstractItemModel& model, const std::vector<int>& rows,
                            const std::vector<int>& columns);

}  // namespace spillway
