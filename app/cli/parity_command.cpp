// `parity`: does staging run as many jobs at once as production does?
#include <CLI/CLI.hpp>
#include <algorithm>

#include "app/cli/evidence_options.h"
#include "app/cli/printers/drill_printer.h"
#include "app/cli/polled_command.h"

namespace spillway {
using namespace Qt::StringLiterals;
using std::chrono::milliseconds;
namespace {

constexpr int kUntested = 4;
constexpr int kDoneInPart = 5;

struct ParityOptions {
    ConnectionOptions connection;  // what holds for both
    std::string a;
    std::string b;
    EvidenceOptions evidence;
};

// One side, looked at twice within half a second: some systems learn who is alive between two polls.
Outcome<ReadingPtr> look(CommandContext& context, const ParityOptions& options, const std::string& target) {
    PolledOptions one;
    one.connection = options.connection;
    one.connection.target = target;
    one.window = {.window = milliseconds{500}, .interval = milliseconds{500}};
    auto poller = makePoller(one, context);
    if (!poller) return poller.failure();
    PollWindow window(**poller, context.stop, one.window);
    const PolledWindow polled = window.run();
    if (polled.reading) return polled.reading;
    return polled.failure.value_or(
        Failure{FailureKind::cancelled, u"Stopped before anything was read."_s, {}, {}});
}

// As the sentences shall say: the environments where they tell the two apart, otherwise the names.
QString nameOf(const Reading& one, const Reading& other) {
    return one.environment != other.environment ? environmentName(one.environment) : one.connection;
}

int runParity(CommandContext& context, const ParityOptions& options) {
    if (const auto output = checkedOutput(options.evidence); !output)
        return reportFailure(context, output.failure());
    const auto a = look(context, options, options.a);
    if (!a) return reportFailure(context, a.failure());
    const auto b = look(context, options, options.b);
    if (!b) return reportFailure(context, b.failure());
    const Reading& first = **a;
    const Reading& second = **b;
    const Parity parity = workerParity(systemWorkers(first), systemWorkers(second), nameOf(first, second),
                                       nameOf(second, first));
    if (!options.evidence.json) context.out << parityText(parity, context.colours);
    const QString where = u"%1 against %2"_s.arg(first.connection, second.connection);
    if (const auto handed = hand(context, options.evidence, parityJson(parity), u"parity"_s, where); !handed)
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
