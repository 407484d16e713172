#include "backends/remediation/batch_outcome.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

struct Named {
    RowOutcome outcome;
    QLatin1StringView name;
    qint64 OutcomeCounts::*count;
};
constexpr Named kOutcomes[] = {
    {RowOutcome::moved, QLatin1StringView("moved"), &OutcomeCounts::moved},
    {RowOutcome::changed, QLatin1StringView("changed"), &OutcomeCounts::changed},
    {RowOutcome::conflict, QLatin1StringView("conflict"), &OutcomeCounts::conflict},
    {RowOutcome::gone, QLatin1StringView("gone"), &OutcomeCounts::gone},
    {RowOutcome::failed, QLatin1StringView("failed"), &OutcomeCounts::failed},
    {RowOutcome::unknown, QLatin1StringView("unknown"), &OutcomeCounts::unknown},
};

}  // namespace

QString rowOutcomeName(RowOutcome outcome) {
    return kOutcomes[static_cast<size_t>(outcome)].name;
}

std::optional<RowOutcome> rowOutcomeFromName(const QString& name) {
    for (const auto& known : kOutcomes)
        if (name == known.name) return known.outcome;
    return std::nullopt;
}

void OutcomeCounts::add(RowOutcome outcome) {
    ++(this->*kOutcomes[static_cast<size_t>(outcome)].count);
}

}  // namespace spillway
