#include "backends/acting/action_report.h"

#include <pwd.h>
#include <unistd.h>
#include <QJsonArray>
#include <QSysInfo>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QJsonObject countsJson(const OutcomeCounts& counts) {
    return {{u"planned"_s, counts.planned},         {u"moved"_s, counts.moved},
            {u"skipped_changed"_s, counts.changed}, {u"skipped_conflict"_s, counts.conflict},
            {u"skipped_gone"_s, counts.gone},       {u"failed"_s, counts.failed},
            {u"unknown"_s, counts.unknown}};
}

QJsonValue orNull(std::optional<qint64> n) {
    return n ? QJsonValue(*n) : QJsonValue();
}

QJsonObject afterJson(const ActionReport& report) {
    const auto& after = report.after;
    return {{u"ready"_s, orNull(report.readyAfter)},
            {u"completed"_s, after.completed},
            {u"died_again_same_error"_s, after.diedSame},
            {u"died_again_other_error"_s, after.diedOther},
            {u"waiting"_s, after.waiting},
            {u"running"_s, after.running},
            {u"retrying"_s, after.retrying},
            {u"vanished"_s, after.vanished},
            {u"not_looked_at"_s, after.notLookedAt}};
}

QJsonArray names(const std::vector<Guard>& guards) {
    QJsonArray list;
    for (const auto guard : guards) list.append(guardName(guard));
    return list;
}

}  // namespace

// The account that runs the program: $USER says whatever somebody has set.
Actor thisActor(const QString& version) {
    const passwd* account = ::getpwuid(::geteuid());
    return {account ? QString::fromLocal8Bit(account->pw_name) : QString::number(::geteuid()),
            QSysInfo::machineHostName(), version};
}

QJsonObject auditRecordOf(const ActionReport& report, const ActionPlan& plan, const Actor& actor,
                          const QString& reason, const std::vector<Guard>& overridden, ServerTime at) {
    return {{u"id"_s, report.action},
            {u"at"_s, toIsoUtc(at)},
            {u"actor"_s, actor.name},
            {u"host"_s, actor.host},
            {u"version"_s, actor.version},
            {u"connection"_s, plan.connection},
            {u"environment"_s, environmentName(plan.environment)},
            {u"action"_s, actionKindName(plan.action)},
            {u"system"_s, plan.system},
            {u"queue"_s, plan.queue},
            {u"reason"_s, reason},
            {u"overridden"_s, names(overridden)},
            {u"plan"_s, plan.id},
            {u"undoes"_s, plan.undoes.isEmpty() ? QJsonValue() : QJsonValue(plan.undoes)},
            {u"plan_hash"_s, planHash(plan)},
            {u"counts"_s, countsJson(report.counts)},
            {u"outcome"_s, actionStateName(report.state)},
            {u"halted"_s, report.state == ActionState::halted},
            {u"halt_reason"_s, report.haltReason.isEmpty() ? QJsonValue() : QJsonValue(report.haltReason)},
            {u"canary"_s, QJsonObject{{u"sent"_s, report.canary.sent},
                                      {u"succeeded"_s, report.canary.succeeded},
                                      {u"failed"_s, report.canary.failed}}},
            {u"before"_s, QJsonObject{{u"ready"_s, orNull(report.readyBefore)}}},
            {u"after"_s, afterJson(report)}};
}

}  // namespace spillway
