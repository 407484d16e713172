// A saved connection as a table of connections.toml, in both directions. Pure.
#pragma once

#include "backends/domain/saved_connection.h"
#include "backends/storage/toml_text.h"

namespace spillway {

// Failure: usage, with the entry that makes no sense.
[[nodiscard]] Outcome<SavedConnection> connectionFromToml(const QString& name, const toml::table& table);
// Only what is not as usual.
[[nodiscard]] toml::table connectionToml(const SavedConnection& saved);

}  // namespace spillway
