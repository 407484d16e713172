#include "backends/remediation/action_plan.h"

#include <QCryptographicHash>
#include <QDataStream>
#include <QIODevice>
#include <algorithm>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

std::map<QString, qint64> countedBy(const ActionPlan& plan, QString PlannedJob::*field) {
    std::map<QString, qint64> counts;
    for (const auto& job : plan.jobs) ++counts[job.*field];
    return counts;
}

}  // namespace

QString actionKindName(ActionKind kind) {
    switch (kind) {
        case ActionKind::replay:
            return u"replay"_s;
        case ActionKind::release:
            return u"release"_s;
        case ActionKind::undo:
            break;
    }
    return u"undo"_s;
}

std::map<QString, qint64> kindsOf(const ActionPlan& plan) {
    return countedBy(plan, &PlannedJob::kind);
}

std::map<QString, qint64> signaturesOf(const ActionPlan& plan) {
    return countedBy(plan, &PlannedJob::signature);
}

qint64 conflictsOf(const ActionPlan& plan) {
    return std::count_if(plan.jobs.begin(), plan.jobs.end(), [](const auto& job) { return job.conflict; });
}

Count worstCaseExecutions(const ActionPlan& plan) {
    qint64 executions = 0;
    bool complete = plan.matched <= static_cast<qint64>(plan.jobs.size());
    for (const auto& job : plan.jobs) {
        executions += std::max(1, job.remaining_attempts.value_or(1));
        complete = complete && job.remaining_attempts.has_value();
    }
    return {executions, complete ? Provenance::exact : Provenance::lower_bound,
            complete ? QString() : u"some jobs do not record how many attempts they have left"_s};
}

// Fields are written with their lengths, so that no two plans share a text.
QString planHash(const ActionPlan& plan) {
    QByteArray bytes;
    QDataStream stream(&bytes, QIODevice::WriteOnly);
    stream.setVersion(QDataStream::Qt_6_4);
    stream << actionKindName(plan.action) << plan.connection << environmentName(plan.environment)
           << plan.server_id << plan.pins << plan.system << plan.queue << millisSinceEpoch(plan.made_at)
           << plan.rate << plan.canary << plan.halt_above << static_cast<qint64>(plan.jobs.size());
    for (const auto& job : plan.jobs) stream << job.id << job.version;
    if (!plan.undoes.isEmpty()) stream << plan.undoes;
    return QString::fromLatin1(QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex());
}

LoadForecast forecastOf(double rate, const Rate& arrival, const Rate& drain) {
    const QString adds = u"adds %1"_s.arg(rateText(rate));
    if (!drain.known()) return {false, u"%1; what the workers drain cannot be seen"_s.arg(adds)};
    const QString against = u"%1 to a drain of %2"_s.arg(adds, rateText(drain));
    if (!arrival.known()) return {rate > *drain.value, u"%1; arrivals cannot be seen"_s.arg(against)};
    const double growth = *arrival.value + rate - *drain.value;
    if (growth <= 0) return {false, u"%1; the queue keeps draining"_s.arg(against)};
    return {true, u"%1; the backlog grows by %2 while it runs"_s.arg(against, rateText(growth))};
}

}  // namespace spillway
