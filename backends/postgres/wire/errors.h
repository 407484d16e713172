// What a PostgreSQL error means and what to do about it. Pure; no libpqxx here.
#pragma once

#include "backends/domain/failure.h"

namespace spillway {

// Connecting failed. libpq hands over only text, no SQLSTATE, so `text` (English; see EnglishMessages
// in postgres_connection.cpp) is what there is to judge by; unknown words count as unreachable.
[[nodiscard]] Failure connectFailure(const QString& text, const QString& address);

// A statement failed. `question` says in words what was being read ("the job counts of pg-boss in
// schema pgboss"). 42P01, 42703, 42704, 0A000 and 42501 come back as `changed`: the tables, columns or
// grants are not those that detection saw, so detection must run again and will name the gap.
[[nodiscard]] Failure queryFailure(const QString& sqlstate, const QString& text, const QString& question);

// The connection broke in the middle. `text` may be empty.
[[nodiscard]] Failure lostConnection(const QString& text, const QString& address);

// The server's message without its severity prefix, DETAIL, HINT and CONTEXT lines (they may quote
// job data), secrets removed, control characters visible.
[[nodiscard]] QString primaryMessage(const QString& serverText);

}  // namespace spillway
