// Dead letters: the contract's document and the tables for a terminal. Pure.
#pragma once

#include <QHash>
#include <QJsonObject>

#include "app/cli/printers/text_style.h"
#include "backends/domain/dead_job.h"

namespace spillway {

// What one run of `dead` found out.
struct DeadAnswer {
    DeadPage page;
    std::optional<DeadGroups> groups;
    QHash<QString, JobDetail> details;        // by deadKey(); only with --payload
    QHash<QString, QString> signatures = {};  // likewise, where a rule may have changed the error
};
[[nodiscard]] QString deadKey(const DeadJob& job);

// "jobs", "total", "groups": the part of the document below its head.
[[nodiscard]] QJsonObject deadJson(const DeadAnswer& answer);
[[nodiscard]] QString deadText(const DeadAnswer& answer, const TextStyle& style);
[[nodiscard]] QString deadGroupsText(const DeadAnswer& answer, const TextStyle& style);

}  // namespace spillway
