// `checklist compare`: the signals of the queue before and after the deploy mark.
#include <CLI/CLI.hpp>
#include <QFileInfo>

#include "app/cli/checklist/checklist_command.h"
#include "app/cli/connection_options.h"
#include "app/cli/printers/json_printer.h"
#include "backends/domain/human_text.h"
#include "backends/history/deploy_spans.h"
#include "backends/history/history_store.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

struct CompareOptions {
    std::string id, history, connection;
    std::chrono::milliseconds span{kComparedSpan};
    bool json = false;
};

struct Compared {
    HistoryMark mark;
    HistoryQueueKey queue;
    DeployComparison comparison;
};

Failure incomparable(const QString& what, const QString& next) {
    return {FailureKind::usage, what, {}, next};
}

QString connectionFor(const CompareOptions& options, const Checklist& checklist) {
    const QString name =
        options.connection.empty() ? checklist.connection : QString::fromStdString(options.connection);
    return name.startsWith(u'@') ? name.mid(1) : name;
}

// The newest that speaks of this change, on this queue.
Outcome<HistoryMark> markFor(HistoryStore& store, const Checklist& checklist, const QString& connection,
                             const QString& queue) {
    const ServerTime now = checklistNow();
    const auto marks =
        store.marks({now - std::chrono::hours(24 * 400), now + std::chrono::hours(24), connection});
    if (!marks) return marks.failure();
    if (const auto found = newestDeploy(*marks, checklist, connection, queue)) return *found;
    return incomparable(
        u"The history has no deploy mark of %1 on %2."_s.arg(deployName(checklist), connection),
        u"\"Deploy now\" in the window sets it, or: spillwayctl mark \"deploy %1\" --connection %2 --queue %3"_s
            .arg(deployName(checklist), connection, queue));
}

Outcome<HistoryQueueKey> queueFor(HistoryStore& store, const QString& connection, const QString& queue) {
    const auto all = store.series();
    if (!all) return all.failure();
    for (const auto& series : *all)
        if (series.queue.connection == connection && series.queue.queue == queue) return series.queue;
    return incomparable(u"The history knows no queue %1 on %2."_s.arg(queue, connection),
                        u"\"spillwayctl history series\" shows what was recorded."_s);
}

Outcome<Compared> compareDeploy(const CompareOptions& options, const Checklist& checklist) {
    const QString path =
        options.history.empty() ? defaultHistoryPath() : QString::fromStdString(options.history);
    const QString connection = connectionFor(options, checklist);
    const QString queue = checklist.queueOrKind();
    if (connection.isEmpty())
        return incomparable(u"The checklist names no connection."_s, u"Give it with --connection."_s);
    if (!QFileInfo(path).isFile())
        return incomparable(
            u"There is no history at %1."_s.arg(path),
            u"The window and \"spillwayctl record\" keep one; --history names another file."_s);
    const SystemClock clock;
    auto store = HistoryStore::open({.path = path, .only_read = true}, clock);
    if (!store) return store.failure();
    const auto mark = markFor(**store, checklist, connection, queue);
    if (!mark) return mark.failure();
    const auto key = queueFor(**store, connection, queue);
    if (!key) return key.failure();
    const auto before = (*store)->answer(spanQuery(*key, mark->at - options.span, mark->at));
    if (!before) return before.failure();
    const auto after = (*store)->answer(spanQuery(*key, mark->at, mark->at + options.span));
    if (!after) return after.failure();
    return Compared{*mark, *key,
                    deployComparison(queueSpan(*before), queueSpan(*after), deployName(checklist))};
}

int runCompare(CommandContext& context, const CompareOptions& options) {
    const auto checklist = ownChecklists().load(QString::fromStdString(options.id));
    if (!checklist) return reportFailure(context, checklist.failure());
    const auto compared = compareDeploy(options, *checklist);
    if (!compared) return reportFailure(context, compared.failure());
    if (options.json) {
        QJsonObject document = deployComparisonJson(compared->comparison);
        document[u"schema"_s] = 1;
        document[u"checklist"_s] = checklist->id;
        document[u"connection"_s] = compared->queue.connection;
        document[u"queue"_s] = compared->queue.queue;
        document[u"mark"_s] =
            QJsonObject{{u"text"_s, compared->mark.text}, {u"at"_s, toIsoUtc(compared->mark.at)}};
        context.out << QString::fromUtf8(jsonLine(document));
    } else {
        context.out << visibleText(compared->comparison.sentence, 600) << '\n';
        for (const auto& change : compared->comparison.changes)
            context.out << "  " << visibleText(change.sentence, 200) << '\n';
    }
    context.out.flush();
    return 0;
}

}  // namespace

void addChecklistCompare(CLI::App& checklist, Command& chosen) {
    auto* command =
        checklist.add_subcommand("compare", "The four signals of the queue before and after the deploy mark");
    const auto options = std::make_shared<CompareOptions>();
    command->add_option("ID", options->id, "Of the checklist")->required();
    command
        ->add_option("--connection", options->connection, "As the history knows it, if not as the checklist")
        ->type_name("@NAME");
    addDurationOption(*command, "--span", options->span, std::chrono::seconds{10}, "How much on each side");
    command->add_option("--history", options->history,
                        "The history's file; else $XDG_STATE_HOME/spillway/history.sqlite");
    command->add_flag("--json", options->json, "One JSON document on stdout");
    command->footer("Example:\n  spillwayctl checklist compare c-3f9a1c07 --span 15m");
    command->callback([&chosen, options] {
        chosen = [options](CommandContext& context) { return runCompare(context, *options); };
    });
}

}  // namespace spillway
