// `checklist attach`: evidence, measured now or read from a file.
#include <CLI/CLI.hpp>

#include "app/cli/checklist/checklist_command.h"
#include "app/cli/evidence_options.h"
#include "app/cli/measured_parity.h"
#include "app/cli/printers/json_printer.h"
#include "backends/checklist/checklist_markdown.h"
#include "backends/checklist/evidence_file.h"
#include "backends/checklist/live_evidence.h"

namespace spillway {
using namespace Qt::StringLiterals;
using std::chrono::milliseconds;
namespace {

struct AttachOptions {
    std::string id, question, drill, junit, file, staging;
    bool live = false, parity = false, json = false;
    ConnectionOptions connection;
    milliseconds window{5000};
};

// Evidence, and what was learned of production while it was measured.
struct Measurement {
    Evidence evidence;
    std::optional<qint64> workers;
};

Failure unmeasurable(const QString& what, const QString& next) {
    return {FailureKind::usage, what, {}, next};
}

Outcome<ConnectionOptions> connectionOf(const std::string& given, const QString& kept,
                                        const ConnectionOptions& choices, const QString& option) {
    ConnectionOptions connection = choices;
    connection.target = given.empty() ? kept.toStdString() : given;
    if (connection.target.empty())
        return unmeasurable(u"The checklist names no connection for that."_s,
                            u"Give it with %1."_s.arg(option));
    if (given.empty() && kept.contains(u"***"_s))
        return unmeasurable(u"A checklist keeps no password."_s,
                            u"Give the connection with %1."_s.arg(option));
    return connection;
}

Outcome<ConnectionOptions> productionOf(const AttachOptions& options, const Checklist& checklist) {
    auto connection =
        connectionOf(options.connection.target, checklist.connection, options.connection, u"--connection"_s);
    if (connection && options.connection.environment.empty() && checklist.environment) {
        ConnectionOptions known = *connection;
        known.environment = environmentName(*checklist.environment).toStdString();
        return known;
    }
    return connection;
}

Outcome<ConnectionOptions> stagingOf(const AttachOptions& options, const Checklist& checklist) {
    ConnectionOptions choices = options.connection;
    choices.environment.clear();
    auto connection = connectionOf(options.staging, checklist.staging, choices, u"--staging"_s);
    if (!connection || connection->target.front() == '@') return connection;
    ConnectionOptions staging = *connection;
    staging.environment = "staging";
    return staging;
}

std::optional<qint64> exactly(const Count& count) {
    return count.isExact() ? count.value : std::nullopt;
}

Outcome<std::optional<LiveQueue>> lookAtQueue(CommandContext& context, const ConnectionOptions& connection,
                                              const QString& queue, milliseconds window,
                                              std::vector<RuleOfData>& rules) {
    const auto reading = lookAt(context, connection, window);
    if (!reading) return reading.failure();
    for (auto& rule : rulesOfData(**reading)) rules.push_back(std::move(rule));
    return liveQueue(**reading, queue);
}

Outcome<Measurement> measureLive(CommandContext& context, const AttachOptions& options, const Checklist& c) {
    const QString queue = c.queueOrKind();
    const auto production = productionOf(options, c);
    if (!production) return production.failure();
    std::vector<RuleOfData> rules;
    const auto seen = lookAtQueue(context, *production, queue, options.window, rules);
    if (!seen) return seen.failure();
    if (!*seen)
        return unmeasurable(u"No queue is named %1 there."_s.arg(queue),
                            u"\"spillwayctl checklist update %1 --queue NAME\" corrects it."_s.arg(c.id));
    std::optional<LiveQueue> beside;
    if (!options.staging.empty() || !c.staging.isEmpty()) {
        const auto staging = stagingOf(options, c);
        if (!staging) return staging.failure();
        const auto there = lookAtQueue(context, *staging, queue, options.window, rules);
        if (!there) return there.failure();
        beside = *there;
    }
    const auto document = withHead(withRules(liveDocument(*seen, beside), rules),
                                   evidenceHead(u"live"_s, (*seen)->connection, c.commit, {}));
    const auto evidence = evidenceFromDocument(document, {});
    if (!evidence) return evidence.failure();
    return Measurement{*evidence, exactly((*seen)->at_once)};
}

Outcome<Measurement> measureParity(CommandContext& context, const AttachOptions& options,
                                   const Checklist& c) {
    const auto staging = stagingOf(options, c);
    if (!staging) return staging.failure();
    const auto production = productionOf(options, c);
    if (!production) return production.failure();
    const auto compared = measuredParity(context, *staging, *production);
    if (!compared) return compared.failure();
    const auto document =
        withHead(parityJson(compared->parity), evidenceHead(u"parity"_s, compared->where, c.commit, {}));
    auto evidence = evidenceFromDocument(document, {});
    if (!evidence) return evidence.failure();
    const auto seen = liveQueue(*compared->b, c.queueOrKind());
    return Measurement{*evidence, seen ? exactly(seen->at_once) : std::nullopt};
}

Outcome<Measurement> readEvidence(const AttachOptions& options) {
    const std::string& given = !options.drill.empty()   ? options.drill
                               : !options.junit.empty() ? options.junit
                                                        : options.file;
    const auto file = readEvidenceFile(QString::fromStdString(given));
    if (!file) return file.failure();
    const auto evidence = !options.drill.empty()   ? evidenceFromDrill(*file)
                          : !options.junit.empty() ? evidenceFromJUnit(*file)
                                                   : evidenceFromJson(*file);
    if (!evidence) return evidence.failure();
    return Measurement{*evidence, std::nullopt};
}

Outcome<Measurement> measure(CommandContext& context, const AttachOptions& options, const Checklist& c) {
    if (options.live) return measureLive(context, options, c);
    if (options.parity) return measureParity(context, options, c);
    return readEvidence(options);
}

void tell(CommandContext& context, const AttachOptions& options, const Checklist& checklist,
          ChecklistQuestion question) {
    const auto judgement = judgedChecklist(checklist, {{checklistNow(), {}, {}}, false});
    const auto& evidence = checklist.answer(question).evidence.back();
    const auto& judged = judgement.answer(question).evidence.back();
    if (options.json)
        context.out << QString::fromUtf8(
            jsonLine({{u"checklist"_s, checklist.id},
                      {u"question"_s, questionName(question)},
                      {u"sentence"_s, judged.judgement.sentence},
                      {u"standing"_s, standingName(judgement.answer(question).standing)},
                      {u"measured_by_us"_s, measuredByUs(evidence.kind)},
                      {u"expired"_s, judged.expired ? QJsonValue(*judged.expired) : QJsonValue()}}));
    else
        context.out << evidenceLine(evidence, judged) << '\n';
    context.out.flush();
    if (judged.expired)
        context.err << "spillwayctl: This evidence does not count: " << *judged.expired << '.' << Qt::endl;
    else if (judged.judgement.bearing == Bearing::contradicts)
        context.err << "spillwayctl: This evidence speaks against the answer." << Qt::endl;
}

int runAttach(CommandContext& context, const AttachOptions& options) {
    const int chosen = options.live + options.parity + !options.drill.empty() + !options.junit.empty() +
                       !options.file.empty();
    if (chosen != 1)
        return reportFailure(context,
                             unmeasurable(u"One piece of evidence at a time."_s,
                                          u"Give one of --live, --parity, --drill, --junit, --file."_s));
    const auto question = *questionFromName(QString::fromStdString(options.question));
    auto store = ownChecklists();
    const QString id = QString::fromStdString(options.id);
    const auto before = store.load(id);
    if (!before) return reportFailure(context, before.failure());
    const auto measured = measure(context, options, *before);
    if (!measured) return reportFailure(context, measured.failure());
    const auto changed = store.change(id, [&](Checklist& c) -> Outcome<Done> {
        if (measured->workers) c.workers = measured->workers;
        attachEvidence(c, question, measured->evidence, checklistNow());
        return Done{};
    });
    if (!changed) return reportFailure(context, changed.failure());
    tell(context, options, *changed, question);
    return 0;
}

}  // namespace

void addChecklistAttach(CLI::App& checklist, Command& chosen) {
    auto* command = checklist.add_subcommand("attach", "Attaches evidence to a question");
    const auto options = std::make_shared<AttachOptions>();
    std::vector<std::string> names{"1", "2", "3", "4"};
    for (const auto question : kChecklistQuestions) names.push_back(questionName(question).toStdString());
    command->add_option("ID", options->id, "Of the checklist")->required();
    command->add_option("QUESTION", options->question, "1 to 4, or their names")
        ->required()
        ->check(CLI::IsMember(names));
    command->add_flag("--live", options->live, "Duplicate claims of the queue, looked at now");
    command->add_flag("--parity", options->parity, "Workers of staging against production, compared now");
    command->add_option("--drill", options->drill, "What a drill wrote with --output")->type_name("FILE");
    command->add_option("--junit", options->junit, "JUnit XML of a test run")->type_name("FILE");
    command->add_option("--file", options->file, "Another tool's JSON; shown as not measured by us")
        ->type_name("FILE");
    command->add_option("--connection", options->connection.target, "Instead of the checklist's own");
    command->add_option("--staging", options->staging, "Instead of the checklist's own");
    addConnectionChoices(*command, options->connection);
    addDurationOption(*command, "--window", options->window, milliseconds{100}, "How long --live looks");
    command->add_flag("--json", options->json, "One JSON document on stdout");
    command->footer(
        "Evidence counts for 7 days, as long as commit, kind of job and workers of production stay.\n\n"
        "Examples:\n  spillwayctl checklist attach c-3f9a1c07 3 --drill claim.json\n"
        "  spillwayctl checklist attach c-3f9a1c07 1 --live");
    command->callback([&chosen, options] {
        chosen = [options](CommandContext& context) { return runAttach(context, *options); };
    });
}

}  // namespace spillway
