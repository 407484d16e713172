// What the commands that poll for a while share: options, the window of polls, the queue filter, and
// printing once or after every poll.
#pragma once

#include <QJsonObject>

#include "app/cli/connection_options.h"
#include "app/cli/poll_window.h"

namespace spillway {

struct PolledOptions {
    ConnectionOptions connection;
    std::vector<std::string> queues;
    PollWindowSettings window;
    bool json = false;
    bool watch = false;
};

void addWindowOptions(CLI::App& command, PolledOptions& options);
void addWatchOption(CLI::App& command, PolledOptions& options);

// How one command shows a reading.
struct ReadingPrinter {
    std::function<QJsonObject(const Reading&, const PollCosts&)> json;
    std::function<QString(const Reading&, const PollCosts&, const CommandContext&)> text;
};
// While somebody records this connection, its polls, verdicts and findings are gone on from.
void rememberRecorded(Poller& poller);
// One that does not show what polling cost.
[[nodiscard]] ReadingPrinter plainPrinter(std::function<QJsonObject(const Reading&)> json,
                                          std::function<QString(const Reading&, const TextStyle&)> text);
// Polls for the window and prints once, or after every poll with --watch. Answers the exit code.
int runPolled(CommandContext& context, const PolledOptions& options, const ReadingPrinter& printer);

// What somebody said of the findings, where there is a history.
void acknowledgeRecorded(Reading& reading);

// Keeps the wanted queues, the systems that hold one, their leases and workers, and the findings and
// conditions about them, about these systems as a whole and about the server. `missing` gets the wanted names
// that no system has.
[[nodiscard]] Reading onlyQueues(const Reading& reading, const QStringList& wanted, QStringList& missing);
[[nodiscard]] QStringList wantedQueues(const PolledOptions& options);
// What is said, with the names there are, and the exit code, where some are missing.
int warnAboutMissing(CommandContext& context, const QStringList& missing, const Reading& whole);
// The same window, which ends with the first poll where none of the wanted queues is there.
[[nodiscard]] PollWindowSettings windowOf(const PolledOptions& options);

// A poller whose health window is the one asked for. Failure: usage.
[[nodiscard]] Outcome<std::unique_ptr<Poller>> makePoller(const PolledOptions& options,
                                                          CommandContext& context);
// A line on stderr while the window runs, where that is a terminal.
[[nodiscard]] PollWindow::Progress progressLine(CommandContext& context);

}  // namespace spillway
