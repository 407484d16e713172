#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>
#include <QCoreApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QTimer>
#include <csignal>

#include "app/cli/command_line.h"
#include "app/cli/connection_options.h"
#include "app/cli/history/mark.h"
#include "app/cli/history/recording.h"
#include "app/cli/printers/json_printer.h"
#include "app/cli/printers/text_table.h"
#include "app/cli/stop_signal.h"
#include "app/demo/demo.h"
#include "app/demo/demo_state.h"
#include "app/demo/left_overs.h"
#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
using std::chrono::milliseconds;
namespace {

constexpr int kUpDeadline_ms = 90'000;
constexpr int kDownDeadline_ms = 15'000;
// At 200 jobs/s of growth this is about a gigabyte: a forgotten demo shall not fill the disk.
constexpr std::chrono::hours kLongestLife{4};

struct DemoOptions {
    bool json = false;
    bool stillBroken = false;
    // Enough claims before it that a comparison can tell the two apart.
    milliseconds deploy_after{60'000};
};

QString demoText(const DemoEndpoints& demo, milliseconds deployAfter, const TextStyle& style) {
    TextTable table({u"server"_s, u"system"_s, u"queue"_s, u"shows"_s});
    for (const auto& q : demo.queues) table.add({{q.server}, {q.system}, {q.queue}, {q.shows}});
    return u"@demo-pg       %1\n@demo-redis    %2\n@demo-staging  %6\n\n%3\n"
           "emails and mailers can be replayed and really run, invoices can be released; with --still-broken "
           "what "
           "is replayed dies again.\n"
           "%7 after the start comes \"deploy 4f2c\": 4 payments are lost at its SIGTERM, and \"%5\" stops "
           "to hold.\n\n"
           "@demo-staging runs the same Sidekiq queues with one worker: compare it, and drill there, before "
           "a "
           "deploy.\n\n"
           "Look at it with\n"
           "  spillwayctl status @demo-pg --window 30s\n"
           "  spillwayctl status @demo-redis --window 30s\n"
           "  spillwayctl parity @demo-staging @demo-redis --system sidekiq\n"
           "  spillwayctl drill claim @demo-staging --style check-then-act\n"
           "  spillway --demo --history %4\n"_s.arg(
               demo.postgresUrl, demo.redisUrl, table.text(style), demo.historyFile,
               demo.invariants.front().name, demo.stagingUrl,
               durationText(std::chrono::duration<double>(deployAfter).count()));
}

// `started`: by this very command; whoever started it may stop it.
void print(CommandContext& context, const DemoOptions& options, const DemoEndpoints& demo,
           bool started = true) {
    QJsonObject document = demoJson(demo);
    document[u"started"_s] = started;
    if (options.json)
        context.out << QString::fromUtf8(jsonLine(document));
    else
        context.out << demoText(demo, options.deploy_after, context.style);
    context.out.flush();
}

int reportRunning(CommandContext& context, const DemoOptions& options, const DemoEndpoints& demo) {
    context.err << "spillwayctl: A demo is already running (process " << demo.pid << ")." << Qt::endl;
    print(context, options, demo, false);
    return 0;
}

int busy(CommandContext& context) {
    return reportFailure(context, {FailureKind::internal,
                                   u"Another demo is just starting or stopping."_s,
                                   {},
                                   u"Try again in a few seconds."_s});
}

// The moment after which payments are claimed in two steps, with its mark in the history.
void deploy(Demo& demo) {
    demo.deploy();
    const auto marked = writeMark(demo.endpoints().historyFile, {.at = SystemClock().wallNow(),
                                                                 .kind = HistoryMarkKind::deploy,
                                                                 .connection = kDemoPostgres,
                                                                 .queue = u"payments"_s,
                                                                 .text = u"deploy 4f2c"_s});
    if (!marked) spdlog::warn("demo: {}", marked.failure().sentence().toStdString());
}

// Records its own queues until Ctrl+C, or until one of the servers is gone.
int live(CommandContext& context, Demo& demo, milliseconds deployAfter) {
    QTimer watch;
    QObject::connect(&watch, &QTimer::timeout, [&] {
        if (demo.broken()) context.stop.request();
    });
    watch.start(milliseconds{500});
    QTimer::singleShot(deployAfter, &watch, [&demo] { deploy(demo); });
    RecordSettings settings;
    settings.history.path = demo.endpoints().historyFile;
    settings.history.flush_every = std::chrono::seconds{2};
    settings.runFor = kLongestLife;
    settings.wait = true;  // a window that records there already shall not end the demo
    settings.history.retry_every = std::chrono::seconds{5};
    const auto recorded = Recording(context, demoConnections(demo.endpoints()), settings).run();
    if (!recorded) return reportFailure(context, recorded.failure());
    if (demo.broken())
        return reportFailure(context, {FailureKind::internal,
                                       u"A server of the demo went away; the demo ends."_s,
                                       {},
                                       u"Start it again."_s});
    if (!context.stop.requested())
        context.err << "spillwayctl: The demo ends after 4 hours. Start it again if you need it." << Qt::endl;
    return 0;
}

// `demo`: everything in this process.
int runForeground(CommandContext& context, const DemoOptions& options) {
    if (const auto demo = DemoState::running()) return reportRunning(context, options, *demo);
    DemoState state;
    if (!state.ok()) return busy(context);
    removeLeftOvers();
    if (!options.json) context.err << "Starting a private PostgreSQL and Redis …" << Qt::endl;
    auto demo = Demo::start(options.stillBroken, [&context] { return context.stop.requested(); });
    if (!demo)
        return demo.failure().kind == FailureKind::cancelled ? 0 : reportFailure(context, demo.failure());
    if (!state.publish(demo.value()->endpoints()))
        return reportFailure(context, {FailureKind::internal,
                                       u"%1 cannot be written."_s.arg(DemoState::directory()),
                                       {},
                                       u"Check its permissions and free space."_s});
    print(context, options, demo.value()->endpoints());
    if (!options.json) context.err << "Ctrl+C stops it and removes everything." << Qt::endl;
    return live(context, *demo.value(), options.deploy_after);
}

QString logTail() {
    QFile log(DemoState::logFile());
    if (!log.open(QIODevice::ReadOnly)) return {};
    log.seek(std::max<qint64>(0, log.size() - 600));
    return QString::fromUtf8(log.readAll()).trimmed();
}

std::optional<qint64> startDetached(const DemoOptions& options) {
    QFile::remove(DemoState::logFile());
    QProcess process;
    process.setProgram(QCoreApplication::applicationFilePath());
    QStringList arguments{u"demo"_s, u"--json"_s};
    if (options.stillBroken) arguments << u"--still-broken"_s;
    arguments << u"--deploy-after"_s << u"%1ms"_s.arg(options.deploy_after.count());
    process.setArguments(arguments);
    process.setWorkingDirectory(u"/"_s);
    process.setStandardInputFile(QProcess::nullDevice());
    process.setStandardOutputFile(QProcess::nullDevice());
    process.setStandardErrorFile(DemoState::logFile());
    qint64 pid = 0;
    return process.startDetached(&pid) ? std::optional(pid) : std::nullopt;
}

// `demo up`: the same program, detached; done when it is ready.
int runUp(CommandContext& context, const DemoOptions& options) {
    if (const auto demo = DemoState::running()) return reportRunning(context, options, *demo);
    const auto pid = startDetached(options);
    QElapsedTimer waited;
    for (waited.start();
         pid && waited.elapsed() < kUpDeadline_ms && !context.stop.waitFor(milliseconds{50});) {
        if (const auto demo = DemoState::running()) {
            print(context, options, *demo);
            return 0;
        }
        if (!ProcessIdentity::of(*pid) && !DemoState::holder()) break;
    }
    if (context.stop.requested() && pid) {
        ::kill(static_cast<pid_t>(*pid), SIGTERM);  // it removes what it has made so far
        context.err << "spillwayctl: Stopped before the demo was ready." << Qt::endl;
        return 1;
    }
    return reportFailure(context, {FailureKind::internal, u"The demo did not start."_s, logTail(),
                                   u"Run \"spillwayctl demo\" to see it start in this terminal."_s});
}

bool gone(CommandContext& context, const ProcessIdentity& process, int deadline_ms) {
    QElapsedTimer waited;
    for (waited.start(); process.alive() && waited.elapsed() < deadline_ms;)
        if (context.stop.waitFor(milliseconds{50})) break;
    return !process.alive();
}

// `demo down`. A demo that does not listen is killed; what it leaves is removed here.
int runDown(CommandContext& context, const DemoOptions& options) {
    const auto process = DemoState::holder();
    if (process) {
        ::kill(static_cast<pid_t>(process->pid), SIGTERM);
        if (!gone(context, *process, kDownDeadline_ms)) ::kill(static_cast<pid_t>(process->pid), SIGKILL);
        if (!gone(context, *process, 5'000))
            return reportFailure(
                context, {FailureKind::internal, u"Process %1 does not end."_s.arg(process->pid), {}, {}});
    }
    removeLeftOvers();
    if (options.json)
        context.out << QString::fromUtf8(jsonLine({{u"schema"_s, 1}, {u"stopped"_s, process.has_value()}}));
    else
        context.out << (process ? "The demo is stopped.\n" : "No demo is running.\n");
    return 0;
}

}  // namespace

void addDemoCommand(CLI::App& root, Command& chosen) {
    auto* demo = root.add_subcommand(
        "demo", "A private PostgreSQL and Redis with live workloads that show the known incidents");
    const auto options = std::make_shared<DemoOptions>();
    demo->add_flag("--json", options->json, "One JSON document on stdout, as soon as the demo is ready");
    demo->add_flag("--still-broken", options->stillBroken,
                   "What is replayed of emails and mailers dies again: the canary halts")
        ->envname("SPILLWAY_DEMO_STILL_BROKEN");
    addDurationOption(*demo, "--deploy-after", options->deploy_after, std::chrono::seconds{1},
                      "When \"deploy 4f2c\" comes: a minute where it is not given")
        ->envname("SPILLWAY_DEMO_DEPLOY_AFTER");
    demo->require_subcommand(0, 1);
    auto* up = demo->add_subcommand("up", "Start it in the background");
    up->fallthrough();  // demo up --still-broken
    auto* down = demo->add_subcommand("down", "Stop it and remove everything it made");
    demo->footer(
        "Without a subcommand it runs in this terminal until Ctrl+C.\n\n"
        "While it runs, @demo-pg, @demo-redis and @demo-staging are its connections in every command.\n\n"
        "Example:\n  spillwayctl demo up && spillwayctl status @demo-pg --window 30s");
    up->footer("Example:\n  spillwayctl demo up --json | jq -r .postgres_url");
    down->footer("Example:\n  spillwayctl demo down");
    demo->callback([&chosen, options, up, down] {
        if (up->parsed())
            chosen = [options](CommandContext& context) { return runUp(context, *options); };
        else if (down->parsed())
            chosen = [options](CommandContext& context) { return runDown(context, *options); };
        else
            chosen = [options](CommandContext& context) { return runForeground(context, *options); };
    });
}

}  // namespace spillway
