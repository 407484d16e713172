#include "backends/journal/plan_document.h"

#include <QDataStream>
#include <QIODevice>

namespace spillway {
namespace {

constexpr quint32 kMark = 0x53504c31;  // "SPL1"

QDataStream& operator<<(QDataStream& out, const PlannedJob& job) {
    out << job.id << job.version << job.kind << job.signature << job.at.has_value()
        << (job.at ? static_cast<qint64>(job.at->time_since_epoch().count()) : qint64{0})
        << job.remaining_attempts.value_or(-1) << job.conflict;
    return out;
}

QDataStream& operator>>(QDataStream& in, PlannedJob& job) {
    bool dated = false;
    qint64 at = 0;
    int remaining = -1;
    in >> job.id >> job.version >> job.kind >> job.signature >> dated >> at >> remaining >> job.conflict;
    if (dated) job.at = serverTimeFromMicros(at);
    if (remaining >= 0) job.remaining_attempts = remaining;
    return in;
}

}  // namespace

QByteArray planDocument(const ActionPlan& plan) {
    QByteArray bytes;
    QDataStream out(&bytes, QIODevice::WriteOnly);
    out.setVersion(QDataStream::Qt_6_4);
    out << kMark << plan.id << static_cast<int>(plan.action) << plan.connection
        << environmentName(plan.environment) << plan.server_id << plan.pins << plan.system << plan.queue
        << static_cast<qint64>(plan.made_at.time_since_epoch().count()) << plan.matched << plan.rate
        << plan.canary << plan.halt_above << static_cast<quint32>(plan.jobs.size());
    for (const auto& job : plan.jobs) out << job;
    if (!plan.undoes.isEmpty()) out << plan.undoes;
    return qCompress(bytes, 1);
}

std::optional<ActionPlan> planFromDocument(const QByteArray& document) {
    const QByteArray bytes = qUncompress(document);
    QDataStream in(bytes);
    in.setVersion(QDataStream::Qt_6_4);
    ActionPlan plan;
    quint32 mark = 0, jobs = 0;
    int action = 0;
    QString environment;
    qint64 madeAt = 0;
    in >> mark >> plan.id >> action >> plan.connection >> environment >> plan.server_id >> plan.pins >>
        plan.system >> plan.queue >> madeAt >> plan.matched >> plan.rate >> plan.canary >> plan.halt_above >>
        jobs;
    const auto named = environmentFromName(environment);
    const bool sound = in.status() == QDataStream::Ok && mark == kMark && named && action >= 0 &&
                       action <= static_cast<int>(ActionKind::undo) && jobs <= kMostPlannedJobs;
    if (!sound) return std::nullopt;
    plan.action = static_cast<ActionKind>(action);
    plan.environment = *named;
    plan.made_at = serverTimeFromMicros(madeAt);
    plan.jobs.resize(jobs);
    for (auto& job : plan.jobs) in >> job;
    if (plan.action == ActionKind::undo && !in.atEnd()) in >> plan.undoes;
    if (in.status() != QDataStream::Ok || !in.atEnd()) return std::nullopt;
    return plan;
}

}  // namespace spillway
