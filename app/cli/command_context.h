// What a command may touch: two streams, the saved connections and the way to a server. Tests give
// strings and a fake server.
#pragma once

#include <QTextStream>
#include <functional>
#include <memory>

#include "app/cli/printers/text_style.h"
#include "backends/domain/queue_backend.h"
#include "backends/remediation/acting_backend.h"

namespace spillway {

class StopSignal;

// Of the exit codes that all commands share.
inline constexpr int kRefused = 4;
inline constexpr int kDoneInPart = 5;

struct CommandContext {
    QTextStream& out;  // the answer, nothing else
    QTextStream& err;  // failures, progress, logs
    StopSignal& stop;  // Ctrl+C
    QString connectionsFile;
    std::function<std::unique_ptr<QueueBackend>(const ConnectionSettings&)> createBackend;
    TextStyle style;            // of stdout: colours and width where that is a terminal
    bool showProgress = false;  // stderr is a terminal
    // Null: what may be done is left out where only an acting session can tell.
    std::function<std::unique_ptr<ActingBackend>(const ConnectionSettings&)> createActingBackend = {};
    // Asked for style.width before each print of a watch: a terminal is resized. Null: it stays as it is.
    std::function<int()> widthNow = {};
};

// "spillwayctl: what. The server said: … What to do." on stderr; answers the contract's exit code.
int reportFailure(CommandContext& context, const Failure& failure);

// One line on a terminal's stderr that the next one overwrites; nothing where stderr is no terminal.
void showProgress(CommandContext& context, const QString& line);
void clearProgress(CommandContext& context);

}  // namespace spillway
