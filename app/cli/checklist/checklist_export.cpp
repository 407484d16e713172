// `checklist sign`, `export` and `verify`: what leaves this machine and comes back to be judged.
#include <CLI/CLI.hpp>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QSysInfo>

#include "app/cli/checklist/checklist_command.h"
#include "app/cli/checklist/checklist_printer.h"
#include "app/cli/evidence_options.h"
#include "app/cli/printers/json_printer.h"
#include "backends/checklist/checklist_markdown.h"
#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

struct SignOptions {
    std::string target, reviewer, acceptRisk;
    bool json = false;
};
struct ExportOptions {
    std::string id, format = "markdown", output;
    bool json = false;
};
struct VerifyOptions {
    std::string file, commit;
    qint64 workers = -1;
    bool secondSignature = false, json = false;
};

ChecklistJudgement judgedNow(const Checklist& checklist) {
    return judgedChecklist(checklist, {{checklistNow(), {}, {}}, false});
}

Outcome<Done> signAs(const SignOptions& options, bool onExport, Checklist& checklist) {
    return signOff(checklist, {QString::fromStdString(options.reviewer), checklistNow(), accountName(),
                               QSysInfo::machineHostName(), QString::fromStdString(options.acceptRisk),
                               contentHash(checklist), onExport});
}

Outcome<Checklist> signFile(const SignOptions& options, const QString& path) {
    const auto bytes = readWholeFile(path, kLargestChecklist);
    if (!bytes) return bytes.failure();
    auto checklist = checklistFromBytes(*bytes);
    if (!checklist) return checklist.failure();
    if (const auto done = signAs(options, true, checklist.value()); !done) return done.failure();
    if (const auto written = writeWholeFile(path, checklistBytes(*checklist), false); !written)
        return written.failure();
    return checklist;
}

int runSign(CommandContext& context, const SignOptions& options) {
    const QString target = QString::fromStdString(options.target);
    auto store = ownChecklists();
    const auto checklist = isChecklistId(target) || !QFileInfo::exists(target)
                               ? store.change(target, [&](Checklist& c) { return signAs(options, false, c); })
                               : signFile(options, target);
    if (!checklist) return reportFailure(context, checklist.failure());
    const auto judgement = judgedNow(*checklist);
    if (options.json)
        context.out << QString::fromUtf8(jsonLine(judgedDocument(*checklist, judgement)));
    else
        context.out << judgement.sentence << '\n';
    context.out.flush();
    if (!judgement.sign_offs.back().counts)
        context.err << "spillwayctl: This signature does not count: " << judgement.sign_offs.back().why_not
                    << Qt::endl;
    return 0;
}

int runExport(CommandContext& context, const ExportOptions& options) {
    const auto checklist = ownChecklists().load(QString::fromStdString(options.id));
    if (!checklist) return reportFailure(context, checklist.failure());
    const bool json = options.json || options.format == "json";
    const QByteArray bytes =
        json ? checklistBytes(*checklist) : checklistMarkdown(*checklist, judgedNow(*checklist)).toUtf8();
    if (options.output.empty()) {
        context.out << QString::fromUtf8(bytes);
        context.out.flush();
        return 0;
    }
    const auto written = writeWholeFile(QString::fromStdString(options.output), bytes, false);
    return written ? 0 : reportFailure(context, written.failure());
}

// What cannot be judged does not pass; a file that cannot be opened is a mistake in the command.
int refuseFile(CommandContext& context, const VerifyOptions& options, const Failure& failure) {
    ChecklistJudgement judgement;
    judgement.verdict = ChecklistVerdict::blocked;
    judgement.reasons << failure.sentence();
    judgement.sentence = u"Blocked: "_s + judgement.reasons.front();
    if (options.json) context.out << QString::fromUtf8(jsonLine(judgementDocument(judgement)));
    context.out.flush();
    context.err << "spillwayctl: " << judgement.sentence << Qt::endl;
    return kChecklistRefused;
}

int runVerify(CommandContext& context, const VerifyOptions& options) {
    const auto bytes = readWholeFile(QString::fromStdString(options.file), kLargestChecklist);
    if (!bytes) return reportFailure(context, bytes.failure());
    const auto checklist = checklistFromBytes(*bytes);
    if (!checklist) return refuseFile(context, options, checklist.failure());
    ChecklistDemands demands{{checklistNow(), QString::fromStdString(options.commit), {}},
                             options.secondSignature};
    if (options.workers >= 0) demands.moment.workers = options.workers;
    const auto judgement = judgedChecklist(*checklist, demands);
    if (options.json) {
        QJsonObject document = judgementDocument(judgement);
        document[u"checklist"_s] = checklist->id;
        document[u"title"_s] = checklist->title;
        context.out << QString::fromUtf8(jsonLine(document));
    } else {
        context.out << verdictText(judgement, context.style);
    }
    context.out.flush();
    if (judgement.verdict == ChecklistVerdict::pass) return 0;
    context.err << "spillwayctl: " << judgement.sentence << Qt::endl;
    return kChecklistRefused;
}

}  // namespace

void addChecklistSign(CLI::App& checklist, Command& chosen) {
    auto* command = checklist.add_subcommand("sign", "A reviewer acknowledges what is written now");
    const auto options = std::make_shared<SignOptions>();
    command
        ->add_option("ID", options->target, "Of the checklist; or an exported file, for a second signature")
        ->required();
    command->add_option("--reviewer", options->reviewer, "Who has read it")->required()->type_name("NAME");
    command
        ->add_option("--accept-risk", options->acceptRisk,
                     "Why it may go although no rollback works; not by the author")
        ->type_name("REASON");
    command->add_flag("--json", options->json, "One JSON document on stdout");
    command->footer(
        "Any change of answers or evidence afterwards makes the signature void. One machine cannot prove "
        "two\n"
        "people: this is an acknowledgement.\n\n"
        "Examples:\n  spillwayctl checklist sign c-3f9a1c07 --reviewer grace\n"
        "  spillwayctl checklist sign checklist.json --reviewer edsger");
    command->callback([&chosen, options] {
        chosen = [options](CommandContext& context) { return runSign(context, *options); };
    });
}

void addChecklistExport(CLI::App& checklist, Command& chosen) {
    auto* command = checklist.add_subcommand("export", "Markdown for a pull request, or JSON for `verify`");
    const auto options = std::make_shared<ExportOptions>();
    command->add_option("ID", options->id, "Of the checklist")->required();
    command->add_option("--format", options->format, "markdown, or json")
        ->check(CLI::IsMember({"markdown", "json"}));
    command->add_option("--output", options->output, "File to write")->type_name("FILE");
    command->add_flag("--json", options->json, "The same as --format json");
    command->footer(
        "Example:\n  spillwayctl checklist export c-3f9a1c07 --format json --output checklist.json");
    command->callback([&chosen, options] {
        chosen = [options](CommandContext& context) { return runExport(context, *options); };
    });
}

void addChecklistVerify(CLI::App& checklist, Command& chosen) {
    auto* command = checklist.add_subcommand("verify", "Judges an exported checklist, for CI");
    const auto options = std::make_shared<VerifyOptions>();
    command->add_option("FILE", options->file, "What `export --format json` wrote")->required();
    command->add_option("--commit", options->commit, "That is about to be deployed")->type_name("SHA");
    command->add_option("--workers", options->workers, "Jobs that production runs at once on the queue now")
        ->check(CLI::Range(qint64(0), qint64(1'000'000)));
    command->add_flag("--second-signature", options->secondSignature,
                      "Two people must have signed, the second on the exported file or elsewhere");
    command->add_flag("--json", options->json, "One JSON document on stdout");
    command->footer(
        "Exit code 0: pass; 4: blocked, incomplete, expired or edited.\n\n"
        "Example:\n  spillwayctl checklist verify checklist.json --commit \"$GITHUB_SHA\" --json");
    command->callback([&chosen, options] {
        chosen = [options](CommandContext& context) { return runVerify(context, *options); };
    });
}

}  // namespace spillway
