#include "backends/domain/queue_objective.h"

#include "backends/domain/name_pattern.h"

namespace spillway {

QueueLimits limitsOf(const QString& queue, const std::vector<QueueObjective>& objectives, QueueLimits usual) {
    for (const QueueObjective& objective : objectives) {
        if (!NamePattern(objective.queues).fits(queue)) continue;
        usual.oldest_warning_s = objective.oldest_warning_s.value_or(usual.oldest_warning_s);
        if (objective.oldest_critical_s) usual.oldest_critical_s = objective.oldest_critical_s;
        usual.dead_warning_s = objective.dead_warning_s.value_or(usual.dead_warning_s);
        usual.dead_critical_s = objective.dead_critical_s.value_or(usual.dead_critical_s);
        usual.retry_warning_share = objective.retry_warning_share.value_or(usual.retry_warning_share);
        usual.retry_critical_share = objective.retry_critical_share.value_or(usual.retry_critical_share);
    }
    return usual;
}

}  // namespace spillway
