#include "app/cli/connection_options.h"

#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>
#include <QFileInfo>

#include "app/cli/printers/duration_text.h"
#include "app/connections/connection_store.h"
#include "app/demo/demo_state.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// @demo-pg, @demo-redis and @demo-staging, where nobody has saved anything under these names.
std::optional<ConnectionSettings> ofTheDemo(const QString& name) {
    const auto demo = DemoState::running();
    if (!demo) return std::nullopt;
    for (const auto& settings : demoConnections(*demo))
        if (settings.name == name) return settings;
    return std::nullopt;
}

Outcome<ConnectionSettings> target(const QString& text, const QString& connectionsFile) {
    if (!text.startsWith(u'@')) return connectionFromUrl(text);
    const ConnectionStore store(connectionsFile);
    const auto saved = store.find(text.mid(1));
    if (saved) {
        if (const QString exposed = store.exposure(*saved); !exposed.isEmpty())
            spdlog::warn(exposed.toStdString());
        for (const QString& unheard : store.unheard(saved->name)) spdlog::warn(unheard.toStdString());
        return settingsOf(*saved);
    }
    if (const auto demo = ofTheDemo(text.mid(1))) return *demo;
    if (text.mid(1) == kDemoPostgres || text.mid(1) == kDemoRedis || text.mid(1) == kDemoStaging)
        return Failure{
            FailureKind::usage, u"No demo is running."_s, {}, u"Start it with \"spillwayctl demo up\"."_s};
    return saved.failure();
}

// Absolute, because what reads it may run elsewhere; a missing file is told here, by its name.
Outcome<QString> mappingFile(const std::string& path) {
    const QFileInfo file(QString::fromStdString(path));
    if (file.isFile() && file.isReadable()) return file.absoluteFilePath();
    return Failure{FailureKind::usage,
                   u"The mapping file %1 cannot be read."_s.arg(file.filePath()),
                   {},
                   u"Give the path of a TOML file that describes the jobs table."_s};
}

// A person who gives a rule by hand wants to see it judged within a short window.
Outcome<Invariant> invariantOf(const QString& text) {
    const auto equals = text.indexOf(u'=');
    const QString name = text.left(equals).trimmed();
    const QString sql = text.mid(equals + 1).trimmed();
    if (equals > 0 && !name.isEmpty() && !sql.isEmpty())
        return Invariant{.name = name, .sql = sql, .every = std::chrono::seconds{1}};
    return Failure{FailureKind::usage,
                   u"\"%1\" is no rule."_s.arg(text.left(80)),
                   {},
                   u"Write --invariant \"unpaid=SELECT count(*) FROM orders WHERE …\": one number that must "
                   "be 0, or two that must agree."_s};
}

}  // namespace

void addInvariantOption(CLI::App& command, ConnectionOptions& options) {
    command
        .add_option("--invariant", options.invariants,
                    "A rule that must hold: a query of one number that must be 0,\n"
                    "or of two that must agree (PostgreSQL; repeatable)")
        ->type_name("NAME=SQL")
        ->take_all()
        ->expected(1)
        ->allow_extra_args(false);
}

void addConnectionOptions(CLI::App& command, ConnectionOptions& options) {
    command
        .add_option("URL", options.target,
                    "postgresql://…, redis://…, rediss://…, unix:///path.sock, service=NAME,\n"
                    "or @name for a saved connection")
        ->required();
    addConnectionChoices(command, options);
}

void addConnectionChoices(CLI::App& command, ConnectionOptions& options) {
    command.add_option("--system", options.system, "Only this queue system, e.g. pgboss, bullmq, sidekiq");
    command.add_option("--schema,--prefix", options.name_space,
                       "Only this schema (PostgreSQL) or key prefix (Redis)");
    command
        .add_option("--environment", options.environment,
                    "What the connection counts as; a URL is production unless this says else")
        ->check(CLI::IsMember({"production", "staging", "development"}));
    command
        .add_option("--mapping", options.mappings, "A jobs table of your own, described in FILE (repeatable)")
        ->type_name("FILE")
        ->take_all()
        ->expected(1)
        ->allow_extra_args(false);
}

CLI::Option* addDurationOption(CLI::App& command, const std::string& name, std::chrono::milliseconds& value,
                               std::chrono::milliseconds least, const std::string& help) {
    const auto read = [&value, least, name](const std::string& text) {
        const auto parsed = durationFromText(QString::fromStdString(text));
        if (!parsed || *parsed < least)
            throw CLI::ValidationError(name, "\"" + text + "\" is no duration of at least " +
                                                 std::to_string(least.count()) +
                                                 " ms. Write 500ms, 10s, 5m, 2h or 7d");
        value = *parsed;
    };
    return command.add_option_function<std::string>(name, read, help)->type_name("DURATION");
}

Outcome<ConnectionSettings> connectionSettings(const ConnectionOptions& options,
                                               const QString& connectionsFile) {
    auto outcome = target(QString::fromStdString(options.target), connectionsFile);
    if (!outcome) return outcome;
    ConnectionSettings settings = *outcome;
    if (!options.system.empty()) settings.onlySystem = QString::fromStdString(options.system);
    if (!options.name_space.empty()) settings.onlyNamespace = QString::fromStdString(options.name_space);
    if (const auto environment = environmentFromName(QString::fromStdString(options.environment)))
        settings.environment = *environment;
    for (const auto& path : options.mappings) {
        const auto file = mappingFile(path);
        if (!file) return file.failure();
        settings.mappingFiles << *file;
    }
    if (!options.invariants.empty() && settings.kind != ServerKind::postgres)
        return Failure{
            FailureKind::usage, u"Rules are SQL: --invariant needs a PostgreSQL connection."_s, {}, {}};
    for (const auto& text : options.invariants) {
        const auto invariant = invariantOf(QString::fromStdString(text));
        if (!invariant) return invariant.failure();
        settings.invariants.push_back(*invariant);
    }
    return settings;
}

}  // namespace spillway
