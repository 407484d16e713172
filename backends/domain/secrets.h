// Passwords in connection URLs that nobody could read: `withoutSecrets` (connection_settings.h) knows how a
// well-formed one looks, but a library that stumbles over an unescaped "/", "@", "#" or "%" in a password
// quotes the pieces it took for a host, a port or a database.
#pragma once

#include <QString>

namespace spillway {

// `text` without the password of `url`, nor, where that has characters that should have been escaped, any
// piece of it. Hides too much rather than too little.
[[nodiscard]] QString withoutSecretsOf(const QString& url, const QString& text);

// Overwrites the passwords in the program's own arguments, which every user of the machine can read for as
// long as it runs. Call it once the arguments are copied.
void hideSecretsInArguments(int argc, char** argv);

}  // namespace spillway
