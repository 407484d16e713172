// `drill claim`: many workers against a scratch copy of a jobs table or list.
#include "app/cli/drill_command.h"

#include <CLI/CLI.hpp>
#include <QFile>

#include "app/cli/connection_options.h"
#include "app/cli/evidence_options.h"
#include "app/cli/printers/drill_printer.h"
#include "app/cli/stop_signal.h"
#include "backends/drill/claim_drill_run.h"

namespace spillway {
using namespace Qt::StringLiterals;
using std::chrono::milliseconds;
namespace {

struct DrillOptions {
    ConnectionOptions connection;
    EvidenceOptions evidence;
    std::string style;
    std::string sqlFile;
    std::string luaFile;
    std::string isolation;
    qint64 jobs = 0;
    double until_ppm = 0;
    int pause_ms = 0;
    milliseconds time{0};
    ClaimDrillSettings drill;
};

Outcome<Done> readScript(const std::string& path, ServerKind wanted, ServerKind have,
                         ClaimDrillSettings& drill) {
    QFile file(QString::fromStdString(path));
    if (wanted != have)
        return Failure{FailureKind::usage,
                       wanted == ServerKind::postgres ? u"--claim-sql needs a PostgreSQL connection."_s
                                                      : u"--claim-lua needs a Redis connection."_s,
                       {},
                       {}};
    if (!file.open(QIODevice::ReadOnly))
        return Failure{
            FailureKind::usage, u"%1 cannot be read: %2."_s.arg(file.fileName(), file.errorString()), {}, {}};
    drill.style = ClaimStyle::own;
    drill.script = QString::fromUtf8(file.read(1 << 20));
    drill.scriptFile = file.fileName();
    return Done{};
}

Outcome<ClaimDrillSettings> drillSettings(const DrillOptions& options, ServerKind server) {
    ClaimDrillSettings drill = options.drill;
    drill.style = options.style == "check-then-act" ? ClaimStyle::check_then_act : ClaimStyle::atomic;
    if (options.jobs != 0) drill.jobs = options.jobs;
    if (options.time.count() != 0) drill.time = options.time;
    if (options.until_ppm != 0) drill.until_ppm = options.until_ppm;
    drill.pause = milliseconds{options.pause_ms};
    if (!options.isolation.empty()) {
        if (server != ServerKind::postgres)
            return Failure{FailureKind::usage, u"--isolation needs a PostgreSQL connection."_s, {}, {}};
        drill.isolation =
            claimIsolationFromName(QString::fromStdString(options.isolation)).value_or(drill.isolation);
    }
    if (!options.sqlFile.empty())
        if (const auto read = readScript(options.sqlFile, ServerKind::postgres, server, drill); !read)
            return read.failure();
    if (!options.luaFile.empty())
        if (const auto read = readScript(options.luaFile, ServerKind::redis, server, drill); !read)
            return read.failure();
    if (const auto limits = limitsOf(drill); !limits) return limits.failure();
    return drill;
}

ClaimDrillRun::Progress progressOf(CommandContext& context) {
    if (!context.showProgress) return {};
    return [&context](const ClaimDrillProgress& so) {
        showProgress(context, u"%1 %, %2"_s.arg(percentDone(so)).arg(claimDrillProgressText(so)));
    };
}

int codeOf(CommandContext& context, const ClaimDrillResult& result) {
    if (!result.left_behind.isEmpty()) context.err << "spillwayctl: " << result.left_behind << Qt::endl;
    if (result.failure) return reportFailure(context, *result.failure), kDoneInPart;
    if (result.end == DrillEnd::stopped) {
        context.err << "spillwayctl: Stopped; what was measured until then counts." << Qt::endl;
        return kDoneInPart;
    }
    if (result.settings.until_ppm && result.end != DrillEnd::bound) {
        context.err << "spillwayctl: The drill ended before the bound was reached." << Qt::endl;
        return kDoneInPart;
    }
    return 0;
}

int runClaimDrill(CommandContext& context, const DrillOptions& options) {
    const auto settings = connectionSettings(options.connection, context.connectionsFile);
    if (!settings) return reportFailure(context, settings.failure());
    if (const auto refused = refusedInProduction(*settings))
        return reportFailure(context, *refused), kRefused;
    const auto drill = drillSettings(options, settings->kind);
    if (!drill) return reportFailure(context, drill.failure());
    if (const auto output = checkedOutput(options.evidence); !output)
        return reportFailure(context, output.failure());
    const auto arena = makeClaimArena(*settings, *drill);
    ClaimDrillRun run(*arena, *drill);
    context.stop.onRequest([&run] { run.stop(); });
    const auto result = run.run(progressOf(context));
    context.stop.onRequest({});
    clearProgress(context);
    if (!result) return reportFailure(context, result.failure());
    const QJsonObject document = claimDrillJson(*result, settings->environment);
    if (!options.evidence.json) context.out << claimDrillText(*result, context.style);
    if (const auto handed = hand(context, options.evidence, document, u"drill_claim"_s, settings->name);
        !handed)
        return reportFailure(context, handed.failure());
    return codeOf(context, *result);
}

void addDrillOptions(CLI::App& command, DrillOptions& options) {
    addConnectionOptions(command, options.connection);
    auto* style = command.add_option("--style", options.style, "A reference claim; atomic if none is named")
                      ->check(CLI::IsMember({"check-then-act", "atomic"}));
    auto* sql = command
                    .add_option("--claim-sql", options.sqlFile,
                                "Your own claim (PostgreSQL): one statement that returns the id, $1 is the\n"
                                "worker; or two parted by a line \"-- then\", $2 in the second is the job")
                    ->type_name("FILE");
    auto* lua = command
                    .add_option("--claim-lua", options.luaFile,
                                "Your own claim (Redis): KEYS[1] free jobs, KEYS[2] leases, KEYS[3] owners,\n"
                                "ARGV[1] worker, ARGV[2] lease in ms; returns the job or nil")
                    ->type_name("FILE");
    style->excludes(sql)->excludes(lua);
    sql->excludes(lua);
    command.add_option("--workers", options.drill.workers, "Workers, each with a connection of its own");
    command.add_option("--jobs", options.jobs, "Jobs to claim; 20 000, or what --until-ppm and --time need")
        ->check(CLI::PositiveNumber);
    addDurationOption(command, "--time", options.time, milliseconds{100}, "The longest time");
    command
        .add_option("--until-ppm", options.until_ppm,
                    "End when duplicates are bounded to N per million (95 %)")
        ->type_name("N")
        ->check(CLI::PositiveNumber);
    command.add_option("--pause-ms", options.pause_ms, "Think time between check and act")->type_name("MS");
    command
        .add_option("--kill-workers", options.drill.kill_workers,
                    "Workers that die holding a job: is it taken over, and how late?")
        ->type_name("N");
    addDurationOption(command, "--lease", options.drill.lease, milliseconds{50},
                      "Lease of a claim, with --kill-workers");
    command.add_option("--isolation", options.isolation, "Check and act in one transaction of this level")
        ->check(CLI::IsMember({"read-committed", "repeatable-read", "serializable"}));
    addEvidenceOptions(command, options.evidence);
}

}  // namespace

void addDrillCommand(CLI::App& root, Command& chosen) {
    auto* drill =
        root.add_subcommand("drill", "Concurrency drills on staging: claims, and rules of your data");
    drill->require_subcommand(1);
    drill->footer("Example:\n  spillwayctl drill claim @staging --style check-then-act");
    auto* claim = drill->add_subcommand(
        "claim", "Many workers claim the jobs of a scratch copy: how often do two get the same one?");
    const auto options = std::make_shared<DrillOptions>();
    addDrillOptions(*claim, *options);
    claim->footer(
        "Works in a schema or key prefix of its own, which it removes. Refused in production.\n\n"
        "Examples:\n  spillwayctl drill claim @staging --style check-then-act\n"
        "  spillwayctl drill claim @staging --claim-sql claim.sql --until-ppm 10 --output claim.json");
    claim->callback([&chosen, options] {
        chosen = [options](CommandContext& context) { return runClaimDrill(context, *options); };
    });
    addInvariantDrill(*drill, chosen);
}

}  // namespace spillway
