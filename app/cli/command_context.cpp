#include "app/cli/command_context.h"

namespace spillway {

int reportFailure(CommandContext& context, const Failure& failure) {
    context.err << "spillwayctl: " << withoutSecrets(failure.sentence()) << Qt::endl;
    return exitCodeFor(failure.kind);
}

}  // namespace spillway
