// Where the preferences that both programs share are kept: beside the window's size and place.
#pragma once

#include <QByteArray>

namespace spillway {

// The chosen time zone; see setDisplayZone(). A zone that this machine does not know is as none.
void followKeptZone();

}  // namespace spillway
