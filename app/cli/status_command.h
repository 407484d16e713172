// What `status` and `check` share: options, the window of polls, the queue filter.
#pragma once

#include "app/cli/connection_options.h"
#include "app/cli/poll_window.h"

namespace spillway {

struct StatusOptions {
    ConnectionOptions connection;
    std::vector<std::string> queues;
    PollWindowSettings window;
    bool json = false;
    bool watch = false;
};

void addWindowOptions(CLI::App& command, StatusOptions& options);

// Keeps the wanted queues and the findings about them and about whole systems. `missing` gets the
// wanted names that no system has.
[[nodiscard]] Reading onlyQueues(const Reading& reading, const QStringList& wanted, QStringList& missing);
[[nodiscard]] QStringList wantedQueues(const StatusOptions& options);

// A poller whose health window is the one asked for. Failure: usage.
[[nodiscard]] Outcome<std::unique_ptr<Poller>> makePoller(const StatusOptions& options,
                                                          CommandContext& context);
// A line on stderr while the window runs, where that is a terminal.
[[nodiscard]] PollWindow::Progress progressLine(CommandContext& context);
void clearProgress(CommandContext& context);

}  // namespace spillway
