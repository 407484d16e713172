// `checklist new`, `answer`, `update`, `list` and `show`.
#include "app/cli/checklist/checklist_command.h"

#include <CLI/CLI.hpp>
#include <QJsonArray>

#include "app/cli/checklist/checklist_printer.h"
#include "app/cli/connection_options.h"
#include "app/cli/evidence_options.h"
#include "app/cli/printers/json_printer.h"
#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

struct ChangeOptions {
    std::string id, title, link, commit, queue, staging, author, from, until, noSharedState, rollback;
    std::vector<std::string> jobs;
    qint64 workers = -1;
    ConnectionOptions connection;
    bool json = false;
};

struct AnswerOptions {
    std::string id, question, choice, text;
    bool json = false;
};

struct ShowOptions {
    std::string id, job;
    bool json = false;
};

QString textOf(const std::string& text) {
    return QString::fromStdString(text).simplified();
}

Failure unusable(const QString& what, const QString& next = {}) {
    return {FailureKind::usage, what, {}, next};
}

Outcome<std::optional<ServerTime>> momentOf(const std::string& text, const QString& option) {
    if (text.empty()) return std::optional<ServerTime>();
    const QDateTime time = QDateTime::fromString(QString::fromStdString(text), Qt::ISODate);
    if (time.isValid()) return std::optional<ServerTime>(serverTimeFromMillis(time.toMSecsSinceEpoch()));
    return unusable(u"%1 \"%2\" is no time."_s.arg(option, textOf(text).left(60)),
                    u"Write 2026-03-01T14:00:00Z, or without the Z for local time."_s);
}

// A secret in the URL is not kept. A saved name that is not on this machine may be on another.
Outcome<QString> connectionText(CommandContext& context, const ConnectionOptions& options,
                                std::optional<Environment>& environment) {
    const auto settings = connectionSettings(options, context.connectionsFile);
    const QString target = QString::fromStdString(options.target);
    if (!settings && !target.startsWith(u'@')) return settings.failure();
    environment = environmentFromName(QString::fromStdString(options.environment));
    if (!settings) {
        context.err << "spillwayctl: " << settings.failure().sentence()
                    << " The checklist takes it as production." << Qt::endl;
        return target;
    }
    environment = settings->environment;
    if (target.startsWith(u'@')) return target;
    return settings->displayUrl().contains(u"***"_s) ? settings->displayUrl() : target;
}

Outcome<Done> takeConnections(CommandContext& context, const ChangeOptions& options, Checklist& checklist) {
    if (!options.connection.target.empty()) {
        const auto production = connectionText(context, options.connection, checklist.environment);
        if (!production) return production.failure();
        checklist.connection = *production;
    } else if (!options.connection.environment.empty()) {
        checklist.environment = environmentFromName(QString::fromStdString(options.connection.environment));
    }
    if (options.staging.empty()) return Done{};
    ConnectionOptions staging;
    staging.target = options.staging;
    std::optional<Environment> unused;
    const auto text = connectionText(context, staging, unused);
    if (!text) return text.failure();
    checklist.staging = *text;
    return Done{};
}

void takeText(QString& into, const std::string& given) {
    if (!given.empty()) into = textOf(given).left(1000);
}

Outcome<Done> takeChange(CommandContext& context, const ChangeOptions& options, Checklist& checklist) {
    takeText(checklist.title, options.title);
    takeText(checklist.link, options.link);
    takeText(checklist.commit, options.commit);
    takeText(checklist.queue, options.queue);
    takeText(checklist.author, options.author);
    if (!options.jobs.empty()) checklist.jobs.clear();
    for (const auto& job : options.jobs)
        if (const QString kind = textOf(job); !kind.isEmpty()) checklist.jobs << kind;
    if (options.workers >= 0) checklist.workers = options.workers;
    const auto from = momentOf(options.from, u"--deploy-from"_s);
    if (!from) return from.failure();
    const auto until = momentOf(options.until, u"--deploy-until"_s);
    if (!until) return until.failure();
    if (*from) checklist.window.from = *from;
    if (*until) checklist.window.until = *until;
    if (checklist.title.isEmpty()) return unusable(u"A checklist needs a title."_s);
    if (checklist.jobs.isEmpty()) return unusable(u"A checklist needs the kind of job, with --job."_s);
    const auto& window = checklist.window;
    if (window.from && window.until && *window.until < *window.from)
        return unusable(u"The deploy window ends before it begins."_s);
    return takeConnections(context, options, checklist);
}

void printId(CommandContext& context, const QString& id, bool json) {
    if (json)
        context.out << QString::fromUtf8(jsonLine({{u"checklist"_s, id}}));
    else
        context.out << id << '\n';
    context.out.flush();
}

int runNew(CommandContext& context, const ChangeOptions& options) {
    Checklist checklist;
    checklist.id = newChecklistId();
    checklist.created = checklistNow();
    checklist.author = accountName();
    checklist.commit = commitOf({});
    if (const auto taken = takeChange(context, options, checklist); !taken)
        return reportFailure(context, taken.failure());
    if (!options.noSharedState.empty()) {
        const auto answered = giveAnswer(checklist, ChecklistQuestion::shared_state, AnswerChoice::no,
                                         QString::fromStdString(options.noSharedState), checklist.created);
        if (!answered) return reportFailure(context, answered.failure());
    }
    if (!options.rollback.empty()) {
        const auto answered = giveAnswer(checklist, ChecklistQuestion::rollback, AnswerChoice::yes,
                                         QString::fromStdString(options.rollback), checklist.created);
        if (!answered) return reportFailure(context, answered.failure());
    }
    auto store = ownChecklists();
    if (const auto created = store.create(checklist); !created)
        return reportFailure(context, created.failure());
    printId(context, checklist.id, options.json);
    return 0;
}

int changeStored(CommandContext& context, const std::string& id, bool json,
                 const ChecklistStore::Change& change) {
    auto store = ownChecklists();
    const auto changed = store.change(QString::fromStdString(id), change);
    if (!changed) return reportFailure(context, changed.failure());
    const auto judgement = judgedChecklist(*changed, {{checklistNow(), {}, {}}, false});
    if (json)
        context.out << QString::fromUtf8(jsonLine(judgedDocument(*changed, judgement)));
    else
        context.out << judgement.sentence << '\n';
    context.out.flush();
    return 0;
}

int runUpdate(CommandContext& context, const ChangeOptions& options) {
    return changeStored(context, options.id, options.json,
                        [&](Checklist& c) { return takeChange(context, options, c); });
}

Outcome<Done> takeAnswer(const AnswerOptions& options, Checklist& checklist) {
    const QString question = QString::fromStdString(options.question);
    const QString text = QString::fromStdString(options.text);
    if (question == QLatin1String(kSilentFailure)) return giveSilentFailure(checklist, text, checklistNow());
    const auto choice = answerFromName(QString::fromStdString(options.choice));
    if (!choice) return unusable(u"Question %1 is answered by yes, no or na."_s.arg(question));
    return giveAnswer(checklist, *questionFromName(question), *choice, text, checklistNow());
}

int runAnswer(CommandContext& context, const AnswerOptions& options) {
    return changeStored(context, options.id, options.json,
                        [&](Checklist& c) { return takeAnswer(options, c); });
}

int runList(CommandContext& context, const ShowOptions& options) {
    const auto listing = ownChecklists().list();
    if (!listing) return reportFailure(context, listing.failure());
    QJsonArray documents;
    for (const auto& checklist : listing->checklists) {
        if (!options.job.empty() && !checklist.jobs.contains(QString::fromStdString(options.job))) continue;
        const auto judgement = judgedChecklist(checklist, {{checklistNow(), {}, {}}, false});
        if (options.json)
            documents << judgedDocument(checklist, judgement);
        else
            context.out << checklistLine(checklist, judgement, context.style);
    }
    if (options.json) context.out << QString::fromUtf8(jsonLine({{u"checklists"_s, documents}}));
    context.out.flush();
    for (const auto& sentence : listing->unreadable) context.err << "spillwayctl: " << sentence << Qt::endl;
    return 0;
}

int runShow(CommandContext& context, const ShowOptions& options) {
    const auto checklist = ownChecklists().load(QString::fromStdString(options.id));
    if (!checklist) return reportFailure(context, checklist.failure());
    const auto judgement = judgedChecklist(*checklist, {{checklistNow(), {}, {}}, false});
    if (options.json)
        context.out << QString::fromUtf8(jsonLine(judgedDocument(*checklist, judgement)));
    else
        context.out << checklistText(*checklist, judgement, context.style);
    context.out.flush();
    return 0;
}

void addChangeOptions(CLI::App& command, ChangeOptions& options) {
    command.add_option("--link", options.link, "Of the pull request");
    command
        .add_option("--commit", options.commit,
                    "That will be deployed; GITHUB_SHA or CI_COMMIT_SHA where set")
        ->type_name("SHA");
    command.add_option("--connection", options.connection.target, "Where it will run: a URL or @name");
    command.add_option("--environment", options.connection.environment, "Of that connection")
        ->check(CLI::IsMember({"production", "staging", "development"}));
    command.add_option("--staging", options.staging, "Where it was tried: a URL or @name");
    command.add_option("--author", options.author, "Whoever runs this, if not given")->type_name("NAME");
    command.add_option("--workers", options.workers, "Jobs that production runs at once on the queue")
        ->check(CLI::Range(qint64(0), qint64(1'000'000)));
    command.add_option("--deploy-from", options.from, "Begin of the deploy window")->type_name("TIME");
    command.add_option("--deploy-until", options.until, "Its end; then the checklist expires")
        ->type_name("TIME");
    command.add_flag("--json", options.json, "One JSON document on stdout");
}

void addJobs(CLI::App& command, ChangeOptions& options, bool required) {
    command.add_option("--title", options.title, "Of the change")->required(required);
    command.add_option("--job", options.jobs, "Kind of job (repeatable)")
        ->required(required)
        ->type_name("KIND")
        ->take_all()
        ->expected(1)
        ->allow_extra_args(false);
    command.add_option("--queue", options.queue, "That it runs on");
}

template <typename Options>
std::shared_ptr<Options> onCall(CLI::App& command, Command& chosen,
                                int (*run)(CommandContext&, const Options&)) {
    const auto options = std::make_shared<Options>();
    command.callback([&chosen, options, run] {
        chosen = [options, run](CommandContext& context) { return run(context, *options); };
    });
    return options;
}

void addNew(CLI::App& checklist, Command& chosen) {
    auto* command = checklist.add_subcommand("new", "Begins a checklist and prints its id");
    const auto options = onCall(*command, chosen, &runNew);
    addJobs(*command, *options, true);
    addChangeOptions(*command, *options);
    command
        ->add_option("--no-shared-state", options->noSharedState,
                     "Answers question 1 with no, for this reason: questions 2 and 3 need no answer then")
        ->type_name("REASON");
    command
        ->add_option("--rollback", options->rollback,
                     "Answers question 4 with yes: how it is rolled back without correcting data by hand")
        ->type_name("TEXT");
    command->footer(
        "Examples:\n  spillwayctl checklist new --title 'Charge in one statement' --job charge --queue "
        "payments \\\n"
        "    --connection @prod --staging @staging --commit 4f2c91d0\n"
        "  spillwayctl checklist new --title 'New subject line' --job digest \\\n"
        "    --no-shared-state 'only reads' --rollback 'deploy the last one again'");
    auto* update = checklist.add_subcommand("update", "Corrects what a checklist says about the change");
    const auto updated = onCall(*update, chosen, &runUpdate);
    update->add_option("ID", updated->id, "Of the checklist")->required();
    addJobs(*update, *updated, false);
    addChangeOptions(*update, *updated);
    update->footer("Example:\n  spillwayctl checklist update c-3f9a1c07 --commit 51b7e002");
}

void addAnswer(CLI::App& checklist, Command& chosen) {
    auto* command = checklist.add_subcommand("answer", "Answers one question");
    const auto options = onCall(*command, chosen, &runAnswer);
    std::vector<std::string> names{"1", "2", "3", "4", kSilentFailure};
    for (const auto question : kChecklistQuestions) names.push_back(questionName(question).toStdString());
    command->add_option("ID", options->id, "Of the checklist")->required();
    command->add_option("QUESTION", options->question, "1 to 4, their names, or silent-failure")
        ->required()
        ->check(CLI::IsMember(names));
    command->add_option("ANSWER", options->choice, "yes, no or na; none for silent-failure")
        ->check(CLI::IsMember({"yes", "no", "na"}));
    command->add_option("--text", options->text, "Why, or how");
    command->add_flag("--json", options->json, "One JSON document on stdout");
    QString questions;
    for (const auto question : kChecklistQuestions)
        questions += u"  %1  %2  %3\n"_s.arg(questionNumber(question))
                         .arg(questionName(question).leftJustified(16), questionSentence(question));
    command->footer(
        questions.toStdString() + "     silent-failure    " + silentFailureQuestion().toStdString() +
        "\n\nExamples:\n  spillwayctl checklist answer c-3f9a1c07 1 yes --text 'updates the stock'\n"
        "  spillwayctl checklist answer c-3f9a1c07 silent-failure --text 'two workers and a lease that is "
        "too short'");
}

void addShow(CLI::App& checklist, Command& chosen) {
    auto* list = checklist.add_subcommand("list", "The checklists of this machine, newest first");
    const auto listed = onCall(*list, chosen, &runList);
    list->add_option("--job", listed->job, "Only this kind of job")->type_name("KIND");
    list->add_flag("--json", listed->json, "One JSON document on stdout");
    list->footer("Example:\n  spillwayctl checklist list --job charge");
    auto* show = checklist.add_subcommand("show", "Answers, evidence, signatures and the verdict");
    const auto shown = onCall(*show, chosen, &runShow);
    show->add_option("ID", shown->id, "Of the checklist")->required();
    show->add_flag("--json", shown->json, "One JSON document on stdout");
    show->footer("Example:\n  spillwayctl checklist show c-3f9a1c07");
}

}  // namespace

ChecklistStore ownChecklists() {
    return ChecklistStore(ChecklistStore::defaultFolder());
}

ServerTime checklistNow() {
    return serverTimeFromMillis(QDateTime::currentMSecsSinceEpoch());
}

void addChecklistCommand(CLI::App& root, Command& chosen) {
    auto* checklist = root.add_subcommand(
        "checklist", "Four questions before a deploy, answered with evidence; `verify` judges them in CI");
    checklist->require_subcommand(1);
    addNew(*checklist, chosen);
    addAnswer(*checklist, chosen);
    addChecklistAttach(*checklist, chosen);
    addChecklistSign(*checklist, chosen);
    addShow(*checklist, chosen);
    addChecklistExport(*checklist, chosen);
    addChecklistVerify(*checklist, chosen);
    addChecklistCompare(*checklist, chosen);
    checklist->footer(
        "Example:\n  spillwayctl checklist new --title 'Charge in one statement' --job charge --queue "
        "payments");
}

}  // namespace spillway
