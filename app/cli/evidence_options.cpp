#include "app/cli/evidence_options.h"

#include <CLI/CLI.hpp>
#include <QDateTime>
#include <QFileInfo>
#include <QJsonDocument>
#include <QSaveFile>
#include <QSysInfo>

#include "app/cli/printers/json_printer.h"
#include "backends/acting/action_report.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

Failure unwritable(const QString& file, const QString& why) {
    return {FailureKind::usage,
            u"The evidence file %1 cannot be written: %2."_s.arg(file, why),
            {},
            u"Give --output a file in a folder that is yours."_s};
}

}  // namespace

QString accountName() {
    return thisActor({}).name;
}

QString commitOf(const std::string& given) {
    if (!given.empty()) return QString::fromStdString(given);
    for (const char* variable : {"GITHUB_SHA", "CI_COMMIT_SHA"})
        if (qEnvironmentVariableIsSet(variable)) return qEnvironmentVariable(variable);
    return {};
}

EvidenceHead evidenceHead(const QString& kind, const QString& where, const QString& commit,
                          const QString& job) {
    return {kind,
            QDateTime::currentDateTimeUtc().toString(Qt::ISODateWithMs),
            accountName(),
            QSysInfo::machineHostName(),
            where,
            commit,
            job};
}

void addEvidenceOptions(CLI::App& command, EvidenceOptions& options) {
    command
        .add_option("--output", options.output,
                    "Also write the result to FILE, as evidence for the checklist")
        ->type_name("FILE");
    command
        .add_option("--commit", options.commit,
                    "The commit that this speaks for; GITHUB_SHA or CI_COMMIT_SHA where set")
        ->type_name("SHA");
    command.add_option("--job", options.job, "The kind of job that this speaks for")->type_name("KIND");
    command.add_flag("--json", options.json, "One JSON document on stdout");
}

Outcome<Done> checkedOutput(const EvidenceOptions& options) {
    if (options.output.empty()) return Done{};
    QSaveFile file(QString::fromStdString(options.output));
    if (!file.open(QIODevice::WriteOnly)) return unwritable(file.fileName(), file.errorString());
    file.cancelWriting();
    return Done{};
}

Outcome<Done> hand(CommandContext& context, const EvidenceOptions& options, const QJsonObject& document,
                   const QString& kind, const QString& where) {
    const QJsonObject whole = withHead(
        document, evidenceHead(kind, where, commitOf(options.commit), QString::fromStdString(options.job)));
    if (options.json) context.out << QString::fromUtf8(jsonLine(whole));
    context.out.flush();
    if (options.output.empty()) return Done{};
    QSaveFile file(QString::fromStdString(options.output));
    if (!file.open(QIODevice::WriteOnly)) return unwritable(file.fileName(), file.errorString());
    file.write(QJsonDocument(whole).toJson());
    if (!file.commit()) return unwritable(file.fileName(), file.errorString());
    return Done{};
}

}  // namespace spillway
