#include <CLI/CLI.hpp>

#include "app/cli/connection_options.h"
#include "app/cli/printers/json_printer.h"
#include "app/cli/printers/text_printer.h"
#include "app/cli/stop_signal.h"
#include "app/cli/trial_printer.h"
#include "backends/trial/connection_trial.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

struct DetectOptions {
    ConnectionOptions connection;
    bool json = false;
    bool stages = false;
};

Failure nothingFound(const ServerInfo& server) {
    return {FailureKind::no_system,
            u"%1 has no queue system that Spillway knows."_s.arg(server.address),
            {},
            u"Check the database, schema or key prefix; for a jobs table of your own, describe it in a "
            u"mapping file "
            "(--mapping FILE)."_s};
}

// On Redis only the session that would act, perhaps as another user, can say what it may do. It asks, no
// more.
void addWhatMayBeDone(CommandContext& context, const ConnectionSettings& settings,
                      std::vector<DetectedSystem>& systems) {
    if (settings.kind != ServerKind::redis || !context.createActingBackend) return;
    const auto backend = context.createActingBackend(settings);
    if (!backend) return;
    context.stop.onRequest([&backend] { backend->interrupt(); });
    const auto acting = backend->open();
    context.stop.onRequest({});
    for (auto& system : systems)
        for (const ActionKind kind : {ActionKind::replay, ActionKind::release, ActionKind::undo}) {
            const QString name = actionKindName(kind);
            if (!system.unread.isEmpty()) continue;
            if (!acting) {
                system.capabilities.set(name, false, acting.failure().sentence());
                continue;
            }
            for (const auto& found : *acting)
                for (const auto& each : found.capabilities.list())
                    if (found.identity.key() == system.identity.key() && each.signal == name)
                        system.capabilities.set(each.signal, each.observable, each.why);
        }
}

int runStages(CommandContext& context, const ConnectionSettings& settings, bool json) {
    TrialRun run(settings, context.createBackend(settings));
    context.stop.onRequest([&run] { run.interrupt(); });
    const auto trial = run.run();
    context.stop.onRequest({});
    if (json) {
        QJsonObject document = trial.systems.empty() ? QJsonObject{{u"schema"_s, 1}}
                                                     : detectJson(settings, trial.server, trial.systems);
        document[u"stages"_s] = stagesJson(trial);
        context.out << QString::fromUtf8(jsonLine(document));
    } else {
        context.out << stagesText(trial, context.style);
    }
    return trial.exit_code;
}

int runDetect(CommandContext& context, const DetectOptions& options) {
    const auto settings = connectionSettings(options.connection, context.connectionsFile);
    if (!settings) return reportFailure(context, settings.failure());
    if (options.stages) return runStages(context, *settings, options.json);
    Poller poller(*settings, context.createBackend(*settings));
    context.stop.onRequest([&poller] { poller.interrupt(); });
    auto systems = poller.detect();
    context.stop.onRequest({});
    if (!systems) return reportFailure(context, systems.failure());
    addWhatMayBeDone(context, *settings, systems.value());
    if (systems->empty()) return reportFailure(context, nothingFound(poller.server()));
    if (options.json)
        context.out << QString::fromUtf8(jsonLine(detectJson(*settings, poller.server(), *systems)));
    else
        context.out << detectText(*settings, poller.server(), *systems, context.style);
    return 0;
}

}  // namespace

void addDetectCommand(CLI::App& root, Command& chosen) {
    auto* command =
        root.add_subcommand("detect", "List the queue systems found and what can be seen on each");
    const auto options = std::make_shared<DetectOptions>();
    addConnectionOptions(*command, options->connection);
    command->add_flag("--json", options->json, "One JSON document on stdout");
    command->add_flag("--stages", options->stages,
                      "Try the connection step by step: name, TCP, TLS, login, rights, systems");
    command->footer("Example:\n  spillwayctl detect redis://monitor@cache.internal:6379/0");
    command->callback([&chosen, options] {
        chosen = [options](CommandContext& context) { return runDetect(context, *options); };
    });
}

}  // namespace spillway
