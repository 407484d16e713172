#include "app/cli/measured_parity.h"

#include "app/cli/polled_command.h"

namespace spillway {
using namespace Qt::StringLiterals;
using std::chrono::milliseconds;

Outcome<ReadingPtr> lookAt(CommandContext& context, const ConnectionOptions& connection,
                           milliseconds window) {
    PolledOptions options;
    options.connection = connection;
    options.window = {.window = window, .interval = std::min(window, milliseconds{1000})};
    auto poller = makePoller(options, context);
    if (!poller) return poller.failure();
    PollWindow polling(**poller, context.stop, options.window);
    const PolledWindow polled = polling.run();
    if (polled.reading) return polled.reading;
    return polled.failure.value_or(
        Failure{FailureKind::cancelled, u"Stopped before anything was read."_s, {}, {}});
}

Outcome<ComparedWorkers> measuredParity(CommandContext& context, const ConnectionOptions& a,
                                        const ConnectionOptions& b) {
    const auto first = lookAt(context, a, milliseconds{500});
    if (!first) return first.failure();
    const auto second = lookAt(context, b, milliseconds{500});
    if (!second) return second.failure();
    const Reading &one = **first, &other = **second;
    return ComparedWorkers{readingsParity(one, other), parityWhere(one, other), *first, *second};
}

}  // namespace spillway
