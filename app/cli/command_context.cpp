#include "app/cli/command_context.h"

#include "app/cli/safe_output.h"

namespace spillway {

int reportFailure(CommandContext& context, const Failure& failure) {
    context.err << "spillwayctl: " << withoutSecrets(failure.sentence()) << Qt::endl;
    return exitCodeFor(failure.kind);
}

void showProgress(CommandContext& context, const QString& line) {
    if (!context.showProgress) return;
    clearProgress(context);
    context.err << line << Qt::flush;
}

void clearProgress(CommandContext& context) {
    if (context.showProgress) terminalControl(context.err, "\r\x1b[K");
}

}  // namespace spillway
