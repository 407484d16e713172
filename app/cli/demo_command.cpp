#include <CLI/CLI.hpp>

#include "app/cli/command_line.h"

namespace spillway {
void addDemoCommand(CLI::App&, Command&) {}
}  // namespace spillway
