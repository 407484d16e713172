// `spillwayctl`: parses, chooses the command, runs it.
#pragma once

#include <QStringList>
#include <functional>

#include "app/cli/command_context.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace spillway {

// The command the words on the command line chose; answers the exit code.
using Command = std::function<int(CommandContext&)>;

// Each command family adds its subcommands and options to `root`, and sets `chosen` when its
// subcommand was given. What goes wrong while parsing is thrown as CLI::ParseError.
void addDetectCommand(CLI::App& root, Command& chosen);
void addSystemsCommand(CLI::App& root, Command& chosen);
void addStatusCommand(CLI::App& root, Command& chosen);
void addCheckCommand(CLI::App& root, Command& chosen);
void addDeadCommand(CLI::App& root, Command& chosen);
void addLeasesCommand(CLI::App& root, Command& chosen);
void addWorkersCommand(CLI::App& root, Command& chosen);
void addRetriesCommand(CLI::App& root, Command& chosen);
void addRecordCommand(CLI::App& root, Command& chosen);
void addHistoryCommand(CLI::App& root, Command& chosen);
void addMarkCommand(CLI::App& root, Command& chosen);
void addAcknowledgeCommand(CLI::App& root, Command& chosen);
void addReportCommand(CLI::App& root, Command& chosen);
void addClaimLogCommand(CLI::App& root, Command& chosen);
void addDrillCommand(CLI::App& root, Command& chosen);
void addParityCommand(CLI::App& root, Command& chosen);
void addChecklistCommand(CLI::App& root, Command& chosen);
void addReplayCommand(CLI::App& root, Command& chosen);
void addReleaseCommand(CLI::App& root, Command& chosen);
void addAuditCommand(CLI::App& root, Command& chosen);
void addConnectionsCommand(CLI::App& root, Command& chosen);
void addRightsCommand(CLI::App& root, Command& chosen);
void addDiagnosticsCommand(CLI::App& root, Command& chosen);
void addDemoCommand(CLI::App& root, Command& chosen);
void addCompletionCommand(CLI::App& root, Command& chosen);

// `arguments` without the program's name.
int runCommandLine(const QStringList& arguments, CommandContext& context);
// With this process's arguments, streams and signals.
int runCommandLine(int argc, char** argv);

}  // namespace spillway
