// Where a running demo can be reached and what it shows.
#pragma once

#include <QJsonObject>
#include <QString>
#include <optional>
#include <vector>

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
    QString mappingFile;  // describes the demo's own jobs table (ConnectionSettings::mappingFiles)
    qint64 pid = 0;       // of the demo itself
    QString directory;    // holds the mapping file; goes with the demo
    std::vector<DemoQueue> queues;
    bool operator==(const DemoEndpoints&) const = default;
};

[[nodiscard]] QJsonObject demoJson(const DemoEndpoints& endpoints);
// nullopt: not a document that demoJson() wrote.
[[nodiscard]] std::optional<DemoEndpoints> demoFromJson(const QJsonObject& object);

}  // namespace spillway
