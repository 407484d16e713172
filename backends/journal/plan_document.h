// A plan as bytes for the journal, and back: packed, with the same hash afterwards.
#pragma once

#include <QByteArray>

#include "backends/remediation/action_plan.h"

namespace spillway {

[[nodiscard]] QByteArray planDocument(const ActionPlan& plan);
// nullopt: not a document that planDocument() wrote.
[[nodiscard]] std::optional<ActionPlan> planFromDocument(const QByteArray& document);

}  // namespace spillway
