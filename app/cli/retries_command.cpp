#include <CLI/CLI.hpp>

#include "app/cli/polled_command.h"
#include "app/cli/printers/retry_printer.h"

namespace spillway {
using std::chrono::milliseconds;

void addRetriesCommand(CLI::App& root, Command& chosen) {
    auto* command = root.add_subcommand(
        "retries",
        "The retry wave: when the retries of the next hour are due, against what the workers clear");
    const auto options = std::make_shared<PolledOptions>();
    options->window = {.window = milliseconds{5000}, .interval = milliseconds{1000}};
    addWindowOptions(*command, *options);
    addWatchOption(*command, *options);
    command->footer(
        "What the workers clear is measured over the window: 5s, interval 1s; a longer one is steadier.\n\n"
        "Examples:\n  spillwayctl retries @prod --queue mails\n"
        "  spillwayctl retries @prod --window 30s --json | jq '.queues[].wave.peak'");
    command->callback([&chosen, options] {
        chosen = [options](CommandContext& context) {
            return runPolled(context, *options, plainPrinter(retriesJson, retriesText));
        };
    });
}

}  // namespace spillway
