#include "app/demo/demo_endpoints.h"

#include <QJsonArray>

namespace spillway {
using namespace Qt::StringLiterals;

QJsonObject demoJson(const DemoEndpoints& endpoints) {
    QJsonArray queues;
    for (const auto& q : endpoints.queues)
        queues << QJsonObject{
            {u"server"_s, q.server}, {u"system"_s, q.system}, {u"queue"_s, q.queue}, {u"shows"_s, q.shows}};
    return {{u"schema"_s, 1},
            {u"postgres_url"_s, endpoints.postgresUrl},
            {u"redis_url"_s, endpoints.redisUrl},
            {u"mapping"_s, endpoints.mappingFile},
            {u"pid"_s, endpoints.pid},
            {u"directory"_s, endpoints.directory},
            {u"queues"_s, queues}};
}

std::optional<DemoEndpoints> demoFromJson(const QJsonObject& object) {
    DemoEndpoints endpoints{object[u"postgres_url"_s].toString(), object[u"redis_url"_s].toString(),
                            object[u"mapping"_s].toString(),      object[u"pid"_s].toInteger(),
                            object[u"directory"_s].toString(),    {}};
    if (endpoints.postgresUrl.isEmpty() || endpoints.redisUrl.isEmpty() || endpoints.pid <= 0)
        return std::nullopt;
    for (const auto& value : object[u"queues"_s].toArray()) {
        const auto q = value.toObject();
        endpoints.queues.push_back({q[u"server"_s].toString(), q[u"system"_s].toString(),
                                    q[u"queue"_s].toString(), q[u"shows"_s].toString()});
    }
    return endpoints;
}

}  // namespace spillway
