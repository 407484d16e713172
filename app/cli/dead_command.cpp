// `dead`: what was given up, one by one or grouped by what killed it.
#include <CLI/CLI.hpp>

#include "app/cli/connection_options.h"
#include "app/cli/polled_command.h"
#include "app/cli/printers/dead_printer.h"
#include "app/cli/printers/json_printer.h"
#include "app/cli/printers/text_printer.h"
#include "app/cli/stop_signal.h"
#include "app/connections/redaction_file.h"
#include "backends/health/error_signature.h"
#include "backends/polling/poller.h"

namespace spillway {
using namespace Qt::StringLiterals;
using std::chrono::milliseconds;
namespace {

constexpr int kPageSize = 1000;
constexpr int kMostPayloads = 1000;

struct DeadOptions {
    ConnectionOptions connection;
    std::vector<std::string> queues;
    std::vector<std::string> jobs;
    std::string kind;
    std::string error;
    milliseconds olderThan{0};
    milliseconds newerThan{0};
    int limit = 100;
    bool newest = false;
    bool group = false;
    bool payload = false;
    bool json = false;
};

QStringList words(const std::vector<std::string>& given) {
    QStringList list;
    for (const auto& word : given) list << QString::fromStdString(word);
    return list;
}

JobFilter filterOf(const DeadOptions& options) {
    JobFilter filter;
    filter.queues = words(options.queues);
    filter.ids = words(options.jobs);
    filter.kind = QString::fromStdString(options.kind);
    filter.error_signature = errorSignature(QString::fromStdString(options.error));
    const auto seconds = [](milliseconds time) { return std::chrono::duration<double>(time).count(); };
    if (options.olderThan.count() > 0) filter.older_than_s = seconds(options.olderThan);
    if (options.newerThan.count() > 0) filter.newer_than_s = seconds(options.newerThan);
    return filter;
}

template <typename T>
Outcome<T> ask(Poller& poller, const Inquiry& inquiry) {
    Answer answer = poller.answer(inquiry);
    if (auto* failure = std::get_if<Failure>(&answer)) return std::move(*failure);
    return std::get<T>(std::move(answer));
}

// Page by page until the limit; the total is that of the first page.
Outcome<DeadPage> deadPages(Poller& poller, const DeadOptions& options, StopSignal& stop) {
    DeadPage all;
    DeadQuery query{.filter = filterOf(options), .limit = 0, .after = {}, .newest_first = options.newest};
    do {
        query.limit = std::min(kPageSize, options.limit - static_cast<int>(all.jobs.size()));
        auto page = ask<DeadPage>(poller, query);
        if (!page) return page;
        if (query.after.isEmpty()) all.total = page->total, all.observed_at = page->observed_at;
        for (auto& job : page.value().jobs) all.jobs.push_back(std::move(job));
        query.after = all.next = page->next;
    } while (!query.after.isEmpty() && static_cast<int>(all.jobs.size()) < options.limit &&
             !stop.requested());
    return all;
}

// A job that has gone meanwhile simply has no payload.
std::optional<Failure> fetchPayloads(Poller& poller, DeadAnswer& answer) {
    for (const DeadJob& job : answer.page.jobs) {
        if (answer.details.size() >= kMostPayloads) break;
        if (job.id == u"?"_s) continue;  // what is too large to be listed is not fetched either
        auto detail = ask<JobDetail>(poller, JobQuery{job.system, job.queue, job.id});
        if (!detail && detail.failure().kind != FailureKind::changed) return detail.failure();
        if (detail) answer.details.insert(deadKey(job), std::move(detail).value());
    }
    return std::nullopt;
}

// The groups are a second, longer question: failing there leaves the list.
std::optional<Failure> fetchGroups(Poller& poller, const DeadOptions& options, DeadAnswer& answer) {
    auto groups = ask<DeadGroups>(poller, DeadGroupsQuery{filterOf(options)});
    if (!groups) return groups.failure();
    answer.groups = std::move(groups).value();
    return std::nullopt;
}

// After the signatures are made, which a replay selects by; before anything is printed.
void redact(DeadAnswer& answer, const RedactionRules& rules) {
    for (DeadJob& job : answer.page.jobs) {
        if (!rules.empty()) answer.signatures.insert(deadKey(job), errorSignature(job.error));
        redact(job, rules);
    }
    for (JobDetail& detail : answer.details) redact(detail, rules);
    if (answer.groups)
        for (DeadGroup& group : answer.groups->groups) redact(group, rules);
}

void print(CommandContext& context, const DeadOptions& options, const ConnectionSettings& settings,
           const ServerInfo& server, const DeadAnswer& answer) {
    if (options.json) {
        QJsonObject document = deadJson(answer);
        document[u"schema"_s] = 1;
        document[u"observed_at"_s] = toIsoUtc(answer.page.observed_at);
        document[u"connection"_s] = serverJson(settings.name, settings.environment, server);
        context.out << QString::fromUtf8(jsonLine(document));
    } else {
        context.out << serverLine(settings.name, settings.environment, server) << "\n\n"
                    << (options.group ? deadGroupsText(answer, context.style)
                                      : deadText(answer, context.style));
    }
    context.out.flush();
}

// Nothing matches: is it the filter, or are there no such queues? Answers the exit code.
int explainNothing(CommandContext& context, const DeadOptions& options, Poller& poller) {
    if (!options.error.empty())
        context.err
            << "spillwayctl: --error compares whole errors, with what changes from job to job replaced. "
               "--group without it lists them."
            << Qt::endl;
    if (options.queues.empty()) return 0;
    const auto reading = poller.pollOnce();
    if (!reading) return reportFailure(context, reading.failure());
    QStringList missing;
    (void)onlyQueues(**reading, words(options.queues), missing);
    return warnAboutMissing(context, missing, **reading);
}

int runDead(CommandContext& context, const DeadOptions& options) {
    const auto settings = connectionSettings(options.connection, context.connectionsFile);
    if (!settings) return reportFailure(context, settings.failure());
    Poller poller(*settings, context.createBackend(*settings));
    context.stop.onRequest([&poller] { poller.interrupt(); });
    auto page = deadPages(poller, options, context.stop);
    if (!page) {
        context.stop.onRequest({});
        return reportFailure(context, page.failure());
    }
    DeadAnswer answer{std::move(page).value(), {}, {}};
    std::optional<Failure> failure;
    if (options.group || options.json) failure = fetchGroups(poller, options, answer);
    if (options.payload && !failure) failure = fetchPayloads(poller, answer);
    redact(answer, redactionRules(redactionFileBeside(context.connectionsFile)));
    print(context, options, *settings, poller.server(), answer);
    const int code = answer.page.jobs.empty() ? explainNothing(context, options, poller) : 0;
    context.stop.onRequest({});
    if (!failure) return code;
    reportFailure(context, *failure);
    return kDoneInPart;
}

void addFilters(CLI::App& command, DeadOptions& options) {
    const auto repeatable = [&](const char* name, std::vector<std::string>& value, const char* help,
                                const char* type) {
        command.add_option(name, value, help)
            ->type_name(type)
            ->take_all()
            ->expected(1)
            ->allow_extra_args(false);
    };
    repeatable("--queue", options.queues, "Only this queue (repeatable)", "QUEUE");
    repeatable("--job", options.jobs, "Only this job (repeatable)", "ID");
    command.add_option("--kind", options.kind, "Only this job class, task or job name")->type_name("KIND");
    command
        .add_option("--error", options.error, "Only jobs with this error signature, or with an error like it")
        ->type_name("SIGNATURE");
    addDurationOption(command, "--older-than", options.olderThan, milliseconds{1},
                      "Died at least this long ago");
    addDurationOption(command, "--newer-than", options.newerThan, milliseconds{1},
                      "Died at most this long ago");
    command.add_option("--limit", options.limit, "Most jobs listed")->check(CLI::Range(1, 100'000));
}

}  // namespace

void addDeadCommand(CLI::App& root, Command& chosen) {
    auto* command = root.add_subcommand("dead", "Dead jobs: given up and kept, with what killed them");
    const auto options = std::make_shared<DeadOptions>();
    addConnectionOptions(*command, options->connection);
    addFilters(*command, *options);
    command->add_flag("--newest", options->newest, "The newest first, not the oldest");
    command->add_flag("--group", options->group, "Group by error signature and kind");
    command->add_flag("--payload", options->payload, "With the job's data, at most 1 MiB each");
    command->add_flag("--json", options->json, "One JSON document on stdout");
    command->footer(
        "A signature is an error with everything replaced that changes from job to job.\n\n"
        "Examples:\n  spillwayctl dead @prod --queue orders --group\n"
        "  spillwayctl dead @prod --error \"timeout after <n> ms\" --older-than 7d --json | jq .total.value");
    command->callback([&chosen, options] {
        chosen = [options](CommandContext& context) { return runDead(context, *options); };
    });
}

}  // namespace spillway
