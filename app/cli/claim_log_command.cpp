// `claim-log`: makes every claim of a mapped table visible. Proposes SQL; runs it only where it is asked to,
// and never in production.
#include <CLI/CLI.hpp>
#include <QJsonObject>

#include "app/cli/connection_options.h"
#include "app/cli/printers/json_printer.h"
#include "backends/postgres/claims/log.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

struct ClaimLogOptions {
    ConnectionOptions connection;
    bool install = false;
    bool remove = false;
    bool sql = false;
    bool json = false;
};

// "mapped:jobs": the one asked for, or the only one given.
Outcome<QString> mappedSystem(const ConnectionSettings& settings) {
    const QString prefix = u"mapped:"_s;
    if (!settings.onlySystem.isEmpty())
        return settings.onlySystem.startsWith(prefix) ? settings.onlySystem : prefix + settings.onlySystem;
    if (settings.mappingFiles.size() == 1) {
        const auto mapping = readTableMapping(settings.mappingFiles.front());
        if (!mapping) return mapping.failure();
        return prefix + mapping->name;
    }
    return Failure{
        FailureKind::usage, u"Which table is meant?"_s, {}, u"Give one --mapping FILE, or --system NAME."_s};
}

int refuse(CommandContext& context) {
    context.err
        << "spillwayctl: Nothing is written in production, and this connection counts as production. Run "
           "the SQL that the command prints without --install yourself, or say --environment staging or "
           "development if that is what it is."
        << Qt::endl;
    return kRefused;
}

QString commentedOut(const QString& sql) {
    return u"-- "_s + sql.trimmed().replace(u'\n', u"\n-- "_s) + u'\n';
}

void print(CommandContext& context, const ClaimLogOptions& options, const ClaimLogSql& sql) {
    const bool done = options.install || options.remove;
    const QString what = options.install ? u"installed"_s : options.remove ? u"removed"_s : u"proposed"_s;
    if (options.json)
        context.out << QString::fromUtf8(jsonLine({{u"schema"_s, 1},
                                                   {u"table"_s, sql.table},
                                                   {u"state"_s, what},
                                                   {u"install"_s, sql.install},
                                                   {u"remove"_s, sql.remove},
                                                   {u"trim"_s, sql.trim}}));
    else if (done)
        context.out << "The claim log " << sql.table << " is " << what << ".\n";
    else
        context.out << "-- Makes every claim visible; review it, then run it:\n"
                    << sql.install << "\n-- From time to time, deletes what is older than a week:\n"
                    << commentedOut(sql.trim) << "\n-- Undoes it:\n"
                    << commentedOut(sql.remove);
    context.out.flush();
}

int runClaimLog(CommandContext& context, const ClaimLogOptions& options) {
    const auto settings = connectionSettings(options.connection, context.connectionsFile);
    if (!settings) return reportFailure(context, settings.failure());
    if (settings->kind != ServerKind::postgres)
        return reportFailure(
            context, {FailureKind::usage, u"A claim log belongs to a table in PostgreSQL."_s, {}, {}});
    const auto system = mappedSystem(*settings);
    if (!system) return reportFailure(context, system.failure());
    const bool writes = options.install || options.remove;
    if (writes && settings->environment == Environment::production) return refuse(context);
    const auto sql = proposeClaimLog(*settings, *system);
    if (!sql) return reportFailure(context, sql.failure());
    if (writes) {
        const auto done =
            options.install ? installClaimLog(*settings, *system) : removeClaimLog(*settings, *system);
        if (!done) return reportFailure(context, done.failure());
    }
    print(context, options, *sql);
    return 0;
}

}  // namespace

void addClaimLogCommand(CLI::App& root, Command& chosen) {
    auto* command = root.add_subcommand(
        "claim-log",
        "SQL that records every claim of a jobs table of your own, so that duplicates are exact");
    const auto options = std::make_shared<ClaimLogOptions>();
    addConnectionOptions(*command, options->connection);
    auto* install = command->add_flag("--install", options->install, "Run it; refused in production");
    auto* remove = command->add_flag("--remove", options->remove, "Undo it, with all it recorded; likewise");
    auto* sql = command->add_flag("--sql", options->sql, "Only print the SQL, as without any of these");
    install->excludes(remove)->excludes(sql);
    remove->excludes(sql);
    command->add_flag("--json", options->json, "One JSON document on stdout");
    command->footer(
        "A small table and a trigger beside the jobs table; the next poll finds them by itself.\n\n"
        "Examples:\n  spillwayctl claim-log @prod --mapping jobs.toml > claim_log.sql\n"
        "  spillwayctl claim-log @staging --mapping jobs.toml --install");
    command->callback([&chosen, options] {
        chosen = [options](CommandContext& context) { return runClaimLog(context, *options); };
    });
}

}  // namespace spillway
