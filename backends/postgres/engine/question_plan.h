// Which variant of each question fits one installed system, and the reason for every gap. Pure.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "backends/domain/capabilities.h"
#include "backends/postgres/engine/catalog.h"
#include "backends/postgres/engine/definition.h"

namespace spillway {

struct QuestionPlan {
    std::vector<Question>
        questions;  // in the definition's order, terms filled in, answers reduced to their own
    std::map<QString, QString> planner;  // terms filled in
    Capabilities capabilities;           // every signal of a queue, in the order they should be listed
    std::set<QString> set_aside;         // SQL of questions that are not asked for now

    // The variants chosen for one question name, less those set aside.
    [[nodiscard]] std::vector<const Question*> named(const QString& name) const;
    // The one that answers this signal for this question, or null.
    [[nodiscard]] const Question* answering(const QString& name, const QString& signal) const;
};

// `refused`: SQL of variants (terms filled in) whose plan was looked at and found too dear, with the
// reason. A variant that lacks only a grant turns its signals into gaps that name the GRANT.
[[nodiscard]] QuestionPlan planQuestions(const SystemDefinition& definition, const SchemaCatalog& catalog,
                                         const std::map<QString, QString>& refused = {});
// What some layout shows to a role with all rights that the questions need.
[[nodiscard]] Capabilities capabilitiesAtBest(const SystemDefinition& definition);

}  // namespace spillway
