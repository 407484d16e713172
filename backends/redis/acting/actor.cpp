#include "backends/redis/acting/actor.h"

namespace spillway {
using namespace Qt::StringLiterals;

namespace {
const QString kLostMark = u"lost|"_s;
}

PlannedJob lostJobAsPlanned(const LostJob& job) {
    PlannedJob planned;
    planned.id = job.id;
    planned.version = kLostMark + QString::fromUtf8(job.payload);
    planned.kind = job.kind;
    planned.at = job.noticed;
    return planned;
}

bool isLostJob(const PlannedJob& job) {
    return job.version.startsWith(kLostMark);
}

QByteArray lostPayload(const PlannedJob& job) {
    return job.version.mid(kLostMark.size()).toUtf8();
}

Outcome<Done> RedisActor::planRetrying(const RedisInquiryLink&, const ActingPlace&, const ActionRequest&,
                                       PlannedAction&) const {
    return Failure{FailureKind::usage,
                   u"Jobs that wait for their retry are not put forward in this system."_s,
                   {},
                   u"Use the queue system's own tool, or wait: they run by themselves."_s};
}

void RedisActor::describe(RedisPipeline& pipeline, std::vector<RedisDeadWalk::Found>& found) const {
    for (RedisDeadWalk::Found& each : found) RedisDeadWalk::describe(pipeline, each);
}

std::optional<int> RedisActor::remaining(const DeadJob& job) const {
    if (!job.attempts || !job.max_attempts) return std::nullopt;
    return std::max(1, *job.max_attempts - *job.attempts);
}

}  // namespace spillway
