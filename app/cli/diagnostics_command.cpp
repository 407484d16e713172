// `diagnostics`: what to send along with a question about the program, without secrets.
#include <CLI/CLI.hpp>
#include <QJsonObject>

#include "app/cli/connection_options.h"
#include "app/cli/printers/json_printer.h"
#include "app/cli/stop_signal.h"
#include "app/connections/connection_store.h"
#include "backends/diagnostics/diagnostics.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

struct DiagnosticsOptions {
    std::vector<std::string> targets;
    bool json = false;
};

DiagnosedConnection diagnosed(CommandContext& context, const ConnectionSettings& settings) {
    DiagnosedConnection one{settings, {}, {}, {}};
    const auto backend = context.createBackend(settings);
    context.stop.onRequest([&backend] { backend->interrupt(); });
    const auto server = backend->open();
    if (server) one.server = *server;
    const auto found = server ? backend->detect() : Outcome<std::vector<DetectedSystem>>(server.failure());
    context.stop.onRequest({});
    if (!found)
        one.trouble = found.failure().sentence();
    else
        for (const auto& system : *found) one.systems.push_back(system.identity);
    return one;
}

// Those that are saved are only listed: nobody asked to connect to them.
Outcome<std::vector<DiagnosedConnection>> diagnosedConnections(CommandContext& context,
                                                               const DiagnosticsOptions& options) {
    std::vector<DiagnosedConnection> all;
    for (const auto& target : options.targets) {
        ConnectionOptions one;
        one.target = target;
        const auto settings = connectionSettings(one, context.connectionsFile);
        if (!settings) return settings.failure();
        all.push_back(diagnosed(context, *settings));
    }
    if (!options.targets.empty()) return all;
    const auto saved = ConnectionStore(context.connectionsFile).list();
    if (!saved) return saved.failure();
    for (const auto& one : *saved)
        if (const auto settings = settingsOf(one)) all.push_back({*settings, {}, {}, {}});
    return all;
}

int runDiagnostics(CommandContext& context, const DiagnosticsOptions& options) {
    const auto connections = diagnosedConnections(context, options);
    if (!connections) return reportFailure(context, connections.failure());
    const QString text = diagnosticsText(u"spillwayctl"_s, *connections);
    if (options.json)
        context.out << QString::fromUtf8(jsonLine({{u"schema"_s, 1}, {u"diagnostics"_s, text}}));
    else
        context.out << text;
    return 0;
}

}  // namespace

void addDiagnosticsCommand(CLI::App& root, Command& chosen) {
    auto* command =
        root.add_subcommand("diagnostics", "Versions, settings and the end of the log, without secrets");
    const auto options = std::make_shared<DiagnosticsOptions>();
    command->add_option("URL", options->targets, "Connections to look at; none: the saved ones are listed");
    command->add_flag("--json", options->json, "One JSON document on stdout");
    command->footer("Example:\n  spillwayctl diagnostics @orders-prod");
    command->callback([&chosen, options] {
        chosen = [options](CommandContext& context) { return runDiagnostics(context, *options); };
    });
}

}  // namespace spillway
