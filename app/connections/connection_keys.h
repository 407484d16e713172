// What a connections.toml says and nothing listens to: a misspelt key, a value of the wrong kind. It does no
// harm, but whoever wrote it believes that it works. Pure.
#pragma once

#include <QStringList>

#include "backends/storage/toml_text.h"

namespace spillway {

// A sentence each, in the order of the file: "connections.toml, line 7: …". `only`: of this connection;
// empty: of the whole file.
[[nodiscard]] QStringList unheardEntries(const toml::table& document, const QString& file,
                                         const QString& only = {});

}  // namespace spillway
