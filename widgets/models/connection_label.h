// A short name to show for a connection that has no name but its URL.
#pragma once

#include <QString>

namespace spillway {

// "shop @ db.internal" for postgresql://me@db.internal/shop, "redis @ cache:6380/2" for redis://cache:6380/2,
// "postgres @ local socket" for a socket in a usual place, else the folder of the socket. Anything that is
// not such a URL comes back as it is, made visible. The whole name belongs into a tooltip next to it.
[[nodiscard]] QString connectionLabel(const QString& name);

}  // namespace spillway
