#include "app/cli/command_line.h"

#include <spdlog/sinks/sink.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <CLI/CLI.hpp>
#include <QFile>
#include <cstdio>

#include "app/cli/safe_output.h"
#include "app/cli/stop_signal.h"
#include "app/connections/connection_store.h"
#include "backends/diagnostics/log_file.h"
#include "backends/domain/secrets.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kNarrowestTerminal = 40;

void setLogLevel(int verbosity) {
    static constexpr spdlog::level::level_enum levels[] = {spdlog::level::warn, spdlog::level::info,
                                                           spdlog::level::debug};
    const auto wanted = levels[std::clamp(verbosity, 0, 2)];
    const auto& sinks = spdlog::default_logger()->sinks();
    sinks.front()->set_level(wanted);
    spdlog::set_level(sinks.size() > 1 ? std::min(wanted, spdlog::level::info) : wanted);
}

// What goes to stderr depends on -v; the file has everything from "info" on.
void startLog() {
    const auto terminal = safeLogSink();
    terminal->set_pattern("%H:%M:%S.%e %l %v");
    std::vector<spdlog::sink_ptr> sinks{terminal};
    if (const auto file = logFileSink(logFilePath(u"spillwayctl"_s))) sinks.push_back(file);
    const auto logger = std::make_shared<spdlog::logger>("spillway", sinks.begin(), sinks.end());
    logger->set_error_handler([](const std::string&) {});  // a full disk must not end a command
    spdlog::set_default_logger(logger);
    routeMessagesToLog();
}

QString firstWord(const QStringList& arguments) {
    for (const auto& word : arguments)
        if (!word.startsWith(u'-')) return word;
    return {};
}

QString commandNames(const CLI::App& app) {
    QStringList names;
    for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; }))
        names << QString::fromStdString(command->get_name());
    const QString last = names.takeLast();
    return names.join(u", "_s) + u" and "_s + last;
}

QString whatIsWrong(const CLI::App& app, const CLI::ParseError& error, const QStringList& arguments) {
    const QString word = firstWord(arguments);
    if (!word.isEmpty() && app.get_subcommands().empty())
        return u"\"%1\" is no command; there are %2"_s.arg(withoutSecrets(word.left(80)), commandNames(app));
    return withoutSecrets(QString::fromStdString(error.what()).simplified());
}

// A monitoring system reads 2 as "critical": whatever keeps `check` from looking is 3, "unknown".
int usageError(CommandContext& context, const CLI::App& app, const CLI::ParseError& error,
               const QStringList& arguments) {
    const auto commands = app.get_subcommands();
    const QString path =
        commands.empty() ? QString() : u' ' + QString::fromStdString(commands.front()->get_name());
    const QString what = whatIsWrong(app, error, arguments);
    const bool check = firstWord(arguments) == u"check"_s;
    context.err << "spillwayctl: " << what << (what.endsWith(u'.') ? "" : ".") << " See \"spillwayctl" << path
                << " --help\"." << Qt::endl;
    if (check) context.out << "SPILLWAY UNKNOWN - " << what << Qt::endl;
    return check ? 3 : 2;
}

// Examples stay whole: they are there to be copied.
QString helpText(const QString& help, int width) {
    QStringList lines = help.split(u'\n');
    for (QString& line : lines)
        if (!line.startsWith(u"  spillwayctl"_s)) line = fitted(line, width);
    return lines.join(u'\n');
}

int answerAndExit(CommandContext& context, const CLI::App& app, const CLI::Success& success) {
    std::ostringstream out;
    std::ostringstream err;
    const int code = app.exit(success, out, err);  // prints help or the version
    context.out << helpText(QString::fromStdString(out.str()), context.style.width)
                << QString::fromStdString(err.str());
    context.out.flush();
    return code;
}

// 0 where stdout is no terminal, or one that does not know: everything is printed.
int terminalWidth() {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 0;
    return std::max<int>(kNarrowestTerminal, size.ws_col);
}

}  // namespace

int runCommandLine(const QStringList& arguments, CommandContext& context) {
    CLI::App app(
        "Shows the health of background-job queues in PostgreSQL and Redis: what grows, what will\n"
        "never drain, what rots.",
        "spillwayctl");
    int verbosity = 0;
    Command chosen;
    app.add_flag("-v,--verbose", verbosity, "Log to stderr; twice for more");
    app.set_version_flag("--version", "spillwayctl " SPILLWAY_VERSION);
    bool wide = false;
    app.add_flag("--wide", wide, "Everything, however narrow the terminal is");
    app.set_help_all_flag("--help-all", "Help of every command");
    app.require_subcommand(1);
    app.fallthrough();
    app.footer(
        "Example:\n  spillwayctl status postgresql://me@db.internal/orders --window 30s\n\n"
        "Exit codes: 0 done, 1 other failure, 2 usage, 3 cannot connect or log in, 4 refused,\n"
        "5 done in part, 6 no supported queue system. `check` has its own: 0 ok, 1 warning,\n"
        "2 critical, 3 unknown.");
    addDetectCommand(app, chosen);
    addSystemsCommand(app, chosen);
    addStatusCommand(app, chosen);
    addCheckCommand(app, chosen);
    addDeadCommand(app, chosen);
    addLeasesCommand(app, chosen);
    addWorkersCommand(app, chosen);
    addRetriesCommand(app, chosen);
    addRecordCommand(app, chosen);
    addHistoryCommand(app, chosen);
    addMarkCommand(app, chosen);
    addAcknowledgeCommand(app, chosen);
    addReportCommand(app, chosen);
    addClaimLogCommand(app, chosen);
    addDrillCommand(app, chosen);
    addParityCommand(app, chosen);
    addChecklistCommand(app, chosen);
    addReplayCommand(app, chosen);
    addReleaseCommand(app, chosen);
    addAuditCommand(app, chosen);
    addRightsCommand(app, chosen);
    addConnectionsCommand(app, chosen);
    addDiagnosticsCommand(app, chosen);
    addDemoCommand(app, chosen);
    addCompletionCommand(app, chosen);
    std::vector<std::string> words;
    for (auto it = arguments.crbegin(); it != arguments.crend(); ++it) words.push_back(it->toStdString());
    try {
        app.parse(words);
    } catch (const CLI::Success& success) {
        return answerAndExit(context, app, success);
    } catch (const CLI::ParseError& error) {
        return usageError(context, app, error, arguments);
    }
    setLogLevel(verbosity);
    if (wide) {
        context.style.width = 0;
        context.widthNow = {};
    }
    const int code = chosen(context);
    spdlog::info("{} ended with {}", app.get_subcommands().front()->get_name(), code);
    return code;
}

int runCommandLine(int argc, char** argv) {
    startLog();
    QFile outFile;
    QFile errFile;
    (void)outFile.open(stdout, QIODevice::WriteOnly);
    (void)errFile.open(stderr, QIODevice::WriteOnly | QIODevice::Unbuffered);
    SafeOutput safeOut(outFile);
    SafeOutput safeErr(errFile);
    QTextStream out(&safeOut);
    QTextStream err(&safeErr);
    TerminalStopSignal stop;
    CommandContext context{out, err, stop, ConnectionStore::defaultFile(), createBackend};
    context.createActingBackend = createActingBackend;
    context.style.colours = ::isatty(STDOUT_FILENO) && qEnvironmentVariableIsEmpty("NO_COLOR");
    context.showProgress = ::isatty(STDERR_FILENO);
    context.style.width = terminalWidth();
    context.widthNow = terminalWidth;
    QStringList arguments;
    for (int i = 1; i < argc; ++i) arguments << QString::fromLocal8Bit(argv[i]);
    hideSecretsInArguments(argc, argv);
    const int code = runCommandLine(arguments, context);
    out.flush();
    return code;
}

}  // namespace spillway
