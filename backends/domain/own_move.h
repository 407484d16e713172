// Jobs that a person put back into a queue through this program: their executions are asked for, no storm.
#pragma once

#include <QString>

#include "backends/domain/clock.h"

namespace spillway {

struct OwnMove {
    QString system;  // SystemIdentity::key()
    QString queue;
    ServerTime at;  // when the answer came
    qint64 jobs = 0;

    bool operator==(const OwnMove&) const = default;
};

}  // namespace spillway
