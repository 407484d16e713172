#include <CLI/CLI.hpp>

#include "app/cli/polled_command.h"
#include "app/cli/printers/json_printer.h"
#include "app/cli/printers/text_printer.h"

namespace spillway {

void addStatusCommand(CLI::App& root, Command& chosen) {
    auto* command = root.add_subcommand("status", "Poll for a while and print the health of every queue");
    const auto options = std::make_shared<PolledOptions>();
    addWindowOptions(*command, *options);
    addInvariantOption(*command, options->connection);
    addWatchOption(*command, *options);
    command->footer(
        "Rates are per second. Window 60s, interval 2s.\n\n"
        "Examples:\n  spillwayctl status postgresql://me@db.internal/orders\n"
        "  spillwayctl status @prod-redis --queue orders --window 30s --json | jq .findings");
    command->callback([&chosen, options] {
        chosen = [options](CommandContext& context) {
            return runPolled(context, *options,
                             {statusJson, [](const Reading& reading, const PollCosts& costs, const auto& c) {
                                  return statusText(reading, costs, c.style);
                              }});
        };
    });
}

}  // namespace spillway
