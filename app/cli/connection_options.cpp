#include "app/cli/connection_options.h"

#include <CLI/CLI.hpp>
#include <QFileInfo>

#include "app/cli/duration_text.h"
#include "app/connections/connection_store.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

Outcome<ConnectionSettings> target(const QString& text, const QString& connectionsFile) {
    if (!text.startsWith(u'@')) return connectionFromUrl(text);
    const auto saved = ConnectionStore(connectionsFile).find(text.mid(1));
    if (!saved) return saved.failure();
    return settingsOf(*saved);
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

}  // namespace

void addConnectionOptions(CLI::App& command, ConnectionOptions& options) {
    command
        .add_option("URL", options.target,
                    "postgresql://…, redis://…, rediss://…, unix:///path.sock, service=NAME,\n"
                    "or @name for a saved connection")
        ->required();
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

void addDurationOption(CLI::App& command, const std::string& name, std::chrono::milliseconds& value,
                       std::chrono::milliseconds least, const std::string& help) {
    const auto read = [&value, least, name](const std::string& text) {
        const auto parsed = durationFromText(QString::fromStdString(text));
        if (!parsed || *parsed < least)
            throw CLI::ValidationError(name, "\"" + text + "\" is no duration of at least " +
                                                 std::to_string(least.count()) +
                                                 " ms. Write 500ms, 10s, 5m, 2h or 7d");
        value = *parsed;
    };
    command.add_option_function<std::string>(name, read, help)->type_name("DURATION");
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
    return settings;
}

}  // namespace spillway
