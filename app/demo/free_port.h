// A port of 127.0.0.1 that nobody listens on at this moment. Somebody else may take it before it is
// used; a caller for whom that matters tries again.
#pragma once

namespace spillway {
[[nodiscard]] int freeLoopbackPort();
}
