// `report`: what happened in a time, for the one who writes the incident up.
#include <CLI/CLI.hpp>
#include <algorithm>

#include "app/cli/connection_options.h"
#include "app/cli/history/common.h"
#include "app/cli/printers/json_printer.h"
#include "app/connections/redaction_file.h"
#include "backends/domain/human_text.h"
#include "backends/journal/action_journal.h"
#include "backends/report/gathered_report.h"
#include "backends/report/report_dead.h"
#include "backends/report/report_writing.h"

namespace spillway {
using namespace Qt::StringLiterals;
using std::chrono::milliseconds;
namespace {

struct ReportOptions {
    std::string history;
    std::string connection;
    std::string queue;
    std::string from;
    std::string to;
    milliseconds last{std::chrono::hours{1}};
    std::string output;
};

// Where the connection is saved; otherwise nobody knows how to reach it.
void askDead(CommandContext& context, IncidentReport& report) {
    ConnectionOptions named;
    named.target = "@" + report.request.connection.toStdString();
    if (const auto saved = connectionSettings(named, context.connectionsFile))
        addDeadLetters(report, *saved, context.createBackend(*saved),
                       redactionRules(redactionFileBeside(context.connectionsFile)));
}

int writeOut(CommandContext& context, const IncidentReport& report, const ReportOptions& options) {
    if (options.output.empty()) {
        const auto blocks = reportBlocks(report);
        std::vector<ReportBlock> words;
        std::copy_if(blocks.begin(), blocks.end(), std::back_inserter(words),
                     [](const ReportBlock& block) { return block.kind != ReportBlock::Kind::chart; });
        context.out << reportMarkdown(words, {});
        context.out.flush();
        return 0;
    }
    const auto written = writeReport(report, QString::fromStdString(options.output));
    if (!written) return reportFailure(context, written.failure());
    for (const QString& path : *written) context.out << visibleText(path, 500) << "\n";
    context.out.flush();
    return 0;
}

int runReport(CommandContext& context, const ReportOptions& options) {
    const auto span = spanFromText(options.from, options.to, options.last);
    if (!span) return reportFailure(context, span.failure());
    auto store = openHistoryToLook(historyPath(options.history));
    if (!store) return reportFailure(context, store.failure());
    const ReportRequest request{span->from, span->to, recordedName(options.connection),
                                QString::fromStdString(options.queue)};
    auto gathered = gatherReport(**store, ActionJournal::defaultPath(), request);
    if (!gathered) return reportFailure(context, gathered.failure());
    IncidentReport report = *std::move(gathered);
    if (!request.connection.isEmpty()) askDead(context, report);
    const int code = writeOut(context, report, options);
    const bool whole =
        report.notes.isEmpty() && std::all_of(report.dead.begin(), report.dead.end(),
                                              [](const ReportDead& dead) { return dead.failure.isEmpty(); });
    return code == 0 && !whole ? kDoneInPart : code;
}

}  // namespace

void addReportCommand(CLI::App& root, Command& chosen) {
    auto* command = root.add_subcommand(
        "report", "What happened in a time: findings, charts, dead letters, marks, actions, who knew");
    const auto options = std::make_shared<ReportOptions>();
    command->add_option("CONNECTION", options->connection, "Only this one; else all that is recorded")
        ->type_name("@NAME");
    command->add_option("--queue", options->queue, "Only this queue")->type_name("QUEUE");
    command->add_option("--from", options->from, "2026-01-01T02:00:00Z, or 2h for two hours ago")
        ->type_name("TIME");
    command->add_option("--to", options->to, "Likewise; now, where it is missing")->type_name("TIME");
    addDurationOption(*command, "--last", options->last, milliseconds{1},
                      "Instead of --from: so much before the end; 1h");
    command
        ->add_option("--output", options->output,
                     "x.html: one file with its charts; x.md: Markdown with SVG files beside it. Without it "
                     "Markdown on stdout, and no charts")
        ->type_name("FILE");
    addHistoryOption(*command, options->history);
    command->footer(
        "Read from the history and the journal on this machine; the server is only asked what its dead "
        "letters\n"
        "are now, and only where the connection is saved.\n\n"
        "Example:\n  spillwayctl report @prod --from \"2026-01-01 02:00\" --to \"2026-01-01 04:00\" --output "
        "night.html");
    command->callback([&chosen, options] {
        chosen = [options](CommandContext& context) { return runReport(context, *options); };
    });
}

}  // namespace spillway
