// Names from a server, as QString.
#pragma once

#include <QString>
#include <string>

namespace spillway {

// The name itself where it is UTF-8, otherwise with visible escapes for the bytes that are not.
[[nodiscard]] QString displayName(const std::string& name);

}  // namespace spillway
