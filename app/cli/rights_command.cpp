// `rights`: the least that a login needs for what was found, ready for whoever administers the server.
#include <CLI/CLI.hpp>
#include <QJsonArray>
#include <QJsonObject>

#include "app/cli/connection_options.h"
#include "app/cli/printers/json_printer.h"
#include "app/cli/printers/text_printer.h"
#include "app/cli/stop_signal.h"
#include "backends/domain/human_text.h"
#include "backends/domain/rights.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr qsizetype kLongestStatement = 20'000;

struct RightsOptions {
    ConnectionOptions connection;
    std::string role = "spillway";
    bool json = false;
};

struct FoundRights {
    ServerInfo server;
    ServerRights rights;
};

QJsonObject systemRightsJson(const SystemRights& rights) {
    return {{u"system"_s, rights.identity.system},
            {u"namespace"_s, rights.identity.name_space},
            {u"observe"_s, QJsonArray::fromStringList(rights.observe)},
            {u"inspect"_s, QJsonArray::fromStringList(rights.inspect)},
            {u"act"_s, QJsonArray::fromStringList(rights.act)},
            {u"notes"_s, QJsonArray::fromStringList(rights.notes)}};
}

QJsonObject rightsJson(const FoundRights& found) {
    QJsonArray systems;
    for (const auto& system : found.rights.systems) systems << systemRightsJson(system);
    return {{u"schema"_s, 1},
            {u"server"_s, found.server.product},
            {u"server_version"_s, found.server.version},
            {u"role"_s, found.rights.role},
            {u"login"_s, QJsonArray::fromStringList(found.rights.login)},
            {u"systems"_s, systems},
            {u"notes"_s, QJsonArray::fromStringList(found.rights.notes)}};
}

// Everything but the statements is a comment, so that the text as a whole can be given to psql.
class RightsText {
public:
    RightsText(const FoundRights& found, TextStyle style)
        : m_found(found), m_comment(found.server.kind == ServerKind::postgres ? u"-- "_s : u"# "_s),
          m_style(style) {}

    QString text() {
        const ServerRights& rights = m_found.rights;
        say(u"For %1 at %2. Nothing was changed: look through it, and give it as an administrator."_s.arg(
            serverKindName(m_found.server.kind), m_found.server.address));
        add(u"The login"_s, rights.login);
        notes(rights.notes);
        for (const auto& system : rights.systems) {
            const QString name = system.identity.label();
            add(name + u": to observe"_s, system.observe);
            add(name + u": besides, to look into a dead job with its payload"_s, system.inspect);
            add(name + u": besides, to replay and release"_s, system.act);
            notes(system.notes);
        }
        return m_text;
    }

private:
    void say(const QString& line) {
        m_text += painted(m_comment + visibleText(line, 2'000), Paint::faint, m_style.colours) + u'\n';
    }
    void notes(const QStringList& list) {
        for (const auto& note : list) say(note);
    }
    void add(const QString& heading, const QStringList& statements) {
        if (statements.isEmpty()) return;
        m_text += u'\n';
        say(heading);
        for (const auto& statement : statements) m_text += visibleText(statement, kLongestStatement) + u'\n';
    }

    const FoundRights& m_found;
    QString m_comment;
    TextStyle m_style;
    QString m_text;
};

Outcome<FoundRights> findRights(QueueBackend& backend, const QString& role) {
    const auto server = backend.open();
    if (!server) return server.failure();
    const auto systems = backend.detect();
    if (!systems) return systems.failure();
    auto* teller = dynamic_cast<RightsTeller*>(&backend);
    if (!teller) return Failure{FailureKind::usage, u"This server has no roles."_s, {}, {}};
    auto rights = teller->rights(role);
    if (!rights) return rights.failure();
    if (rights->systems.empty())
        return Failure{FailureKind::no_system,
                       u"%1 has no queue system that Spillway knows, so that nothing is needed there."_s.arg(
                           server->address),
                       {},
                       u"Check the database; on Redis, ask as a user who sees all keys."_s};
    return FoundRights{*server, std::move(rights).value()};
}

int runRights(CommandContext& context, const RightsOptions& options) {
    const auto settings = connectionSettings(options.connection, context.connectionsFile);
    if (!settings) return reportFailure(context, settings.failure());
    const auto backend = context.createBackend(*settings);
    context.stop.onRequest([&backend] { backend->interrupt(); });
    const auto found = findRights(*backend, QString::fromStdString(options.role));
    context.stop.onRequest({});
    if (!found) return reportFailure(context, found.failure());
    if (options.json)
        context.out << QString::fromUtf8(jsonLine(rightsJson(*found)));
    else
        context.out << RightsText(*found, context.style).text();
    return 0;
}

}  // namespace

void addRightsCommand(CLI::App& root, Command& chosen) {
    auto* command =
        root.add_subcommand("rights", "Print the least rights that observing and acting need on a server");
    const auto options = std::make_shared<RightsOptions>();
    addConnectionOptions(*command, options->connection);
    command->add_option("--role", options->role, "The role or user they are for; it need not exist")
        ->type_name("NAME")
        ->capture_default_str();
    command->add_flag("--json", options->json, "One JSON document on stdout");
    command->footer("Example:\n  spillwayctl rights postgresql://admin@db.internal/app --role watcher");
    command->callback([&chosen, options] {
        chosen = [options](CommandContext& context) { return runRights(context, *options); };
    });
}

}  // namespace spillway
