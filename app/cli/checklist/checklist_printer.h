// A checklist and its verdict for a terminal, and as JSON. Pure.
#pragma once

#include "app/cli/printers/text_style.h"
#include "backends/checklist/checklist_document.h"

namespace spillway {

[[nodiscard]] QString checklistText(const Checklist& checklist, const ChecklistJudgement& judgement,
                                    const TextStyle& style);
[[nodiscard]] QString checklistLine(const Checklist& checklist, const ChecklistJudgement& judgement,
                                    const TextStyle& style);
[[nodiscard]] QString verdictText(const ChecklistJudgement& judgement, const TextStyle& style);
// The document together with its judgement.
[[nodiscard]] QJsonObject judgedDocument(const Checklist& checklist, const ChecklistJudgement& judgement);

}  // namespace spillway
