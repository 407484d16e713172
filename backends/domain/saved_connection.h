// A connection as a person keeps it, without any secret. A value; how it is written is in
// app/connections/connection_store.h.
#pragma once

#include "backends/domain/connection_settings.h"

namespace spillway {

struct SavedConnection {
    QString name;  // letters, digits, '-', '_' and '.'; what follows the '@'
    QString url;
    Environment environment = Environment::production;
    QString passwordVariable;
    QString onlySystem;
    QString onlyNamespace;
    QStringList mappingFiles;
    QStringList deadLetterQueues;  // name patterns
    std::vector<Invariant> invariants;
    QString folder;                             // empty: grouped by its environment
    QString colour;                             // "#rrggbb"; empty: none of its own
    std::chrono::milliseconds pollInterval{0};  // 0: the usual one
    std::chrono::milliseconds armedFor = kLongestArmed;
    QString actingUser;
    QString actingPasswordVariable;
    std::vector<QueueObjective> objectives;

    bool operator==(const SavedConnection&) const = default;
};

}  // namespace spillway
