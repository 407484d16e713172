// `audit`: what was done, by whom, and whether the records are as they were written.
#include <CLI/CLI.hpp>
#include <QFile>
#include <QJsonArray>

#include "app/cli/acting/action_printer.h"
#include "app/cli/command_line.h"
#include "app/cli/printers/json_printer.h"
#include "backends/domain/human_text.h"
#include "backends/remediation/audit_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kBroken = 4;

struct AuditOptions {
    std::string what = "list";
    std::string id;
    std::string format = "markdown";
    std::string output;
    bool json = false;
};

Outcome<Done> give(CommandContext& context, const std::string& path, const QByteArray& bytes) {
    if (path.empty()) {
        context.out << QString::fromUtf8(bytes);
        context.out.flush();
        return Done{};
    }
    QFile file(QString::fromStdString(path));
    if (file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() && file.flush()) return Done{};
    return Failure{
        FailureKind::permission, u"%1 could not be written."_s.arg(file.fileName()), file.errorString(), {}};
}

QString lineOf(const QJsonObject& record) {
    return u"%1  %2  %3  %4  %5  moved %6  %7\n"_s.arg(
        record[u"at"_s].toString(), record[u"id"_s].toString(), record[u"action"_s].toString(u"?"_s),
        visibleText(record[u"queue"_s].toString(), 60), record[u"outcome"_s].toString(),
        QString::number(record[u"counts"_s].toObject()[u"moved"_s].toInteger()),
        visibleText(record[u"reason"_s].toString(), 120));
}

int showOne(CommandContext& context, const AuditOptions& options, const QJsonObject& document) {
    for (const auto value : document[u"records"_s].toArray()) {
        const auto record = value.toObject();
        if (record[u"id"_s].toString() != QString::fromStdString(options.id)) continue;
        const bool json = options.json || (options.what == "export" && options.format == "json");
        const auto given =
            give(context, options.output, json ? jsonLine(record) : auditMarkdown(record).toUtf8());
        return given ? 0 : reportFailure(context, given.failure());
    }
    return reportFailure(context, {FailureKind::usage,
                                   u"There is no audit record %1."_s.arg(QString::fromStdString(options.id)),
                                   {},
                                   u"\"spillwayctl audit list\" lists them."_s});
}

int runAudit(CommandContext& context, const AuditOptions& options) {
    auto journal = ActionJournal::open(ActionJournal::defaultPath());
    if (!journal) return reportFailure(context, journal.failure());
    const auto audit = (*journal)->audit();
    if (!audit) return reportFailure(context, audit.failure());
    const auto actions = (*journal)->actions();
    if (!actions) return reportFailure(context, actions.failure());
    const auto fault = (*journal)->verifyAudit();
    if (!fault) return reportFailure(context, fault.failure());
    const auto document = auditJson(*audit, *actions, !fault->has_value());
    if (options.what == "show" || options.what == "export") return showOne(context, options, document);
    if (options.json)
        context.out << QString::fromUtf8(jsonLine(document));
    else if (options.what == "list")
        for (const auto record : document[u"records"_s].toArray()) context.out << lineOf(record.toObject());
    context.out.flush();
    if (!fault->has_value()) {
        if (options.what == "verify" && !options.json) context.out << "The audit is intact.\n";
        return 0;
    }
    context.err << "spillwayctl: record " << (*fault)->number << " does not fit: " << (*fault)->sentence
                << Qt::endl;
    return options.what == "verify" ? kBroken : 0;
}

}  // namespace

void addAuditCommand(CLI::App& root, Command& chosen) {
    auto* command = root.add_subcommand("audit", "What was replayed and released, by whom and why");
    const auto options = std::make_shared<AuditOptions>();
    command->add_option("WHAT", options->what, "list, show, export or verify")
        ->check(CLI::IsMember({"list", "show", "export", "verify"}));
    command->add_option("ID", options->id, "Of the record (show, export)");
    command->add_option("--format", options->format, "Of an export")
        ->check(CLI::IsMember({"markdown", "json"}));
    command->add_option("--output", options->output, "File to write the export to")->type_name("FILE");
    command->add_flag("--json", options->json, "One JSON document on stdout");
    command->footer("Example:\n  spillwayctl audit verify");
    command->callback([&chosen, options] {
        chosen = [options](CommandContext& context) { return runAudit(context, *options); };
    });
}

}  // namespace spillway
