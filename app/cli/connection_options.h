// The options that every command on a connection has.
#pragma once

#include <memory>

#include "app/cli/command_line.h"

namespace spillway {

struct ConnectionOptions {
    std::string target;  // URL or @name
    std::string system;
    std::string name_space;
    std::string environment;
    std::vector<std::string> mappings;
    std::vector<std::string> invariants;  // NAME=SQL
};

void addConnectionOptions(CLI::App& command, ConnectionOptions& options);
// The same without the target: what holds for every connection of the command.
void addConnectionChoices(CLI::App& command, ConnectionOptions& options);
// `--invariant NAME=SQL`, for the commands that poll.
void addInvariantOption(CLI::App& command, ConnectionOptions& options);
// `--history FILE`.
void addHistoryOption(CLI::App& command, std::string& path);
// `--name` taking a duration of at least `least`; the text says which values are right.
CLI::Option* addDurationOption(CLI::App& command, const std::string& name, std::chrono::milliseconds& value,
                               std::chrono::milliseconds least, const std::string& help);

// Reads the saved connection if the target is @name. Failure: usage.
[[nodiscard]] Outcome<ConnectionSettings> connectionSettings(const ConnectionOptions& options,
                                                             const QString& connectionsFile);

}  // namespace spillway
