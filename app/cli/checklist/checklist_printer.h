// A checklist and its verdict for a terminal, and as JSON. Pure.
#pragma once

#include "backends/checklist/checklist_document.h"

namespace spillway {

[[nodiscard]] QString checklistText(const Checklist& checklist, const ChecklistJudgement& judgement,
                                    bool colours);
[[nodiscard]] QString checklistLine(const Checklist& checklist, const ChecklistJudgement& judgement,
                                    bool colours);
[[nodiscard]] QString verdictText(const ChecklistJudgement& judgement, bool colours);
// The document together with its judgement.
[[nodiscard]] QJsonObject judgedDocument(const Checklist& checklist, const ChecklistJudgement& judgement);

}  // namespace spillway
