#include <CLI/CLI.hpp>
#include <QJsonObject>

#include "app/cli/polled_command.h"
#include "app/cli/printers/check_line.h"
#include "app/cli/printers/json_printer.h"

namespace spillway {
using namespace Qt::StringLiterals;
using std::chrono::milliseconds;
namespace {

int print(CommandContext& context, const CheckAnswer& answer, const PolledWindow& polled, bool json) {
    if (!json) {
        context.out << answer.line << Qt::endl;
    } else if (polled.reading) {
        QJsonObject document = statusJson(*polled.reading, polled.costs);
        document[u"check"_s] = checkStateName(answer.state);
        context.out << QString::fromUtf8(jsonLine(document));
    } else {
        context.err << "spillwayctl: " << answer.line << Qt::endl;
    }
    context.out.flush();
    return static_cast<int>(answer.state);
}

int runCheck(CommandContext& context, const PolledOptions& options) {
    auto poller = makePoller(options, context);
    if (!poller) return print(context, unknownAnswer(poller.failure().sentence()), {}, options.json);
    rememberRecorded(**poller);
    PollWindow window(**poller, context.stop, windowOf(options));
    PolledWindow polled = window.run(progressLine(context));
    clearProgress(context);
    QStringList missing;
    if (polled.reading)
        polled.reading =
            std::make_shared<Reading>(onlyQueues(*polled.reading, wantedQueues(options), missing));
    return print(context, checkAnswer(polled, missing), polled, options.json);
}

}  // namespace

void addCheckCommand(CLI::App& root, Command& chosen) {
    auto* command = root.add_subcommand("check", "One line and an exit code for a monitoring system");
    const auto options = std::make_shared<PolledOptions>();
    options->window = {.window = milliseconds{8000}, .interval = milliseconds{1000}};
    addWindowOptions(*command, *options);
    addInvariantOption(*command, options->connection);
    command->footer(
        "Exit codes: 0 ok, 1 warning, 2 critical, 3 unknown. Window 8s, interval 1s.\n\n"
        "Example:\n  spillwayctl check @prod --queue orders --window 10s");
    command->callback([&chosen, options] {
        chosen = [options](CommandContext& context) { return runCheck(context, *options); };
    });
}

}  // namespace spillway
