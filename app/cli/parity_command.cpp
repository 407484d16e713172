// `parity`: does staging run as many jobs at once as production does?
#include <CLI/CLI.hpp>

#include "app/cli/evidence_options.h"
#include "app/cli/measured_parity.h"
#include "app/cli/printers/drill_printer.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kUntested = 4;

struct ParityOptions {
    ConnectionOptions connection;  // what holds for both
    std::string a;
    std::string b;
    EvidenceOptions evidence;
};

int runParity(CommandContext& context, const ParityOptions& options) {
    if (const auto output = checkedOutput(options.evidence); !output)
        return reportFailure(context, output.failure());
    ConnectionOptions a = options.connection, b = options.connection;
    a.target = options.a;
    b.target = options.b;
    const auto compared = measuredParity(context, a, b);
    if (!compared) return reportFailure(context, compared.failure());
    const Parity& parity = compared->parity;
    if (!options.evidence.json) context.out << parityText(parity, context.style);
    if (const auto handed = hand(context, options.evidence, parityJson(parity), u"parity"_s, compared->where);
        !handed)
        return reportFailure(context, handed.failure());
    if (parity.verdict == ParityVerdict::untested) return kUntested;
    return parity.verdict == ParityVerdict::unknown ? kDoneInPart : 0;
}

}  // namespace

void addParityCommand(CLI::App& root, Command& chosen) {
    auto* command = root.add_subcommand(
        "parity", "Workers and their concurrency, queue by queue: is staging like production?");
    const auto options = std::make_shared<ParityOptions>();
    command->add_option("URL_A", options->a, "The one to be judged, e.g. staging: a URL or @name")
        ->required();
    command->add_option("URL_B", options->b, "What it should be like, e.g. production")->required();
    addConnectionChoices(*command, options->connection);
    addEvidenceOptions(*command, options->evidence);
    command->footer(
        "Exit code 0: as many at once, or fewer but several; 4: concurrency is untested; 5: it cannot be "
        "told.\n\n"
        "Example:\n  spillwayctl parity @staging @prod");
    command->callback([&chosen, options] {
        chosen = [options](CommandContext& context) { return runParity(context, *options); };
    });
}

}  // namespace spillway
