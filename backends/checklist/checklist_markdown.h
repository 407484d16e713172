// A checklist as Markdown for a pull request: the verdict first, then "Concurrency considerations". Pure.
#pragma once

#include "backends/checklist/checklist_rules.h"

namespace spillway {

[[nodiscard]] QString checklistMarkdown(const Checklist& checklist, const ChecklistJudgement& judgement);

// For a terminal, the same in plain lines; expired evidence is marked as such.
[[nodiscard]] QString evidenceLine(const Evidence& evidence, const JudgedEvidence& judged);

}  // namespace spillway
