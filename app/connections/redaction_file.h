// The rules for what of a payload nobody sees, in redaction.toml beside the connections:
//
//   hide = ["email", "$.user.address", "$..iban"]    # see backends/domain/redaction.h
//
// Read by the window and by the command line. Any thread.
#pragma once

#include "backends/domain/redaction.h"

namespace spillway {

// Beside this connections.toml.
[[nodiscard]] QString redactionFileBeside(const QString& connectionsFile);
// A missing file hides nothing. One that cannot be read or understood hides everything: nobody can know what
// it meant to hide.
[[nodiscard]] RedactionRules redactionRules(const QString& file);
// As they stand in the file. Failure: usage.
[[nodiscard]] Outcome<QStringList> listRedactionRules(const QString& file);
// Comments in the file are kept. Failure: usage with the first rule that is none; or it cannot be written.
[[nodiscard]] Outcome<Done> saveRedactionRules(const QString& file, const QStringList& rules);

}  // namespace spillway
