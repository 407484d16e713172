// The subcommands of `drill`.
#pragma once

#include "app/cli/command_line.h"

namespace spillway {

void addInvariantDrill(CLI::App& drill, Command& chosen);

}  // namespace spillway
