// `drill invariant`: a command of the user's own by many processes at once, and a rule that must hold after
// it.
#include <CLI/CLI.hpp>

#include "app/cli/connection_options.h"
#include "app/cli/drill_command.h"
#include "app/cli/evidence_options.h"
#include "app/cli/printers/text_table.h"
#include "app/cli/stop_signal.h"
#include "backends/drill/claim_arena.h"
#include "backends/drill/invariant_drill_run.h"

namespace spillway {
using namespace Qt::StringLiterals;
using std::chrono::milliseconds;
namespace {

constexpr int kRefusedOrDrifted = 4;

struct InvariantOptions {
    ConnectionOptions connection;
    EvidenceOptions evidence;
    std::string command, rule, setup, rollback;
    InvariantDrillSettings drill;
};

int codeOf(CommandContext& context, const InvariantDrillResult& result) {
    if (result.failed_processes > 0)
        context.err << "spillwayctl: " << result.failed_processes
                    << " processes failed, the first: " << withoutSecrets(result.first_failure) << Qt::endl;
    if (result.failure) return reportFailure(context, *result.failure), kDoneInPart;
    const bool rollbackFailed = result.rollback && !result.rollback->held;
    if (result.drifted > 0 || rollbackFailed) return kRefusedOrDrifted;
    return result.stopped ? kDoneInPart : 0;
}

int runInvariant(CommandContext& context, const InvariantOptions& options) {
    const auto settings = connectionSettings(options.connection, context.connectionsFile);
    if (!settings) return reportFailure(context, settings.failure());
    if (const auto refused = refusedInProduction(*settings))
        return reportFailure(context, *refused), kRefusedOrDrifted;
    if (const auto output = checkedOutput(options.evidence); !output)
        return reportFailure(context, output.failure());
    InvariantDrillSettings drill = options.drill;
    drill.command = QString::fromStdString(options.command);
    drill.invariant = QString::fromStdString(options.rule);
    drill.setup = QString::fromStdString(options.setup);
    drill.rollback = QString::fromStdString(options.rollback);
    const auto progress = [&](const InvariantDrillResult& soFar) {
        showProgress(
            context,
            u"round %1 of %2, %3 drifted"_s.arg(soFar.rounds + 1).arg(drill.rounds).arg(soFar.drifted));
    };
    const auto result = runInvariantDrill(
        *settings, drill, [&context] { return context.stop.requested(); }, progress);
    clearProgress(context);
    if (!result) return reportFailure(context, result.failure());
    const QString sentence = invariantDrillSentence(*result, drill.processes);
    QJsonObject document = invariantDrillJson(*result, drill.processes);
    document[u"environment"_s] = environmentName(settings->environment);
    if (!options.evidence.json)
        context.out << painted(sentence, result->drifted > 0 ? Paint::critical : Paint::good,
                               context.style.colours)
                    << '\n';
    if (const auto handed = hand(context, options.evidence, document, u"drill_invariant"_s, settings->name);
        !handed)
        return reportFailure(context, handed.failure());
    return codeOf(context, *result);
}

}  // namespace

void addInvariantDrill(CLI::App& drill, Command& chosen) {
    auto* command = drill.add_subcommand(
        "invariant", "Your command by many processes at once: does a rule of your data hold after it?");
    const auto options = std::make_shared<InvariantOptions>();
    addConnectionOptions(*command, options->connection);
    command
        ->add_option("--command", options->command,
                     "Run by /bin/sh; gets SPILLWAY_URL, SPILLWAY_PROCESS, SPILLWAY_ROUND")
        ->required();
    command->add_option("--processes", options->drill.processes, "How many at once");
    command->add_option("--rounds", options->drill.rounds, "How often");
    command
        ->add_option("--invariant", options->rule,
                     "The rule: a query of one number that must be 0, or of two that must agree")
        ->required()
        ->type_name("SQL");
    command->add_option("--setup", options->setup, "Run before every round")->type_name("SQL");
    command
        ->add_option("--rollback", options->rollback,
                     "Command after the last round: does the rule hold after it?")
        ->type_name("CMD");
    addDurationOption(*command, "--timeout", options->drill.process_limit, milliseconds{100},
                      "The longest time for one process");
    addEvidenceOptions(*command, options->evidence);
    command->footer(
        "Exit code 0: held; 4: drifted. Refused in production. What the command does to the data stays.\n\n"
        "Example:\n  spillwayctl drill invariant @staging --command './sell teapot' --processes 8 --rounds "
        "20 \\\n"
        "    --invariant 'SELECT (SELECT 100 - count(*) FROM sales), (SELECT stock FROM inventory)'");
    command->callback([&chosen, options] {
        chosen = [options](CommandContext& context) { return runInvariant(context, *options); };
    });
}

}  // namespace spillway
