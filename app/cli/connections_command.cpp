// `connections`: what is saved, without secrets.
#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>
#include <QJsonArray>
#include <QJsonObject>

#include "app/cli/command_line.h"
#include "app/cli/printers/json_printer.h"
#include "app/cli/printers/text_table.h"
#include "app/connections/connection_store.h"
#include "app/connections/url_secret.h"
#include "backends/domain/human_text.h"
#include "backends/domain/secrets.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

struct ConnectionsOptions {
    bool json = false;
    bool names = false;
};

// Whoever wrote a password into the file by hand does not see it here either.
QString shownUrl(const SavedConnection& saved) {
    return withoutSecrets(splitSecret(saved.url).url);
}

QJsonObject connectionEntry(const SavedConnection& saved) {
    QJsonArray rules;
    for (const auto& invariant : saved.invariants) rules << invariant.name;
    return {{u"name"_s, saved.name},
            {u"url"_s, shownUrl(saved)},
            {u"environment"_s, environmentName(saved.environment)},
            {u"password_env"_s, saved.passwordVariable},
            {u"system"_s, saved.onlySystem},
            {u"namespace"_s, saved.onlyNamespace},
            {u"mappings"_s, QJsonArray::fromStringList(saved.mappingFiles)},
            {u"dead_letter_queues"_s, QJsonArray::fromStringList(saved.deadLetterQueues)},
            {u"invariants"_s, rules}};
}

QString connectionsText(const std::vector<SavedConnection>& saved, const TextStyle& style) {
    TextTable table({u"name"_s, u"environment"_s, u"only?"_s, u"password from?"_s, u"rules>"_s, u"url"_s});
    table.mayDrop({u"rules"_s, u"password from"_s, u"only"_s});
    for (const auto& one : saved) {
        const QStringList only{one.onlySystem, one.onlyNamespace};
        table.add(
            {{u'@' + visibleText(one.name, 64)},
             {environmentName(one.environment),
              one.environment == Environment::production ? Paint::critical : Paint::none},
             {visibleText(only.join(u' ').trimmed(), 60)},
             {visibleText(one.passwordVariable, 60)},
             {QString::number(one.invariants.size()), one.invariants.empty() ? Paint::faint : Paint::none},
             {visibleText(shownUrl(one), 300)}});
    }
    return table.text(style);
}

int runConnections(CommandContext& context, const ConnectionsOptions& options) {
    const ConnectionStore store(context.connectionsFile);
    const auto saved = store.list();
    if (!saved) return reportFailure(context, saved.failure());
    const QStringList unheard = store.unheard();
    for (const QString& sentence : unheard) spdlog::warn(sentence.toStdString());
    if (options.json) {
        QJsonArray list;
        for (const auto& one : *saved) list << connectionEntry(one);
        context.out << QString::fromUtf8(jsonLine({{u"schema"_s, 1},
                                                   {u"file"_s, context.connectionsFile},
                                                   {u"connections"_s, list},
                                                   {u"unheard"_s, QJsonArray::fromStringList(unheard)}}));
    } else if (options.names) {
        for (const auto& one : *saved) context.out << u'@' << visibleText(one.name, 64) << u'\n';
    } else if (saved->empty()) {
        context.out << fitted(
            u"None is saved in %1. The window saves one with \"Connect…\"; or write the file: "
            "a table [NAME] with url = \"…\".\n"_s.arg(visibleText(context.connectionsFile, 500)),
            context.style.width);
    } else {
        context.out << connectionsText(*saved, context.style);
    }
    context.out.flush();
    return 0;
}

}  // namespace

void addConnectionsCommand(CLI::App& root, Command& chosen) {
    auto* command = root.add_subcommand("connections", "The saved connections, without secrets");
    const auto options = std::make_shared<ConnectionsOptions>();
    command->add_flag("--names", options->names, "Only their @names, one a line");
    command->add_flag("--json", options->json, "One JSON document on stdout");
    command->footer("Example:\n  spillwayctl connections --json | jq -r '.connections[].name'");
    command->callback([&chosen, options] {
        chosen = [options](CommandContext& context) { return runConnections(context, *options); };
    });
}

}  // namespace spillway
