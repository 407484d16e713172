// Where a running demo can be reached and what it shows.
#pragma once

#include <QJsonObject>
#include <QString>
#include <optional>
#include <vector>

#include "backends/domain/connection_settings.h"

namespace spillway {

struct DemoQueue {
    QString server;  // "postgres" or "redis"
    QString system;  // contract name, e.g. "pgboss"
    QString queue;
    QString shows;  // "never drains: 250/s in, 50/s out"
    bool operator==(const DemoQueue&) const = default;
};

struct DemoEndpoints {
    QString postgresUrl;
    QString redisUrl;
    QString stagingUrl;                 // a Redis of its own
    QStringList mappingFiles;           // describe the demo's own tables (ConnectionSettings::mappingFiles)
    std::vector<Invariant> invariants;  // of its data; one of them stops holding
    QString historyFile;  // what the demo itself records of its queues, with the mark of its deploy
    qint64 pid = 0;       // of the demo itself
    QString directory;    // holds these files; goes with the demo
    std::vector<DemoQueue> queues;
    bool operator==(const DemoEndpoints&) const = default;
};

[[nodiscard]] QJsonObject demoJson(const DemoEndpoints& endpoints);
inline constexpr QLatin1StringView kDemoPostgres{"demo-pg"}, kDemoRedis{"demo-redis"},
    kDemoStaging{"demo-staging"};
// Its servers as connections of these names; they count as development, and the last as staging.
[[nodiscard]] std::vector<ConnectionSettings> demoConnections(const DemoEndpoints& endpoints);
// nullopt: not a document that demoJson() wrote.
[[nodiscard]] std::optional<DemoEndpoints> demoFromJson(const QJsonObject& object);

}  // namespace spillway
