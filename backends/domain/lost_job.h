// A job that left the server with the process that ran it: what is remembered of it. Values.
#pragma once

#include <QByteArray>
#include <QString>
#include <optional>

#include "backends/domain/clock.h"

namespace spillway {

struct LostJob {
    QString system;  // SystemIdentity::key()
    QString queue;
    QString id;
    QString kind;
    QByteArray payload;  // as its system would enqueue it
    QString worker;      // who ran it
    ServerTime noticed;  // server's clock
    std::optional<ServerTime> claimed_at;

    bool operator==(const LostJob&) const = default;
};

}  // namespace spillway
