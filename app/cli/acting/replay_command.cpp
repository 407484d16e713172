// `replay` and `release`: a dry run that keeps a plan, and carrying a plan out.
#include <CLI/CLI.hpp>

#include "app/cli/acting/action_printer.h"
#include "app/cli/acting/plan_load.h"
#include "app/cli/connection_options.h"
#include "app/cli/printers/json_printer.h"
#include "app/cli/stop_signal.h"
#include "backends/acting/action_runner.h"
#include "backends/acting/plan_action.h"
#include "backends/health/error_signature.h"

namespace spillway {
using namespace Qt::StringLiterals;
using std::chrono::milliseconds;
namespace {

constexpr double kUsualRate = 10;

struct ActOptions {
    ActionKind action = ActionKind::replay;
    ConnectionOptions connection;
    std::string queue, kind, error;
    std::vector<std::string> jobs;
    milliseconds olderThan{0}, newerThan{0};
    qint64 limit = kMostPlannedJobs;
    double rate = 0;  // 0: not given
    int canary = 10;
    double haltAbove = 5;  // per cent
    milliseconds window{0};
    bool stuck = false;
    bool lost = false, retrying = false;
    bool acceptForeignCode = false;
    std::string undo, apply, resume, abandon, reason;
    std::vector<std::string> overrides;
    bool json = false;
};

Failure usage(const QString& what, const QString& next) {
    return {FailureKind::usage, what, {}, next};
}

ActionRequest requestOf(const ActOptions& options, const QString& system) {
    ActionRequest request;
    const bool undoes = !options.undo.empty();
    request.action = undoes ? ActionKind::undo : options.action;
    request.lost = options.lost;
    request.retrying = options.retrying;
    request.undoes = QString::fromStdString(options.undo);
    request.filter.system = system;
    request.filter.queues = {QString::fromStdString(options.queue)};
    request.filter.kind = QString::fromStdString(options.kind);
    if (!options.error.empty())
        request.filter.error_signature = errorSignature(QString::fromStdString(options.error));
    for (const auto& job : options.jobs) request.filter.ids << QString::fromStdString(job);
    const auto seconds = [](milliseconds time) { return std::chrono::duration<double>(time).count(); };
    if (options.olderThan.count() > 0) request.filter.older_than_s = seconds(options.olderThan);
    if (options.newerThan.count() > 0) request.filter.newer_than_s = seconds(options.newerThan);
    request.most = options.limit;
    // An undo races with the workers.
    request.rate = options.rate > 0 ? options.rate : undoes ? kHighestReplayRate : kUsualRate;
    request.canary = options.action == ActionKind::replay ? options.canary : 0;
    request.halt_above = options.haltAbove / 100;
    request.accept_foreign_code = options.acceptForeignCode;
    return request;
}

Outcome<std::vector<Guard>> overridesOf(const ActOptions& options) {
    std::vector<Guard> guards;
    for (const auto& word : options.overrides) {
        const QString name = QString::fromStdString(word);
        bool known = false;
        for (int i = 0; i <= static_cast<int>(Guard::one_action) && !known; ++i)
            if (guardName(static_cast<Guard>(i)) == name) {
                guards.push_back(static_cast<Guard>(i));
                known = true;
            }
        if (!known) return usage(u"\"%1\" is no guard."_s.arg(name.left(60)), u"See --help."_s);
    }
    return guards;
}

// The plan of the one system that has this queue.
Outcome<PlannedAction> planOf(ActingBackend& backend, ActionJournal& journal,
                              const std::vector<DetectedSystem>& systems, const ActOptions& options) {
    std::optional<Failure> first;
    std::optional<PlannedAction> found;
    for (const auto& system : systems) {
        auto planned = planAction(backend, journal, requestOf(options, system.identity.key()));
        if (!planned && !first) first = planned.failure();
        if (planned && found)
            return usage(u"Several queue systems have a queue of this name."_s,
                         u"Choose one with --system and --schema."_s);
        if (planned) found = std::move(planned).value();
    }
    if (found) return *std::move(found);
    if (first) return *first;
    return Failure{FailureKind::no_system, u"No supported queue system was found."_s, {}, {}};
}

// With what the scan has not come to yet, where the queue is in none of those that it found.
Outcome<PlannedAction> planWhereverItIs(ActingBackend& backend, ActionJournal& journal,
                                        const std::vector<DetectedSystem>& systems,
                                        const ActOptions& options) {
    auto planned = planOf(backend, journal, systems, options);
    if (planned) return planned;
    auto more = backend.lookFor(QString::fromStdString(options.queue));
    if (!more) return more.failure();
    std::erase_if(more.value(), [&systems](const DetectedSystem& one) {
        return std::any_of(systems.begin(), systems.end(), [&one](const DetectedSystem& each) {
            return each.identity.key() == one.identity.key();
        });
    });
    return more->empty() ? planned : planOf(backend, journal, *more, options);
}

int dryRun(CommandContext& context, const ActOptions& options, const ConnectionSettings& settings,
           ActingBackend& backend, ActionJournal& journal, const std::vector<DetectedSystem>& systems) {
    auto planned = options.undo.empty() ? planWhereverItIs(backend, journal, systems, options)
                                        : planAction(backend, journal, requestOf(options, {}));
    if (!planned) return reportFailure(context, planned.failure());
    const bool usable = planned->refusals.isEmpty() && !planned->plan.jobs.empty();
    if (usable)
        if (const auto kept = journal.keepPlan(planned->plan); !kept)
            return reportFailure(context, kept.failure());
    std::optional<PlanLoad> load;
    if (usable && options.undo.empty() && options.window.count() > 0)
        load = lookAtLoad(context, settings, planned->plan, options.window);
    if (load) planned.value().warnings += load->warnings;
    const auto forecast = load ? std::optional(load->forecast) : std::nullopt;
    if (options.json)
        context.out << QString::fromUtf8(jsonLine(planJson(*planned, forecast)));
    else
        context.out << planText(*planned, forecast);
    context.out.flush();
    for (const auto& refusal : planned->refusals) context.err << "spillwayctl: " << refusal << Qt::endl;
    return planned->refusals.isEmpty() ? 0 : kRefused;
}

int answerOf(CommandContext& context, const ActOptions& options, const Outcome<ActionReport>& report) {
    if (!report) return reportFailure(context, report.failure());
    for (const auto& guard : report->guards)
        if (report->refused() || guard.permission == Permission::warning)
            context.err << "spillwayctl: " << guardName(guard.guard) << ": " << guard.sentence
                        << (guard.overridable && guard.permission == Permission::refused
                                ? u" It can be overridden: --override "_s + guardName(guard.guard)
                                : QString())
                        << Qt::endl;
    if (report->refused()) return kRefused;
    if (options.json)
        context.out << QString::fromUtf8(jsonLine(reportJson(*report)));
    else
        context.out << reportText(*report);
    context.out.flush();
    if (!report->haltReason.isEmpty()) context.err << "spillwayctl: " << report->haltReason << Qt::endl;
    const bool whole = report->state == ActionState::done && report->counts.moved == report->counts.planned;
    return whole || report->state == ActionState::abandoned ? 0 : kDoneInPart;
}

RunOptions runOptions(CommandContext& context, const ActOptions& options, std::vector<Guard> overridden) {
    RunOptions run;
    run.reason = QString::fromStdString(options.reason);
    run.actor = thisActor(QStringLiteral(SPILLWAY_VERSION));
    run.overridden = std::move(overridden);
    run.progress = [&context](const ActionSnapshot& snapshot) {
        showProgress(context, progressText(snapshot));
    };
    return run;
}

int carryOut(CommandContext& context, const ActOptions& options, ActingBackend& backend,
             ActionJournal& journal) {
    auto overridden = overridesOf(options);
    if (!overridden) return reportFailure(context, overridden.failure());
    const SystemClock clock;
    ActionControl control;
    ActionRunner runner(backend, journal, clock, control);
    context.stop.onRequest([&control] { control.cancel(); });
    const auto run = runOptions(context, options, std::move(overridden).value());
    const auto report = !options.apply.empty() ? runner.apply(QString::fromStdString(options.apply), run)
                        : !options.resume.empty()
                            ? runner.resume(QString::fromStdString(options.resume), run)
                            : runner.abandon(QString::fromStdString(options.abandon), run);
    context.stop.onRequest({});
    clearProgress(context);
    return answerOf(context, options, report);
}

std::optional<Failure> wrongUse(const ActOptions& options) {
    const bool acts = !options.apply.empty() || !options.resume.empty();
    if (acts && QString::fromStdString(options.reason).trimmed().isEmpty())
        return usage(u"Acting needs a reason."_s, u"Write --reason \"what was fixed, ticket\"."_s);
    if (!acts && options.abandon.empty() && options.undo.empty() && options.queue.empty())
        return usage(u"A dry run needs a queue."_s, u"Write --queue NAME."_s);
    if (options.action == ActionKind::release && !acts && options.abandon.empty() && options.jobs.empty() &&
        !options.stuck)
        return usage(u"Which leases?"_s, u"Write --stuck, or --job ID."_s);
    return std::nullopt;
}

int runAction(CommandContext& context, const ActOptions& options) {
    if (const auto wrong = wrongUse(options)) return reportFailure(context, *wrong);
    const auto settings = connectionSettings(options.connection, context.connectionsFile);
    if (!settings) return reportFailure(context, settings.failure());
    if (const auto refused = refusesActing(*settings)) return reportFailure(context, *refused), kRefused;
    const auto backend = createActingBackend(*settings);
    if (!backend)
        return reportFailure(context,
                             usage(u"Spillway cannot act on %1 yet."_s.arg(serverKindName(settings->kind)),
                                   u"Use the queue system's own tool."_s));
    auto journal = ActionJournal::open(ActionJournal::defaultPath());
    if (!journal) return reportFailure(context, journal.failure());
    if (!options.abandon.empty()) return carryOut(context, options, *backend, **journal);
    context.stop.onRequest([&backend] { backend->interrupt(); });
    const auto systems = backend->open();
    context.stop.onRequest({});
    if (!systems) return reportFailure(context, systems.failure());
    if (options.apply.empty() && options.resume.empty())
        return dryRun(context, options, *settings, *backend, **journal, *systems);
    return carryOut(context, options, *backend, **journal);
}

void addCommon(CLI::App& command, ActOptions& options) {
    addConnectionOptions(command, options.connection);
    command.add_option("--queue", options.queue, "The queue")->type_name("QUEUE");
    command.add_option("--job", options.jobs, "Only this job (repeatable)")
        ->type_name("ID")
        ->take_all()
        ->expected(1)
        ->allow_extra_args(false);
    command.add_option("--limit", options.limit, "Most jobs planned")->check(CLI::Range(1, 100'000));
    command.add_option("--rate", options.rate, "Jobs per second")->check(CLI::Range(0.1, 500.0));
    command.add_option("--apply", options.apply, "Carry this plan out")->type_name("PLAN");
    command
        .add_option("--resume", options.resume,
                    "Go on with an action that was interrupted, halted or\ncancelled")
        ->type_name("ID");
    command.add_option("--abandon", options.abandon, "Close an interrupted action")->type_name("ID");
    command.add_option("--reason", options.reason, "Why; goes into the audit")->type_name("TEXT");
    command.add_option("--override", options.overrides, "Guard to override, with the reason (repeatable)")
        ->type_name("GUARD")
        ->take_all()
        ->expected(1)
        ->allow_extra_args(false);
    command.add_flag("--accept-foreign-code", options.acceptForeignCode,
                     "Plan although triggers or rules that are not the queue\n"
                     "system's own would run with your rights");
    command.add_flag("--json", options.json, "One JSON document on stdout");
}

void choose(CLI::App& command, Command& chosen, const std::shared_ptr<ActOptions>& options) {
    command.callback([&chosen, options] {
        chosen = [options](CommandContext& context) { return runAction(context, *options); };
    });
}

}  // namespace

void addReplayCommand(CLI::App& root, Command& chosen) {
    auto* command = root.add_subcommand("replay", "Put dead jobs back: a dry run first, then --apply");
    const auto options = std::make_shared<ActOptions>();
    addCommon(*command, *options);
    command->add_option("--kind", options->kind, "Only this job class, task or job name")->type_name("KIND");
    command->add_option("--error", options->error, "Only jobs with this error signature")
        ->type_name("SIGNATURE");
    addDurationOption(*command, "--older-than", options->olderThan, milliseconds{1},
                      "Died at least this long ago");
    addDurationOption(*command, "--newer-than", options->newerThan, milliseconds{1},
                      "Died at most this long ago");
    command->add_option("--canary", options->canary, "Jobs that must end well before the rest; 0: none")
        ->check(CLI::Range(0, 500));
    command
        ->add_option("--undo", options->undo,
                     "Plan to take back what this action put back and no\nworker has taken since")
        ->type_name("ID");
    command->add_flag("--lost", options->lost,
                      "Jobs that went with the process that ran them, as far as a\n"
                      "status, a recorder or a window saw it (Sidekiq)");
    command
        ->add_flag("--retrying", options->retrying,
                   "Jobs that wait for their next attempt: it comes now\n(Sidekiq's retry set)")
        ->excludes("--lost");
    options->window = milliseconds{3000};
    addDurationOption(*command, "--window", options->window, milliseconds{0},
                      "How long a dry run looks at the queue, to say what\n"
                      "the replay adds to it; 0s: it does not");
    command->add_option("--halt-above", options->haltAbove, "Share of failures that halts, in per cent")
        ->check(CLI::Range(0.0, 100.0));
    command->footer(
        "Example:\n  spillwayctl replay @prod --queue orders --error \"timeout after <n> ms\"\n"
        "  spillwayctl replay @prod --apply PLAN --reason \"gateway is back, OPS-12\"\n"
        "  spillwayctl replay @prod --undo ACTION");
    choose(*command, chosen, options);
}

void addReleaseCommand(CLI::App& root, Command& chosen) {
    auto* command = root.add_subcommand("release", "Give jobs of vanished workers back: a dry run first");
    const auto options = std::make_shared<ActOptions>();
    options->action = ActionKind::release;
    addCommon(*command, *options);
    command->add_flag("--stuck", options->stuck, "Every lease that its system's own rule calls expired");
    command->footer("Example:\n  spillwayctl release @prod --queue orders --stuck");
    choose(*command, chosen, options);
}

}  // namespace spillway
