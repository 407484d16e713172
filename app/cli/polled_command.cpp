#include "app/cli/polled_command.h"

#include <CLI/CLI.hpp>
#include <QFileInfo>
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "app/cli/printers/json_printer.h"
#include "app/cli/safe_output.h"
#include "backends/domain/human_text.h"
#include "backends/history/history_store.h"
#include "backends/journal/action_journal.h"

namespace spillway {
using namespace Qt::StringLiterals;
using std::chrono::milliseconds;
namespace {

// `missing`: the queues last said to be missing; they are told again only where they change.
int print(CommandContext& context, const PolledOptions& options, const ReadingPrinter& printer,
          const ReadingPtr& whole, const PollCosts& costs, QStringList& missing) {
    if (options.watch && context.widthNow) context.style.width = context.widthNow();
    const QStringList told = std::exchange(missing, {});
    const QStringList wanted = wantedQueues(options);
    const Reading reading = onlyQueues(*whole, wanted, missing);
    const bool nothing = !wanted.isEmpty() && missing.size() == wanted.size();
    if (options.watch && context.style.colours && !options.json && !nothing)
        terminalControl(context.out, "\x1b[H\x1b[2J");
    if (options.json)
        context.out << QString::fromUtf8(jsonLine(printer.json(reading, costs)));
    else if (!nothing)
        context.out << printer.text(reading, costs, context);
    context.out.flush();
    return missing == told ? 0 : warnAboutMissing(context, missing, *whole);
}

int printWindow(CommandContext& context, const PolledOptions& options, const ReadingPrinter& printer,
                const PolledWindow& polled) {
    if (!polled.reading) {
        if (polled.failure) return reportFailure(context, *polled.failure);
        context.err << "spillwayctl: Stopped before the first poll was done." << Qt::endl;
        return 1;
    }
    QStringList missing;
    const int code = print(context, options, printer, polled.reading, polled.costs, missing);
    if (!polled.failure) return code;
    context.err << "spillwayctl: The figures are " << durationText(polled.age_s) << " old. "
                << withoutSecrets(polled.failure->sentence()) << Qt::endl;
    return kDoneInPart;
}

int runOnce(CommandContext& context, const PolledOptions& options, const ReadingPrinter& printer,
            Poller& poller) {
    PollWindow window(poller, context.stop, windowOf(options));
    const PolledWindow polled = window.run(progressLine(context));
    clearProgress(context);
    return printWindow(context, options, printer, polled);
}

// Each good poll is printed as it comes, each failure told as it comes, until Ctrl+C.
int watch(CommandContext& context, const PolledOptions& options, const ReadingPrinter& printer,
          Poller& poller) {
    PollWindowSettings endless = options.window;
    endless.window = std::chrono::hours{24 * 365};
    endless.refused = PollPacing::slow_retry;
    bool failing = false;
    QStringList missing;
    const auto onPoll = [&](const PolledWindow& soFar, milliseconds) {
        if (soFar.failure && soFar.reading && !failing)
            context.err << "spillwayctl: " << withoutSecrets(soFar.failure->sentence()) << Qt::endl;
        failing = soFar.failure.has_value();
        if (failing || !soFar.reading) return;
        print(context, options, printer, soFar.reading, soFar.costs, missing);
    };
    PollWindow window(poller, context.stop, endless);
    const PolledWindow polled = window.run(onPoll);
    if (polled.failure && !context.stop.requested()) return reportFailure(context, *polled.failure);
    return polled.failure ? kDoneInPart : 0;
}

// Since when findings hold that somebody has recorded. Without a history they begin now.
void rememberRecorded(Poller& poller) {
    const HistorySettings settings{.path = defaultHistoryPath(), .only_read = true};
    if (!QFileInfo::exists(settings.path)) return;
    const SystemClock clock;
    const auto store = HistoryStore::open(settings, clock);
    if (!store) return;
    if (const auto spans = store.value()->findings(poller.connection())) poller.remember(*spans);
}

constexpr qsizetype kNamesTold = 12;

// The busiest first, as far as one line holds them.
QString namesText(const Reading& whole) {
    std::vector<const QueueReading*> queues;
    for (const auto& system : whole.systems)
        for (const auto& queue : system.queues) queues.push_back(&queue.reading);
    std::stable_sort(queues.begin(), queues.end(), [](const QueueReading* a, const QueueReading* b) {
        return a->ready.valueOr(0) > b->ready.valueOr(0);
    });
    QStringList names;
    for (const auto* queue : queues) names << visibleText(queue->queue, 60);
    names.removeDuplicates();
    if (names.isEmpty()) return u"There is no queue at all yet."_s;
    const auto more = names.size() - kNamesTold;
    return u"There are: %1%2."_s.arg(names.mid(0, kNamesTold).join(u", "_s),
                                     more > 0 ? u" and %1 more"_s.arg(more) : QString());
}

}  // namespace

int warnAboutMissing(CommandContext& context, const QStringList& missing, const Reading& whole) {
    if (missing.isEmpty()) return 0;
    context.err << "spillwayctl: No queue is named " << visibleText(missing.join(u", "_s))
                << " (of those one poll reads). " << namesText(whole) << Qt::endl;
    return kDoneInPart;
}

PollWindowSettings windowOf(const PolledOptions& options) {
    PollWindowSettings settings = options.window;
    const QStringList wanted = wantedQueues(options);
    if (wanted.isEmpty()) return settings;
    settings.pointless = [wanted](const Reading& reading) {
        QStringList missing;
        (void)onlyQueues(reading, wanted, missing);
        return missing.size() == wanted.size();
    };
    return settings;
}

ReadingPrinter plainPrinter(std::function<QJsonObject(const Reading&)> json,
                            std::function<QString(const Reading&, const TextStyle&)> text) {
    return {[json = std::move(json)](const Reading& reading, const PollCosts&) { return json(reading); },
            [text = std::move(text)](const Reading& reading, const PollCosts&,
                                     const CommandContext& context) { return text(reading, context.style); }};
}

int runPolled(CommandContext& context, const PolledOptions& options, const ReadingPrinter& printer) {
    auto poller = makePoller(options, context);
    if (!poller) return reportFailure(context, poller.failure());
    if (printer.shows_findings) rememberRecorded(**poller);
    return options.watch ? watch(context, options, printer, **poller)
                         : runOnce(context, options, printer, **poller);
}

void addWindowOptions(CLI::App& command, PolledOptions& options) {
    addConnectionOptions(command, options.connection);
    command.add_option("--queue", options.queues, "Only this queue (repeatable)")
        ->type_name("QUEUE")
        ->take_all()
        ->expected(1)
        ->allow_extra_args(false);
    addDurationOption(command, "--window", options.window.window, milliseconds{100},
                      "How long to look, e.g. 60s; rates and forecasts need a few polls");
    addDurationOption(command, "--interval", options.window.interval, milliseconds{10},
                      "Time between polls; longer where a poll costs the server much");
    command.add_flag("--json", options.json, "One JSON document on stdout");
}

void addWatchOption(CLI::App& command, PolledOptions& options) {
    command.add_flag("--watch", options.watch, "Print after every poll until Ctrl+C; JSON Lines with --json");
}

QStringList wantedQueues(const PolledOptions& options) {
    QStringList names;
    for (const auto& name : options.queues) names << QString::fromStdString(name);
    return names;
}

namespace {
// The total of a system says nothing about some of its queues.
void keepLeases(LeasesReading& leases, const QStringList& wanted) {
    const auto listed = static_cast<qint64>(leases.leases.size());
    std::erase_if(leases.leases, [&](const Lease& lease) { return !wanted.contains(lease.queue); });
    if (!leases.total.known()) return;
    const auto kept = static_cast<qint64>(leases.leases.size());
    leases.total = *leases.total.value <= listed
                       ? Count{kept, leases.total.provenance, leases.total.method}
                       : Count::lowerBound(kept, u"those among the oldest that one poll reads"_s);
}

// One that does not say which queues it serves may serve these.
void keepWorkers(WorkersReading& workers, const QStringList& wanted) {
    const auto serves = [&](const QString& queue) { return wanted.contains(queue) || queue.contains(u'*'); };
    std::erase_if(workers.list, [&](const Worker& worker) {
        return !worker.queues.isEmpty() && std::none_of(worker.queues.begin(), worker.queues.end(), serves);
    });
}

bool holdsSystem(const Reading& reading, const QString& key) {
    return std::any_of(reading.systems.begin(), reading.systems.end(),
                       [&](const SystemHealth& system) { return system.identity.key() == key; });
}
}  // namespace

Reading onlyQueues(const Reading& reading, const QStringList& wanted, QStringList& missing) {
    Reading kept = reading;
    if (wanted.isEmpty()) return kept;
    missing = wanted;
    const auto about = [&](const auto& one) { return !one.queue.isEmpty() && !wanted.contains(one.queue); };
    for (auto& system : kept.systems) {
        std::erase_if(system.queues, [&](const QueueHealth& q) { return !wanted.contains(q.reading.queue); });
        for (const auto& queue : system.queues) missing.removeAll(queue.reading.queue);
        keepLeases(system.leases, wanted);
        keepWorkers(system.workers, wanted);
        std::erase_if(system.conditions, about);
    }
    std::erase_if(kept.findings, about);
    const auto holdsNone = [](const SystemHealth& system) { return system.queues.empty(); };
    if (std::all_of(kept.systems.begin(), kept.systems.end(), holdsNone)) return kept;
    std::erase_if(kept.systems, holdsNone);
    std::erase_if(kept.findings, [&](const Finding& finding) {
        return !finding.system.isEmpty() && !holdsSystem(kept, finding.system);
    });
    return kept;
}

Outcome<std::unique_ptr<Poller>> makePoller(const PolledOptions& options, CommandContext& context) {
    auto settings = connectionSettings(options.connection, context.connectionsFile);
    if (!settings) return settings.failure();
    HealthSettings health;
    health.window_s = std::chrono::duration<double>(options.window.window).count();
    // What others suffer must not crowd out what is asked for.
    if (!options.queues.empty()) health.max_findings = std::numeric_limits<int>::max();
    auto poller = std::make_unique<Poller>(*settings, context.createBackend(*settings), health);
    poller->watchOwnActions(ActionJournal::defaultPath());
    return poller;
}

PollWindow::Progress progressLine(CommandContext& context) {
    if (!context.showProgress) return {};
    return [&context](const PolledWindow& soFar, milliseconds left) {
        showProgress(context, u"%1 polls, %2 to go%3"_s.arg(
                                  QString::number(soFar.costs.count()),
                                  durationText(std::ceil(static_cast<double>(left.count()) / 1000)),
                                  soFar.failure ? u" (last poll failed, trying again)"_s : QString()));
    };
}

}  // namespace spillway
