#include "backends/domain/condition.h"

#include <algorithm>
#include <array>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

struct Entry {
    ConditionKind kind;
    QLatin1StringView name;
};
constexpr std::array<Entry, 18> kNames{{
    {ConditionKind::no_leader, "no_leader"_L1},
    {ConditionKind::schedule_overdue, "schedule_overdue"_L1},
    {ConditionKind::schedule_twice, "schedule_twice"_L1},
    {ConditionKind::never_claimed, "never_claimed"_L1},
    {ConditionKind::poison_pill, "poison_pill"_L1},
    {ConditionKind::orphaned, "orphaned"_L1},
    {ConditionKind::zombie, "zombie"_L1},
    {ConditionKind::trimmed, "trimmed"_L1},
    {ConditionKind::eviction, "eviction"_L1},
    {ConditionKind::missing_jobs, "missing_jobs"_L1},
    {ConditionKind::dead_set_full, "dead_set_full"_L1},
    {ConditionKind::lost_with_worker, "lost_with_worker"_L1},
    {ConditionKind::unacknowledged, "unacknowledged"_L1},
    {ConditionKind::unserved, "unserved"_L1},
    {ConditionKind::client_clock, "client_clock"_L1},
    {ConditionKind::removed_unworked, "removed_unworked"_L1},
    {ConditionKind::serial_lock, "serial_lock"_L1},
    {ConditionKind::unread, "unread"_L1},
}};

}  // namespace

QString conditionName(ConditionKind kind) {
    return std::find_if(kNames.begin(), kNames.end(), [&](const Entry& e) { return e.kind == kind; })->name;
}

std::optional<ConditionKind> conditionFromName(const QString& name) {
    const auto it =
        std::find_if(kNames.begin(), kNames.end(), [&](const Entry& e) { return e.name == name; });
    if (it == kNames.end()) return std::nullopt;
    return it->kind;
}

}  // namespace spillway
