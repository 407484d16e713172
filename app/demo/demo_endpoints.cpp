#include "app/demo/demo_endpoints.h"

#include <QJsonArray>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QJsonArray invariantsJson(const std::vector<Invariant>& invariants) {
    QJsonArray list;
    for (const auto& one : invariants)
        list << QJsonObject{{u"name"_s, one.name},
                            {u"sql"_s, one.sql},
                            {u"queue"_s, one.queue},
                            {u"every_s"_s, static_cast<qint64>(one.every.count())}};
    return list;
}

std::vector<Invariant> invariantsFrom(const QJsonArray& list) {
    std::vector<Invariant> invariants;
    for (const auto& value : list) {
        const auto one = value.toObject();
        invariants.push_back({.name = one[u"name"_s].toString(),
                              .sql = one[u"sql"_s].toString(),
                              .every = std::chrono::seconds{one[u"every_s"_s].toInteger(60)},
                              .queue = one[u"queue"_s].toString()});
    }
    return invariants;
}

}  // namespace

QJsonObject demoJson(const DemoEndpoints& endpoints) {
    QJsonArray queues;
    for (const auto& q : endpoints.queues)
        queues << QJsonObject{
            {u"server"_s, q.server}, {u"system"_s, q.system}, {u"queue"_s, q.queue}, {u"shows"_s, q.shows}};
    return {{u"schema"_s, 1},
            {u"postgres_url"_s, endpoints.postgresUrl},
            {u"redis_url"_s, endpoints.redisUrl},
            {u"staging_url"_s, endpoints.stagingUrl},
            {u"mapping"_s, endpoints.mappingFiles.value(0)},
            {u"mappings"_s, QJsonArray::fromStringList(endpoints.mappingFiles)},
            {u"invariants"_s, invariantsJson(endpoints.invariants)},
            {u"history"_s, endpoints.historyFile},
            {u"pid"_s, endpoints.pid},
            {u"directory"_s, endpoints.directory},
            {u"queues"_s, queues}};
}

std::optional<DemoEndpoints> demoFromJson(const QJsonObject& object) {
    DemoEndpoints endpoints{.postgresUrl = object[u"postgres_url"_s].toString(),
                            .redisUrl = object[u"redis_url"_s].toString(),
                            .stagingUrl = object[u"staging_url"_s].toString(),
                            .mappingFiles = {},
                            .invariants = invariantsFrom(object[u"invariants"_s].toArray()),
                            .historyFile = object[u"history"_s].toString(),
                            .pid = object[u"pid"_s].toInteger(),
                            .directory = object[u"directory"_s].toString(),
                            .queues = {}};
    for (const auto& file : object[u"mappings"_s].toArray()) endpoints.mappingFiles << file.toString();
    if (endpoints.postgresUrl.isEmpty() || endpoints.redisUrl.isEmpty() || endpoints.pid <= 0)
        return std::nullopt;
    for (const auto& value : object[u"queues"_s].toArray()) {
        const auto q = value.toObject();
        endpoints.queues.push_back({q[u"server"_s].toString(), q[u"system"_s].toString(),
                                    q[u"queue"_s].toString(), q[u"shows"_s].toString()});
    }
    return endpoints;
}

std::vector<ConnectionSettings> demoConnections(const DemoEndpoints& endpoints) {
    std::vector<ConnectionSettings> all;
    for (const auto& [name, url] :
         {std::pair{kDemoPostgres, endpoints.postgresUrl}, std::pair{kDemoRedis, endpoints.redisUrl},
          std::pair{kDemoStaging, endpoints.stagingUrl}}) {
        if (url.isEmpty()) continue;  // of an older demo
        if (auto settings = connectionFromUrl(url)) {
            ConnectionSettings chosen = *settings;
            chosen.name = name;
            chosen.environment = name == kDemoStaging ? Environment::staging : Environment::development;
            if (chosen.kind == ServerKind::postgres) {
                chosen.mappingFiles = endpoints.mappingFiles;
                chosen.invariants = endpoints.invariants;
            }
            all.push_back(std::move(chosen));
        }
    }
    return all;
}

}  // namespace spillway
