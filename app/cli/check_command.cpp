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

// What somebody is on does not page again. It is counted, so that OK does not read as "nothing is wrong".
CheckAnswer withoutAcknowledged(PolledWindow polled, const QStringList& missing) {
    Reading unseen = *polled.reading;
    std::erase_if(unseen.findings, [](const Finding& finding) { return finding.acknowledged.has_value(); });
    const auto left_out = polled.reading->findings.size() - unseen.findings.size();
    polled.reading = std::make_shared<Reading>(std::move(unseen));
    CheckAnswer answer = checkAnswer(polled, missing);
    if (left_out > 0)
        answer.line.insert(
            answer.line.indexOf(u" | "_s) < 0 ? answer.line.size() : answer.line.indexOf(u" | "_s),
            left_out == 1 ? u" (1 acknowledged)"_s : u" (%1 acknowledged)"_s.arg(left_out));
    return answer;
}

int runCheck(CommandContext& context, const PolledOptions& options, bool skipAcknowledged) {
    auto poller = makePoller(options, context);
    if (!poller) return print(context, unknownAnswer(poller.failure().sentence()), {}, options.json);
    rememberRecorded(**poller);
    PollWindow window(**poller, context.stop, windowOf(options));
    PolledWindow polled = window.run(progressLine(context));
    clearProgress(context);
    QStringList missing;
    if (polled.reading) {
        auto reading = std::make_shared<Reading>(onlyQueues(*polled.reading, wantedQueues(options), missing));
        acknowledgeRecorded(*reading);
        polled.reading = std::move(reading);
    }
    const bool skips = skipAcknowledged && polled.reading;
    return print(context, skips ? withoutAcknowledged(polled, missing) : checkAnswer(polled, missing), polled,
                 options.json);
}

}  // namespace

void addCheckCommand(CLI::App& root, Command& chosen) {
    auto* command = root.add_subcommand("check", "One line and an exit code for a monitoring system");
    const auto options = std::make_shared<PolledOptions>();
    options->window = {.window = milliseconds{8000}, .interval = milliseconds{1000}};
    addWindowOptions(*command, *options);
    addInvariantOption(*command, options->connection);
    const auto skip = std::make_shared<bool>(false);
    command->add_flag("--skip-acknowledged", *skip,
                      "What somebody acknowledged or snoozed does not count; see acknowledge");
    command->footer(
        "Exit codes: 0 ok, 1 warning, 2 critical, 3 unknown. Window 8s, interval 1s.\n\n"
        "Example:\n  spillwayctl check @prod --queue orders --window 10s");
    command->callback([&chosen, options, skip] {
        chosen = [options, skip](CommandContext& context) { return runCheck(context, *options, *skip); };
    });
}

}  // namespace spillway
