// The subcommands of `checklist`, and what they share.
#pragma once

#include "app/cli/command_line.h"
#include "backends/checklist/checklist_store.h"

namespace spillway {

inline constexpr int kChecklistRefused = 4;

[[nodiscard]] ChecklistStore ownChecklists();
// This machine's clock, whole milliseconds: what a file keeps.
[[nodiscard]] ServerTime checklistNow();

void addChecklistAttach(CLI::App& checklist, Command& chosen);
void addChecklistCompare(CLI::App& checklist, Command& chosen);
void addChecklistSign(CLI::App& checklist, Command& chosen);
void addChecklistExport(CLI::App& checklist, Command& chosen);
void addChecklistVerify(CLI::App& checklist, Command& chosen);

}  // namespace spillway
