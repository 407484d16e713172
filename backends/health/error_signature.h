// One name for all errors of one cause: whatever changes from job to job is replaced. Pure.
#pragma once

#include <QString>

namespace spillway {

// First line only, at most 500 characters in, 200 out. Replaced in this order (each would be broken up by
// a later one): timestamps <time>, UUIDs <uuid>, e-mail addresses <email>, URLs and hosts <host>, quoted
// strings <str>, hex <hex>, numbers <n>. Runs of white space become one blank.
[[nodiscard]] QString errorSignature(const QString& error);

}  // namespace spillway
