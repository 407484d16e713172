#include <QApplication>
#include <QSettings>
#include <QTextStream>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "app/connections/preference_store.h"
#include "app/console/console_options.h"
#include "app/console/main_window.h"
#include "app/console/single_window.h"
#include "app/console/stall_watch.h"
#include "app/console/startup_trace.h"
#include "backends/diagnostics/log_file.h"
#include "backends/domain/secrets.h"

using namespace spillway;
using namespace Qt::StringLiterals;

namespace {

int fail(const Failure& failure) {
    QTextStream(stderr) << "spillway: " << failure.sentence() << '\n';
    return exitCodeFor(failure.kind);
}

// The file has everything from "info" on, stderr only what is wrong.
void startLog() {
    const auto terminal = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    terminal->set_level(spdlog::level::warn);
    std::vector<spdlog::sink_ptr> sinks{terminal};
    if (const auto file = logFileSink(logFilePath(u"spillway"_s))) sinks.push_back(file);
    const auto logger = std::make_shared<spdlog::logger>("spillway", sinks.begin(), sinks.end());
    logger->set_error_handler([](const std::string&) {});  // a full disk must not end the window
    logger->flush_on(spdlog::level::info);
    spdlog::set_default_logger(logger);
    routeMessagesToLog();
    spdlog::info("spillway {} started", SPILLWAY_VERSION);
}

Outcome<ConnectionSettings> settingsFromArgument(const QString& argument, const ConnectionStore& store,
                                                 const ConsoleOptions& options) {
    const auto saved = argument.startsWith(u'@') ? store.find(argument.mid(1)) : Failure{};
    if (argument.startsWith(u'@') && !saved) return saved.failure();
    auto settings = saved ? settingsOf(*saved) : connectionFromUrl(argument);
    if (!settings) return settings;
    ConnectionSettings chosen = *settings;
    if (options.environment) chosen.environment = *options.environment;
    chosen.mappingFiles += options.mappings;
    return chosen;
}

}  // namespace

int main(int argc, char** argv) {
    QApplication application(argc, argv);
    QApplication::setApplicationName(u"spillway"_s);
    QApplication::setApplicationVersion(QStringLiteral(SPILLWAY_VERSION));
    QApplication::setDesktopFileName(u"spillway"_s);
    const auto options = consoleOptions(QApplication::arguments());
    if (!options) return fail(options.failure());
    hideSecretsInArguments(argc, argv);
    if (options->onlyLinks() && SingleWindow::handOver(SingleWindow::usualName(), options->links.last()))
        return 0;
    startLog();

    followKeptZone();
#ifndef NDEBUG
    const StallWatch stalls(std::chrono::milliseconds{100},
                            [](const QString& text) { spdlog::warn(text.toStdString()); });
#endif
    const int kept = QSettings(u"spillway"_s, u"window"_s).value(u"theme"_s).toInt();
    Theme theme(application, options->theme.value_or(static_cast<ThemeMode>(kept)));
    MainWindow window(ConnectionStore(ConnectionStore::defaultFile()), FoundPlaces{}, &theme);
    window.keepHistory({.path = options->history});
    for (const QString& argument : options->connections) {
        const auto settings =
            settingsFromArgument(argument, ConnectionStore(ConnectionStore::defaultFile()), *options);
        if (!settings) return fail(settings.failure());
        window.open(*settings);
    }
    if (options->demo) window.startDemo();
    if (options->connections.isEmpty() && !options->demo) window.reopenLast();
    const SingleWindow single(SingleWindow::usualName());
    QObject::connect(&single, &SingleWindow::linkArrived, &window, &MainWindow::followLink);
    traceStartup(window);
    window.show();
    for (const QString& link : options->links) window.followLink(link);
    return QApplication::exec();
}
