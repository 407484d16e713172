// For the start-up benchmark: with SPILLWAY_STARTUP_TRACE set, prints "usable" to stderr once the first
// frame is painted and the event loop is idle, and "reading" once the first reading is on the screen.
#pragma once

namespace spillway {
class MainWindow;
void traceStartup(MainWindow& window);
}  // namespace spillway
