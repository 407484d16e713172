#include "app/cli/printers/json_printer.h"

#include <QJsonArray>
#include <QJsonDocument>

#include "app/cli/printers/signal_json.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kSchema = 1;

QJsonObject capabilitiesJson(const Capabilities& capabilities) {
    QJsonObject object;
    for (const auto& c : capabilities.list())
        object[c.signal] = QJsonObject{{u"observable"_s, c.observable}, {u"why"_s, c.why}};
    return object;
}

QJsonObject identityJson(const SystemIdentity& identity, const Capabilities& capabilities) {
    return {{u"system"_s, identity.system},
            {u"title"_s, identity.title},
            {u"version"_s, identity.version},
            {u"namespace"_s, identity.name_space},
            {u"capabilities"_s, capabilitiesJson(capabilities)}};
}

QJsonValue intervalJson(const std::optional<DurationInterval>& interval) {
    if (!interval) return QJsonValue::Null;
    return QJsonObject{
        {u"low"_s, interval->low},
        {u"high"_s, interval->high ? QJsonValue(*interval->high) : QJsonValue(QJsonValue::Null)}};
}

void insertCounts(QJsonObject& object, const QueueReading& q) {
    object[u"ready"_s] = measuredJson(q.ready);
    object[u"scheduled"_s] = measuredJson(q.scheduled);
    object[u"retrying"_s] = measuredJson(q.retrying);
    object[u"running"_s] = measuredJson(q.running);
    object[u"dead"_s] = measuredJson(q.dead);
    object[u"overdue"_s] = measuredJson(q.overdue);
    object[u"blocked"_s] = measuredJson(q.blocked);
    object[u"lost_next_24h"_s] = measuredJson(q.lost_next_24h);
    object[u"expiring"_s] = measuredJson(q.expiring);
}

QJsonValue heldJson(const QueueHealth& health) {
    const auto& held = health.reading.held;
    if (!held) return QJsonValue::Null;
    return QJsonObject{{u"why"_s, held->why}, {u"until"_s, timeJson(held->until)}};
}

void insertFlow(QJsonObject& object, const QueueHealth& health) {
    object[u"oldest_age_s"_s] = measuredJson(health.oldest_age_s);
    object[u"dead_oldest_age_s"_s] = measuredJson(health.dead_oldest_age_s);
    object[u"oldest_blocked_s"_s] = measuredJson(health.oldest_blocked_s);
    object[u"expires_next_s"_s] = measuredJson(health.expires_next_s);
    object[u"arrival_rate"_s] = measuredJson(health.flow.arrival);
    object[u"drain_rate"_s] = measuredJson(health.flow.drain);
    object[u"growth"_s] = measuredJson(health.flow.growth);
    object[u"removed"_s] = measuredJson(health.flow.removed);
    object[u"time_to_drain_s"_s] = intervalJson(health.forecast.time_to_drain_s);
    object[u"drain_verdict"_s] = drainVerdictName(health.forecast.verdict);
    object[u"hold_factor"_s] = measuredJson(health.forecast.hold_factor);
    object[u"held"_s] = heldJson(health);
    object[u"failed_share"_s] = measuredJson(health.failed.share);
    object[u"failed"_s] = measuredJson(health.failed.failures);
}

QJsonObject queueJson(const QueueHealth& health) {
    const auto& paused = health.reading.paused;
    QJsonObject object{{u"queue"_s, health.reading.queue},
                       {u"paused"_s, paused ? QJsonValue(*paused) : QJsonValue(QJsonValue::Null)}};
    if (health.reading.dead_letter_queue) {
        object[u"dead_letter_queue"_s] = true;
        object[u"sources"_s] = QJsonArray::fromStringList(health.reading.dead_letter_of);
    }
    insertCounts(object, health.reading);
    insertFlow(object, health);
    insertDeadAges(object, health);
    insertRetries(object, health);
    insertDuplicates(object, health);
    return object;
}

QJsonObject systemJson(const SystemHealth& system) {
    QJsonObject object = identityJson(system.identity, system.capabilities);
    QJsonArray queues;
    for (const auto& queue : system.queues) queues << queueJson(queue);
    object[u"queues"_s] = queues;
    object[u"queues_not_shown"_s] = system.queues_not_shown;
    object[u"workers"_s] = QJsonObject{{u"live"_s, measuredJson(system.workers.live)},
                                       {u"concurrency"_s, measuredJson(system.workers.concurrency)},
                                       {u"busy"_s, measuredJson(system.workers.busy)}};
    object[u"leases"_s] = QJsonObject{{u"total"_s, measuredJson(system.leases.total)},
                                      {u"listed"_s, static_cast<qint64>(system.leases.leases.size())},
                                      {u"gap"_s, system.leases.gap}};
    object[u"conditions"_s] = conditionsJson(system.conditions);
    return object;
}

QJsonObject findingJson(const Finding& finding) {
    QJsonObject json{{u"id"_s, finding.id},
                     {u"severity"_s, severityName(finding.severity)},
                     {u"system"_s, finding.system},
                     {u"queue"_s, finding.queue},
                     {u"title"_s, finding.title},
                     {u"sentence"_s, finding.sentence},
                     {u"evidence"_s, finding.evidence},
                     {u"since"_s, toIsoUtc(finding.since)},
                     {u"action"_s, finding.action}};
    if (finding.acknowledged) json[u"acknowledged"_s] = acknowledgementJson(*finding.acknowledged);
    return json;
}

QJsonObject pollJson(const PollCosts& costs) {
    return {{u"count"_s, costs.count()},
            {u"median_ms"_s, costs.medianWall_ms()},
            {u"max_ms"_s, costs.maxWall_ms()},
            {u"server_ms"_s, measuredJson(costs.medianServer_ms())}};
}

}  // namespace

QJsonObject serverJson(const QString& name, Environment environment, const ServerInfo& server) {
    static const auto roleName = [](ServerRole role) {
        return role == ServerRole::primary   ? u"primary"_s
               : role == ServerRole::replica ? u"replica"_s
                                             : u"unknown"_s;
    };
    return {{u"name"_s, name},
            {u"environment"_s, environmentName(environment)},
            {u"server"_s, server.product},
            {u"server_version"_s, server.version},
            {u"address"_s, server.address},
            {u"database"_s, server.database},
            {u"user"_s, server.user},
            {u"role"_s, roleName(server.role)},
            {u"encrypted"_s, server.encrypted},
            {u"superuser"_s, server.superuser}};
}

QJsonObject connectionJson(const Reading& reading) {
    QJsonObject connection = serverJson(reading.connection, reading.environment, reading.server);
    connection[u"clock_skew_s"_s] = reading.clock_skew_s;
    return connection;
}

QJsonObject statusJson(const Reading& reading, const PollCosts& costs) {
    QJsonArray systems;
    for (const auto& system : reading.systems) systems << systemJson(system);
    QJsonArray findings;
    for (const auto& finding : reading.findings) findings << findingJson(finding);
    return {{u"schema"_s, kSchema},
            {u"observed_at"_s, toIsoUtc(reading.observed_at)},
            {u"connection"_s, connectionJson(reading)},
            {u"systems"_s, systems},
            {u"invariants"_s, invariantsJson(reading.invariants)},
            {u"findings"_s, findings},
            {u"findings_not_shown"_s, reading.findings_not_shown},
            {u"poll"_s, pollJson(costs)}};
}

QJsonObject detectJson(const ConnectionSettings& settings, const ServerInfo& server,
                       const std::vector<DetectedSystem>& systems) {
    QJsonArray list;
    QJsonArray unread;
    for (const auto& system : systems) {
        if (system.unread.isEmpty()) {
            list << identityJson(system.identity, system.capabilities);
            continue;
        }
        QJsonObject one = identityJson(system.identity, {});
        one.insert(u"why"_s, system.unread);
        unread << one;
    }
    return {{u"schema"_s, kSchema},
            {u"connection"_s, serverJson(settings.name, settings.environment, server)},
            {u"systems"_s, list},
            {u"unread"_s, unread}};
}

QJsonObject acknowledgementJson(const Acknowledgement& said) {
    return {{u"connection"_s, said.connection},
            {u"finding"_s, said.finding},
            {u"system"_s, said.system},
            {u"queue"_s, said.queue},
            {u"by"_s, said.by},
            {u"note"_s, said.note},
            {u"at"_s, toIsoUtc(said.at)},
            {u"until"_s, said.until ? QJsonValue(toIsoUtc(*said.until)) : QJsonValue(QJsonValue::Null)}};
}

QByteArray jsonLine(const QJsonObject& document) {
    return QJsonDocument(document).toJson(QJsonDocument::Compact) + '\n';
}

}  // namespace spillway
