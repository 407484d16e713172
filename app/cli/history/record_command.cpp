// `record`: the headless collector.
#include <CLI/CLI.hpp>
#include <QJsonArray>
#include <QJsonObject>

#include "app/cli/connection_options.h"
#include "app/cli/history/recording.h"
#include "app/cli/printers/json_printer.h"
#include "app/connections/connection_store.h"
#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
using std::chrono::milliseconds;
namespace {

struct RecordOptions {
    ConnectionOptions connection;  // without a target of its own
    std::vector<std::string> targets;
    std::string history;
    bool all = false;
    bool once = false;
    bool wait = false;
    bool json = false;
    milliseconds interval{5000};
    milliseconds runFor{0};
};

struct Chosen {
    std::vector<ConnectionSettings> connections;
    int refused = 0;  // saved ones that cannot be used
};

Outcome<Chosen> savedOnes(CommandContext& context, RecordOptions options) {
    const auto saved = ConnectionStore(context.connectionsFile).list();
    if (!saved) return saved.failure();
    Chosen chosen;
    for (const auto& one : *saved) {
        options.connection.target = "@" + one.name.toStdString();
        const auto settings = connectionSettings(options.connection, context.connectionsFile);
        if (settings) {
            chosen.connections.push_back(*settings);
        } else {
            ++chosen.refused;
            reportFailure(context, settings.failure());
        }
    }
    return chosen;
}

Outcome<Chosen> chosenOnes(CommandContext& context, RecordOptions options) {
    if (options.all) return savedOnes(context, options);
    Chosen chosen;
    for (const auto& target : options.targets) {
        options.connection.target = target;
        const auto settings = connectionSettings(options.connection, context.connectionsFile);
        if (!settings) return settings.failure();
        chosen.connections.push_back(*settings);
    }
    return chosen;
}

QJsonObject connectionJson(const RecordedConnection& one) {
    return {{u"name"_s, one.name},
            {u"readings"_s, one.readings},
            {u"failed"_s, one.failed},
            {u"failure"_s, one.failure ? QJsonValue(withoutSecrets(one.failure->sentence()))
                                       : QJsonValue(QJsonValue::Null)}};
}

void print(CommandContext& context, const RecordOptions& options, const QString& file,
           const std::vector<RecordedConnection>& connections) {
    if (options.json) {
        QJsonArray list;
        for (const auto& one : connections) list << connectionJson(one);
        context.out << QString::fromUtf8(
            jsonLine({{u"schema"_s, 1}, {u"file"_s, file}, {u"connections"_s, list}}));
    } else {
        for (const auto& one : connections)
            context.out << visibleText(one.name) << ": " << exactCountText(one.readings)
                        << (one.readings == 1 ? " reading recorded" : " readings recorded")
                        << (one.failed > 0 ? u", %1 attempts failed"_s.arg(one.failed) : QString()) << "\n";
    }
    context.out.flush();
}

// A connection counts as recorded if it ever answered, unless it was shut out in the end.
int exitCode(const std::vector<RecordedConnection>& connections, int refused) {
    const auto silent = [](const auto& one) { return one.readings == 0 && one.failure; };
    const auto n = std::count_if(connections.begin(), connections.end(), silent);
    const bool shutOut = std::any_of(connections.begin(), connections.end(), [](const auto& one) {
        return one.readings > 0 && one.failure && one.failure->refused();
    });
    if (n == 0) return refused > 0 || shutOut ? kDoneInPart : 0;
    if (n < static_cast<std::ptrdiff_t>(connections.size())) return kDoneInPart;
    return exitCodeFor(connections.front().failure->kind);
}

int runRecord(CommandContext& context, const RecordOptions& options) {
    if (options.all == !options.targets.empty())
        return reportFailure(context, {FailureKind::usage,
                                       u"What is to be recorded?"_s,
                                       {},
                                       u"Give URLs or @names, or --all for every saved connection."_s});
    const auto chosen = chosenOnes(context, options);
    if (!chosen) return reportFailure(context, chosen.failure());
    if (chosen->connections.empty())
        return reportFailure(context, {FailureKind::usage,
                                       u"No saved connection can be recorded."_s,
                                       {},
                                       u"Save one in %1, or give a URL."_s.arg(context.connectionsFile)});
    RecordSettings settings;
    settings.history.path =
        options.history.empty() ? defaultHistoryPath() : QString::fromStdString(options.history);
    settings.pacing.interval = options.interval;
    settings.pacing.refused = PollPacing::slow_retry;
    settings.once = options.once;
    settings.wait = options.wait;
    if (options.runFor.count() > 0) settings.runFor = options.runFor;
    Recording recording(context, chosen->connections, settings);
    const auto recorded = recording.run();
    if (!recorded) return reportFailure(context, recorded.failure());
    print(context, options, settings.history.path, *recorded);
    return exitCode(*recorded, chosen->refused);
}

}  // namespace

void addRecordCommand(CLI::App& root, Command& chosen) {
    auto* command =
        root.add_subcommand("record", "Poll without a window and keep the history, until Ctrl+C or SIGTERM");
    const auto options = std::make_shared<RecordOptions>();
    command->add_option("URL", options->targets, "Connections: URLs or @names");
    addConnectionChoices(*command, options->connection);
    addInvariantOption(*command, options->connection);
    command->add_flag("--all", options->all, "Every saved connection");
    addDurationOption(*command, "--interval", options->interval, milliseconds{10},
                      "Time between polls; longer where a poll costs the server much");
    addDurationOption(*command, "--for", options->runFor, milliseconds{1}, "End after this time");
    command->add_flag("--once", options->once, "One poll of each connection; rates need more than one");
    command->add_flag("--wait", options->wait, "While another instance records: wait, and take over from it");
    addHistoryOption(*command, options->history);
    command->add_flag("--json", options->json, "One JSON document on stdout when it ends");
    command->footer(
        "Interval 5s. The window opens with what was recorded; it reads along while this records.\n\n"
        "Examples:\n  spillwayctl record --all\n"
        "  spillwayctl record @prod redis://cache.internal/0 --for 10m --json");
    command->callback([&chosen, options] {
        chosen = [options](CommandContext& context) { return runRecord(context, *options); };
    });
}

}  // namespace spillway
