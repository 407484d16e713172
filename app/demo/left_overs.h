// Temporary server directories whose program died without cleaning up.
#pragma once

#include <QStringList>

namespace spillway {

// The file in each ServerDirectory that names the process it belongs to.
inline constexpr auto kOwnerFile = "owner";

// Removes those of this user whose owner is no longer alive; answers their paths. Directories of live
// processes, of other users, or without an owner file of ours are never touched.
QStringList removeLeftOvers();

}  // namespace spillway
