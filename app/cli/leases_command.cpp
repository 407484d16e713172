// `leases` and `workers`: who holds what, and who is there to work.
#include <CLI/CLI.hpp>

#include "app/cli/polled_command.h"
#include "app/cli/printers/lease_printer.h"

namespace spillway {
using std::chrono::milliseconds;
namespace {

std::shared_ptr<PolledOptions> shortLook(CLI::App& command) {
    const auto options = std::make_shared<PolledOptions>();
    options->window = {.window = milliseconds{500}, .interval = milliseconds{500}};
    addWindowOptions(command, *options);
    addWatchOption(command, *options);
    return options;
}

}  // namespace

void addLeasesCommand(CLI::App& root, Command& chosen) {
    auto* command =
        root.add_subcommand("leases", "Running jobs: who holds them, since when, and which are stuck");
    const auto options = shortLook(*command);
    const auto stuck = std::make_shared<bool>(false);
    command->add_flag("--stuck", *stuck, "Only those whose holder is gone or late");
    command->footer(
        "The 500 oldest claims of each queue system, the stuck ones first. Window 500ms (two polls).\n\n"
        "Examples:\n  spillwayctl leases @prod --stuck\n"
        "  spillwayctl leases redis://cache.internal/0 --queue mails --json | jq '.leases[].owner'");
    command->callback([&chosen, options, stuck] {
        chosen = [options, stuck](CommandContext& context) {
            return runPolled(
                context, *options,
                plainPrinter([stuck](const Reading& reading) { return leasesJson(reading, *stuck); },
                             [stuck](const Reading& reading, const TextStyle& style) {
                                 return leasesText(reading, *stuck, style);
                             }));
        };
    });
}

void addWorkersCommand(CLI::App& root, Command& chosen) {
    auto* command =
        root.add_subcommand("workers", "Live workers: heartbeat, concurrency, what they are busy with");
    const auto options = shortLook(*command);
    command->footer(
        "The dead ones that a system still lists come last. Window 500ms (two polls).\n\n"
        "Example:\n  spillwayctl workers @prod-redis --watch --interval 5s");
    command->callback([&chosen, options] {
        chosen = [options](CommandContext& context) {
            return runPolled(context, *options, plainPrinter(workersJson, workersText));
        };
    });
}

}  // namespace spillway
