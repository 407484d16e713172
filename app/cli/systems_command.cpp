// `systems`: what can be seen and done on each queue system, at best. The README's table is its Markdown.
#include <CLI/CLI.hpp>
#include <QJsonArray>
#include <QJsonObject>

#include "app/cli/command_line.h"
#include "app/cli/printers/json_printer.h"
#include "app/cli/printers/text_table.h"
#include "backends/polling/supported_systems.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

struct SystemsOptions {
    bool json = false;
    bool markdown = false;
};

struct SignalRow {
    QString label;
    QStringList names;  // PostgreSQL and Redis call one signal differently
    QString no = u"–"_s;
};

const std::vector<SignalRow>& signalRows() {
    static const std::vector<SignalRow> rows{
        {u"ready"_s, {u"ready"_s}},
        {u"scheduled"_s, {u"scheduled"_s}},
        {u"retrying"_s, {u"retrying"_s}},
        {u"running"_s, {u"running"_s}},
        {u"blocked by another job"_s, {u"blocked"_s}},
        {u"dead"_s, {u"dead"_s}},
        {u"overdue"_s, {u"overdue"_s}},
        {u"oldest age"_s, {u"oldest_age_s"_s}},
        {u"dead age"_s, {u"dead_oldest_age_s"_s}},
        {u"lost in 24 h"_s, {u"lost_next_24h"_s}},
        {u"arrival rate"_s, {u"arrival_rate"_s}},
        {u"drain rate"_s, {u"drain_rate"_s}},
        {u"amplification"_s, {u"amplification"_s}},
        {u"retry wave"_s, {u"retry_due"_s, u"retries"_s}},
        {u"duplicate claims"_s, {u"duplicate_claims"_s, u"take_overs"_s}},
        {u"leases, stuck claims"_s, {u"leases"_s}},
        {u"workers"_s, {u"workers"_s}},
        {u"**replay**"_s, {u"replay"_s}},
        {u"**undo** of a replay"_s, {u"undo"_s}},
        {u"**put back** jobs lost with a process"_s, {u"replay_lost"_s}, u"none lost"_s},
        {u"**release**"_s, {u"release"_s}},
    };
    return rows;
}

QString cell(const SupportedSystem& system, const SignalRow& row) {
    for (const auto& name : row.names) {
        if (!system.capabilities.observable(name)) continue;
        const QString how = system.capabilities.why(name);
        return how.startsWith("estimated: "_L1)  ? u"≈"_s
               : how.startsWith("at least: "_L1) ? u"≥"_s
                                                 : u"yes"_s;
    }
    return row.no;
}

QString systemsMarkdown(const std::vector<SupportedSystem>& systems) {
    QString head = u"| |"_s, rule = u"|---|"_s, body;
    for (const auto& system : systems) {
        head += u' ' + system.title + u" |"_s;
        rule += u"---|"_s;
    }
    for (const auto& row : signalRows()) {
        body += u"| "_s + row.label + u" |"_s;
        for (const auto& system : systems) body += u' ' + cell(system, row) + u" |"_s;
        body += u'\n';
    }
    return head + u'\n' + rule + u'\n' + body;
}

QString systemsText(const std::vector<SupportedSystem>& systems, const TextStyle& style) {
    QStringList head{{}};
    for (const auto& system : systems) head << system.title;
    TextTable table(head);
    for (const auto& row : signalRows()) {
        std::vector<TableCell> cells{{QString(row.label).remove(u"**"_s)}};
        for (const auto& system : systems) cells.push_back({cell(system, row)});
        table.add(std::move(cells));
    }
    return table.text(style);
}

QJsonObject systemsJson(const std::vector<SupportedSystem>& systems) {
    QJsonArray list;
    for (const auto& system : systems) {
        QJsonArray capabilities;
        for (const auto& each : system.capabilities.list())
            capabilities << QJsonObject{
                {u"signal"_s, each.signal}, {u"observable"_s, each.observable}, {u"why"_s, each.why}};
        const bool redis = system.server == ServerKind::redis;
        list << QJsonObject{{u"system"_s, system.name},
                            {u"title"_s, system.title},
                            {u"server"_s, redis ? u"redis"_s : u"postgresql"_s},
                            {u"capabilities"_s, capabilities}};
    }
    return {{u"schema"_s, 1}, {u"systems"_s, list}};
}

int runSystems(CommandContext& context, const SystemsOptions& options) {
    const auto systems = supportedSystems();
    if (!systems) return reportFailure(context, systems.failure());
    if (options.json)
        context.out << QString::fromUtf8(jsonLine(systemsJson(*systems)));
    else
        context.out << (options.markdown ? systemsMarkdown(*systems) : systemsText(*systems, context.style));
    return 0;
}

}  // namespace

void addSystemsCommand(CLI::App& root, Command& chosen) {
    auto* command =
        root.add_subcommand("systems", "List the queue systems that Spillway can read, and what of them");
    const auto options = std::make_shared<SystemsOptions>();
    auto* json = command->add_flag("--json", options->json, "One JSON document on stdout, with reasons");
    command->add_flag("--markdown", options->markdown, "As a Markdown table")->excludes(json);
    command->footer(
        "What can be seen at best; `detect` says what of it a server and a role show.\n\nExample:\n  "
        "spillwayctl systems");
    command->callback([&chosen, options] {
        chosen = [options](CommandContext& context) { return runSystems(context, *options); };
    });
}

}  // namespace spillway
