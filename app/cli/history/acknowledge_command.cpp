// `acknowledge`: somebody is on it, so that nobody else is called for it.
#include <CLI/CLI.hpp>
#include <QJsonArray>
#include <algorithm>

#include "app/cli/connection_options.h"
#include "app/cli/history/common.h"
#include "app/cli/history/findings.h"
#include "app/cli/printers/json_printer.h"
#include "app/cli/printers/text_table.h"
#include "backends/acting/action_report.h"
#include "backends/domain/acknowledgement.h"
#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
using std::chrono::milliseconds;
namespace {

constexpr std::chrono::hours kRecent{24};

struct AcknowledgeOptions {
    std::string history;
    std::string connection;
    std::string finding;
    std::string queue;
    milliseconds length{0};
    std::string note;
    bool take_back = false;
    bool json = false;
};

int showAcknowledgements(CommandContext& context, HistoryStore& store, const AcknowledgeOptions& options) {
    const auto said = store.acknowledgements(recordedName(options.connection));
    if (!said) return reportFailure(context, said.failure());
    const ServerTime now = SystemClock().wallNow();
    QJsonArray list;
    TextTable table({u"connection"_s, u"finding or queue"_s, u"what was said"_s});
    table.wrapLast();
    for (const auto& one : *said) {
        if (one.until && *one.until <= now) continue;
        list << acknowledgementJson(one);
        table.add({{visibleText(one.connection, 40)},
                   {visibleText(one.finding.isEmpty() ? one.queue : one.finding, 80)},
                   {acknowledgementText(one, now)}});
    }
    if (options.json)
        context.out << QString::fromUtf8(jsonLine({{u"schema"_s, 1}, {u"acknowledgements"_s, list}}));
    else
        context.out << (list.isEmpty() ? u"Nothing is acknowledged.\n"_s : table.text(context.style));
    return 0;
}

Failure noSuchRun(const QString& what, const QString& connection) {
    return {
        FailureKind::usage,
        u"%1 was not found on %2 in the last day."_s.arg(visibleText(what, 80), visibleText(connection, 60)),
        {},
        u"\"spillwayctl history findings --connection %1\" lists what was."_s.arg(connection)};
}

// The newest run that fits. It says of what severity the finding is and on which system the queue.
Outcome<Acknowledgement> subjectOf(HistoryStore& store, const AcknowledgeOptions& options) {
    const QString connection = recordedName(options.connection);
    const QString finding = QString::fromStdString(options.finding);
    const QString queue = QString::fromStdString(options.queue);
    const ServerTime now = SystemClock().wallNow();
    const auto runs = store.findingRuns(
        {.from = now - kRecent, .to = now + kRecent, .connection = connection, .queue = queue});
    if (!runs) return runs.failure();
    const auto it = std::find_if(runs->rbegin(), runs->rend(), [&](const FindingRun& run) {
        return finding.isEmpty() || run.span.id == finding;
    });
    if (it == runs->rend()) return noSuchRun(finding.isEmpty() ? queue : finding, connection);
    return Acknowledgement{.connection = connection,
                           .finding = finding,
                           .system = it->system,
                           .queue = it->queue,
                           .severity = it->severity,
                           .run_since = it->span.since};
}

std::optional<Failure> wrongUse(const AcknowledgeOptions& options) {
    if (options.finding.empty() && options.queue.empty())
        return Failure{FailureKind::usage,
                       u"Nothing to acknowledge was named."_s,
                       {},
                       u"Name a finding as \"history findings\" lists it, or a --queue."_s};
    if (options.finding.empty() && options.length.count() == 0 && !options.take_back)
        return Failure{FailureKind::usage,
                       u"A whole queue is only snoozed until a time."_s,
                       {},
                       u"Add --for 2h, say."_s};
    return std::nullopt;
}

int say(CommandContext& context, HistoryStore& store, const AcknowledgeOptions& options) {
    if (const auto wrong = wrongUse(options)) return reportFailure(context, *wrong);
    auto subject = subjectOf(store, options);
    if (!subject) return reportFailure(context, subject.failure());
    Acknowledgement said = *std::move(subject);
    said.at = SystemClock().wallNow();
    if (options.length.count() > 0) said.until = said.at + options.length;
    said.by = thisActor(QStringLiteral(SPILLWAY_VERSION)).name;
    said.note = QString::fromStdString(options.note).trimmed();
    said.taken_back = options.take_back;
    if (const auto written = store.acknowledge(said); !written)
        return reportFailure(context, written.failure());
    const QString what = visibleText(said.finding.isEmpty() ? said.queue : said.finding, 80);
    if (options.json)
        context.out << QString::fromUtf8(
            jsonLine({{u"schema"_s, 1}, {u"acknowledgement"_s, acknowledgementJson(said)}}));
    else if (said.taken_back)
        context.out << what << ": taken back\n";
    else
        context.out << what << ": " << acknowledgementText(said, said.at) << "\n";
    return 0;
}

int runAcknowledge(CommandContext& context, const AcknowledgeOptions& options) {
    auto store = openHistoryToLook(historyPath(options.history));
    if (!store) return reportFailure(context, store.failure());
    const bool look =
        options.finding.empty() && options.queue.empty() && !options.take_back && options.note.empty();
    const int code = look ? showAcknowledgements(context, **store, options) : say(context, **store, options);
    context.out.flush();
    return code;
}

}  // namespace

void addAcknowledgeCommand(CLI::App& root, Command& chosen) {
    auto* command = root.add_subcommand(
        "acknowledge", "Say that a finding is known, or snooze a queue: it stays in sight but calls nobody");
    const auto options = std::make_shared<AcknowledgeOptions>();
    command->add_option("CONNECTION", options->connection, "As it was recorded")->type_name("@NAME");
    command->add_option("FINDING", options->finding, "Its id; none: what is acknowledged is listed");
    command->add_option("--queue", options->queue, "Instead of one finding: all on this queue")
        ->type_name("QUEUE");
    addDurationOption(*command, "--for", options->length, milliseconds{1},
                      "Until then, across interruptions; otherwise until this run of it ends");
    command->add_option("--note", options->note, "Why, for the next one who looks")->type_name("TEXT");
    command->add_flag("--take-back", options->take_back, "It calls again");
    command->add_flag("--json", options->json, "One JSON document on stdout");
    addHistoryOption(*command, options->history);
    command->footer(
        "A finding that gets worse calls again. Kept in the history on this machine.\n\n"
        "Examples:\n  spillwayctl acknowledge @prod never_drains:pgboss:orders --note \"fix rolls out at "
        "9\"\n"
        "  spillwayctl acknowledge @prod --queue webhooks --for 2h");
    command->callback([&chosen, options] {
        chosen = [options](CommandContext& context) { return runAcknowledge(context, *options); };
    });
}

}  // namespace spillway
