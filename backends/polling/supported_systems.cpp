#include "backends/polling/supported_systems.h"

#include "backends/postgres/engine/question_plan.h"
#include "backends/redis/redis_kinds.h"
#include "backends/remediation/action_plan.h"
#include "backends/remediation/lost_gap.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

Capabilities atBest(const RedisKind& kind) {
    Capabilities capabilities;
    for (const Capability& each : kind.sees()) capabilities.set(each.signal, each.observable, each.why);
    const auto actor = kind.actor();
    for (const ActionKind action : {ActionKind::replay, ActionKind::release, ActionKind::undo}) {
        const QString gap = actor->gap(action);
        capabilities.set(actionKindName(action), gap.isEmpty(), gap);
    }
    const QString lost = actor->lostGap();
    capabilities.set(u"replay_lost"_s, lost.isEmpty(), lost);
    return capabilities;
}

}  // namespace

Outcome<std::vector<SupportedSystem>> supportedSystems() {
    const auto definitions = builtInSystems();
    if (!definitions) return definitions.failure();
    std::vector<SupportedSystem> systems;
    for (const auto& each : *definitions) {
        systems.push_back({each.name, each.title, ServerKind::postgres, capabilitiesAtBest(each)});
        systems.back().capabilities.set(u"replay_lost"_s, false, rowsStay(each.title));
    }
    for (const auto& kind : redisKinds())
        systems.push_back({QString::fromLatin1(kind.name), QString::fromLatin1(kind.title), ServerKind::redis,
                           atBest(kind)});
    return systems;
}

}  // namespace spillway
