// `history` and `mark`: what was recorded, and markers in it.
#include <CLI/CLI.hpp>
#include <QJsonArray>
#include <algorithm>

#include "app/cli/connection_options.h"
#include "app/cli/history/common.h"
#include "app/cli/history/export.h"
#include "app/cli/history/findings.h"
#include "app/cli/history/mark.h"
#include "app/cli/history/time.h"
#include "app/cli/printers/duration_text.h"
#include "app/cli/printers/json_printer.h"
#include "app/cli/printers/text_table.h"
#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
using std::chrono::milliseconds;
namespace {

struct HistoryOptions {
    std::string history;
    std::string connection;
    std::string system;
    std::string queue;
    std::vector<std::string> metrics;
    std::string from;
    std::string to;
    milliseconds last{0};
    int points = 1000;
    bool json = false;
    bool csv = false;
};

struct MarkOptions {
    std::string history;
    std::string text;
    std::string connection;
    std::string queue;
    std::string at = "now";
    std::string kind = "deploy";
    bool json = false;
};

Outcome<Span> spanOf(const HistoryOptions& options, milliseconds usual) {
    return spanFromText(options.from, options.to, options.last.count() > 0 ? options.last : usual);
}

// The metrics given that nothing recorded has; nullopt: none.
std::optional<Failure> unknownMetrics(const std::vector<HistorySeries>& all, const QStringList& given) {
    QStringList known;
    for (const auto& series : all) known << series.metric;
    known.removeDuplicates();
    known.sort();
    QStringList unknown;
    for (const auto& metric : given)
        if (!known.contains(metric)) unknown << visibleText(metric, 60);
    if (unknown.isEmpty()) return std::nullopt;
    return Failure{
        FailureKind::usage,
        u"No metric is named %1."_s.arg(unknown.join(u", "_s)),
        {},
        known.isEmpty() ? u"Nothing is recorded yet."_s : u"Recorded are: %1."_s.arg(known.join(u", "_s))};
}

Outcome<std::vector<ChosenSeries>> choose(HistoryStore& store, const HistoryOptions& options) {
    const auto all = store.series();
    if (!all) return all.failure();
    SeriesChoice choice{recordedName(options.connection),
                        QString::fromStdString(options.system),
                        QString::fromStdString(options.queue),
                        {}};
    for (const auto& metric : options.metrics) choice.metrics << QString::fromStdString(metric);
    if (auto unknown = unknownMetrics(*all, choice.metrics)) return *std::move(unknown);
    return chosenSeries(*all, choice);
}

int showSeries(CommandContext& context, HistoryStore& store, const HistoryOptions& options) {
    const auto chosen = choose(store, options);
    if (!chosen) return reportFailure(context, chosen.failure());
    QJsonArray list;
    TextTable table({u"connection"_s, u"system"_s, u"queue"_s, u"metrics"_s});
    table.wrapLast();
    for (const auto& [queue, metrics] : *chosen) {
        list << QJsonObject{{u"connection"_s, queue.connection},
                            {u"system"_s, queue.system},
                            {u"queue"_s, queue.queue},
                            {u"metrics"_s, QJsonArray::fromStringList(metrics)}};
        table.add({{visibleText(queue.connection, 60)},
                   {visibleText(queue.system, 40)},
                   {visibleText(queue.queue, 40)},
                   {visibleText(metrics.join(u' '), 1000)}});
    }
    if (options.json)
        context.out << QString::fromUtf8(jsonLine({{u"schema"_s, 1}, {u"series"_s, list}}));
    else
        context.out << (chosen->empty() ? u"Nothing is recorded that fits.\n"_s : table.text(context.style));
    return 0;
}

int exportSeries(CommandContext& context, HistoryStore& store, const HistoryOptions& options) {
    const auto span = spanOf(options, std::chrono::hours{24});
    if (!span) return reportFailure(context, span.failure());
    const auto chosen = choose(store, options);
    if (!chosen) return reportFailure(context, chosen.failure());
    if (!options.json) context.out << csvHead();
    std::vector<ExportedQueue> queues;
    for (const auto& [queue, metrics] : *chosen) {
        auto answer = store.answer({queue, metrics, span->from, span->to, options.points});
        if (!answer) return reportFailure(context, answer.failure());
        if (options.json)
            queues.push_back({queue, std::move(answer).value()});
        else
            context.out << csvText({queue, std::move(answer).value()});
    }
    if (options.json) context.out << QString::fromUtf8(jsonLine(exportJson(queues, span->from, span->to)));
    return 0;
}

int showMarks(CommandContext& context, HistoryStore& store, const HistoryOptions& options) {
    const auto span = spanOf(options, std::chrono::hours{24 * 400});
    if (!span) return reportFailure(context, span.failure());
    const auto marks = store.marks({span->from, span->to, recordedName(options.connection)});
    if (!marks) return reportFailure(context, marks.failure());
    QJsonArray list;
    TextTable table({u"at (UTC)"_s, u"kind"_s, u"connection"_s, u"queue"_s, u"text"_s});
    table.wrapLast();
    for (const auto& mark : *marks) {
        if (!options.queue.empty() && !mark.queue.isEmpty() &&
            mark.queue != QString::fromStdString(options.queue))
            continue;
        list << markJson(mark);
        table.add({{toUtc(mark.at).toString(u"yyyy-MM-dd HH:mm:ss"_s)},
                   {historyMarkKindName(mark.kind)},
                   {mark.connection.isEmpty() ? u"all"_s : visibleText(mark.connection, 40)},
                   {mark.queue.isEmpty() ? u"all"_s : visibleText(mark.queue, 40)},
                   {visibleText(mark.text, 200)}});
    }
    if (options.json)
        context.out << QString::fromUtf8(jsonLine({{u"schema"_s, 1}, {u"marks"_s, list}}));
    else
        context.out << (list.isEmpty() ? u"No marks.\n"_s : table.text(context.style));
    return 0;
}

int showInfo(CommandContext& context, HistoryStore& store, const HistoryOptions& options) {
    const auto extent = store.extent();
    if (!extent) return reportFailure(context, extent.failure());
    const auto series = store.series();
    if (!series) return reportFailure(context, series.failure());
    const QString path = historyPath(options.history);
    const auto oldest = extent->oldest;
    if (options.json) {
        context.out << QString::fromUtf8(
            jsonLine({{u"schema"_s, 1},
                      {u"file"_s, path},
                      {u"bytes"_s, extent->file_bytes},
                      {u"oldest"_s, oldest ? QJsonValue(toIsoUtc(*oldest)) : QJsonValue(QJsonValue::Null)},
                      {u"series"_s, static_cast<qint64>(series->size())}}));
        return 0;
    }
    context.out << visibleText(path, 500) << "\n"
                << u"%1 kB, %2 series, "_s.arg(exactCountText(extent->file_bytes / 1024))
                       .arg(exactCountText(static_cast<qint64>(series->size())));
    if (oldest)
        context.out << "since " << toUtc(*oldest).toString(u"yyyy-MM-dd HH:mm"_s) << " UTC ("
                    << durationText(std::max(0.0, secondsBetween(*oldest, SystemClock().wallNow()))) << ")\n";
    else
        context.out << "nothing recorded yet\n";
    return 0;
}

int showFindings(CommandContext& context, HistoryStore& store, const HistoryOptions& options) {
    const auto span = spanOf(options, std::chrono::hours{24});
    if (!span) return reportFailure(context, span.failure());
    const QString connection = recordedName(options.connection);
    const auto runs =
        store.findingRuns({span->from, span->to, connection, QString::fromStdString(options.queue)});
    if (!runs) return reportFailure(context, runs.failure());
    const ServerTime now = SystemClock().wallNow();
    const auto said = store.acknowledgements(connection);
    QJsonArray list;
    for (const auto& run : *runs) list << findingRunJson(run, now);
    if (options.json)
        context.out << QString::fromUtf8(jsonLine({{u"schema"_s, 1}, {u"findings"_s, list}}));
    else
        context.out << findingRunsText(*runs, said ? *said : Acknowledgements{}, now, context.style);
    return 0;
}

using Show = int (*)(CommandContext&, HistoryStore&, const HistoryOptions&);

int runHistory(CommandContext& context, const HistoryOptions& options, Show show) {
    auto store = openHistoryToLook(historyPath(options.history));
    if (!store) return reportFailure(context, store.failure());
    const int code = show(context, **store, options);
    context.out.flush();
    return code;
}

int runMark(CommandContext& context, const MarkOptions& options) {
    HistoryMark mark{.text = QString::fromStdString(options.text).trimmed()};
    if (mark.text.isEmpty())
        return reportFailure(context, {FailureKind::usage, u"A mark needs a text."_s, {}, {}});
    const auto at = timeFromText(QString::fromStdString(options.at), SystemClock().wallNow());
    if (!at) return reportFailure(context, wrongTime(options.at));
    mark.at = *at;
    mark.kind =
        historyMarkKindFromName(QString::fromStdString(options.kind)).value_or(HistoryMarkKind::deploy);
    mark.connection = recordedName(options.connection);
    mark.queue = QString::fromStdString(options.queue);
    const auto added = writeMark(historyPath(options.history), mark);
    if (!added) return reportFailure(context, added.failure());
    if (options.json)
        context.out << QString::fromUtf8(jsonLine({{u"schema"_s, 1}, {u"mark"_s, markJson(*added)}}));
    else
        context.out << "Marked " << toUtc(added->at).toString(u"yyyy-MM-dd HH:mm:ss"_s)
                    << " UTC: " << visibleText(added->text) << "\n";
    context.out.flush();
    return 0;
}

void addChoice(CLI::App& command, HistoryOptions& options) {
    addHistoryOption(command, options.history);
    command.add_option("--connection", options.connection, "Only this connection, as it was recorded")
        ->type_name("@NAME");
    command.add_option("--queue", options.queue, "Only this queue")->type_name("QUEUE");
    command.add_flag("--json", options.json, "One JSON document on stdout");
}

void addSeriesChoice(CLI::App& command, HistoryOptions& options) {
    command.add_option("--system", options.system, "Only this queue system")->type_name("SYSTEM");
    command.add_option("--metric", options.metrics, "Only this metric, e.g. ready (repeatable)")
        ->type_name("METRIC")
        ->take_all()
        ->expected(1)
        ->allow_extra_args(false);
}

void addSpan(CLI::App& command, HistoryOptions& options) {
    command.add_option("--from", options.from, "2026-01-01T02:00:00Z, or 2h for two hours ago")
        ->type_name("TIME");
    command.add_option("--to", options.to, "Likewise; now, where it is missing")->type_name("TIME");
    addDurationOption(command, "--last", options.last, milliseconds{1},
                      "Instead of --from: so much before the end");
}

}  // namespace

void addHistoryOption(CLI::App& command, std::string& path) {
    command.add_option("--history", path, "The history's file; else $XDG_STATE_HOME/spillway/history.sqlite")
        ->type_name("FILE");
}

void addHistoryCommand(CLI::App& root, Command& chosen) {
    auto* history = root.add_subcommand("history", "What was recorded: list it, export it, show its marks");
    const auto options = std::make_shared<HistoryOptions>();
    history->require_subcommand(0, 1);
    addChoice(*history, *options);
    const auto sub = [&](const char* name, const char* text, const char* example, Show show) {
        auto* command = history->add_subcommand(name, text);
        command->footer(std::string("Example:\n  spillwayctl history ") + example);
        command->callback([&chosen, options, show] {
            chosen = [options, show](CommandContext& context) { return runHistory(context, *options, show); };
        });
        return command;
    };
    addSeriesChoice(
        *sub("series", "Which queues and metrics there are", "series --connection @prod", showSeries),
        *options);
    auto* exported =
        sub("export", "The numbers, as CSV or JSON; the last 24 h where no time is given",
            "export --connection @prod --queue orders --metric ready --last 7d --points 500", exportSeries);
    addSeriesChoice(*exported, *options);
    addSpan(*exported, *options);
    exported->add_option("--points", options->points, "About so many for each series, at most")
        ->check(CLI::Range(1, 1'000'000));
    exported->add_flag("--csv", options->csv, "CSV, which is what it prints without --json");
    addSpan(*sub("marks", "Deploys, actions and drifts", "marks --last 30d --json", showMarks), *options);
    addSpan(*sub("findings", "What was wrong, from when to when; the last 24 h where no time is given",
                 "findings --from 20h --to 8h", showFindings),
            *options);
    sub("info", "The file, its size, how far it goes back", "info", showInfo);
    history->footer(
        "Without a subcommand: info. What is being recorded may be 15 s behind.\n\n"
        "Example:\n  spillwayctl history export --connection @prod --queue orders --metric ready --last 24h");
    history->callback([&chosen, options, history] {
        if (!history->get_subcommands().empty()) return;
        chosen = [options](CommandContext& context) { return runHistory(context, *options, showInfo); };
    });
}

void addMarkCommand(CLI::App& root, Command& chosen) {
    auto* command = root.add_subcommand("mark", "A marker in the history, drawn on every chart");
    const auto options = std::make_shared<MarkOptions>();
    command->add_option("TEXT", options->text, "What happened, e.g. \"deploy 4f2c\"")->required();
    command->add_option("--queue", options->queue, "Only on the charts of this queue")->type_name("QUEUE");
    command->add_option("--connection", options->connection, "Only on the charts of this connection")
        ->type_name("@NAME");
    command->add_option("--at", options->at, "2026-01-01T02:00:00Z, or 2h for two hours ago; now")
        ->type_name("TIME");
    command->add_option("--kind", options->kind, "deploy, action, drift or gap")
        ->check(CLI::IsMember({"deploy", "action", "drift", "gap"}));
    addHistoryOption(*command, options->history);
    command->add_flag("--json", options->json, "One JSON document on stdout");
    command->footer("Example:\n  spillwayctl mark \"deploy 4f2c\" --connection @prod --queue orders");
    command->callback([&chosen, options] {
        chosen = [options](CommandContext& context) { return runMark(context, *options); };
    });
}

}  // namespace spillway
