// Which queue of which system on which connection: what the pages pass around when a queue is meant.
#pragma once

#include <QHash>
#include <QString>

namespace spillway {

struct QueueRef {
    QString connection;  // ConnectionSettings::name
    QString system;      // SystemIdentity::key()
    QString queue;       // QueueReading::queue

    [[nodiscard]] bool isEmpty() const { return queue.isEmpty() && connection.isEmpty(); }
    bool operator==(const QueueRef&) const = default;
};

[[nodiscard]] inline size_t qHash(const QueueRef& ref, size_t seed = 0) {
    return qHashMulti(seed, ref.connection, ref.system, ref.queue);
}

struct QueueRefHash {  // for the containers of the standard library
    size_t operator()(const QueueRef& ref) const { return qHash(ref); }
};

}  // namespace spillway
