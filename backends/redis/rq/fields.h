// What stands in RQ's hashes, sorted sets and streams, as values. Pure; any bytes may come in. Nothing is
// ever unpickled: RQ's `data` can run code when it is.
#pragma once

#include <QByteArray>
#include <QString>
#include <optional>

#include "backends/domain/clock.h"

namespace spillway {

// "2026-11-22T03:17:32.392773Z"; seconds with a fraction ("1795317452.39") too. nullopt: no time.
[[nodiscard]] std::optional<ServerTime> rqTimeFrom(const QByteArray& text);

// The score of a registry entry, seconds; "+inf" and negative ones mean that the entry never expires.
[[nodiscard]] std::optional<double> rqExpiryFrom(const QByteArray& score);

// A member of rq:wip:<queue>: the job's id up to version 1, "<job>:<execution>" from 2 on.
struct RqExecution {
    QByteArray job;
    QByteArray execution;  // 32 hex digits; empty up to version 1
    bool operator==(const RqExecution&) const = default;
};
[[nodiscard]] RqExecution rqExecutionFrom(const QByteArray& member);

// "shop.mail.send" of the description "shop.mail.send('a@b.c', retry=3)"; empty where the description is
// somebody's own text. The function's name itself stands only inside the pickled data.
[[nodiscard]] QString rqKindFrom(const QByteArray& description);

// A traceback as RQ keeps it, zlib-compressed (in results of base64); plain text is taken as it is. At most
// 2 000 characters, the line with the exception first. Unpacks a bounded part only.
[[nodiscard]] QString rqErrorFrom(const QByteArray& packed);
[[nodiscard]] QString rqErrorFromBase64(const QByteArray& packed);

}  // namespace spillway
