// What drills and parity share: for which commit and job they speak, and the evidence file of the checklist.
#pragma once

#include <QJsonObject>

#include "app/cli/command_line.h"
#include "backends/drill/drill_document.h"

namespace spillway {

struct EvidenceOptions {
    std::string output;
    std::string commit;
    std::string job;
    bool json = false;
};

void addEvidenceOptions(CLI::App& command, EvidenceOptions& options);
// Failure: usage, when the file cannot be written. Asked before anything is measured.
[[nodiscard]] Outcome<Done> checkedOutput(const EvidenceOptions& options);
// Who runs this program.
[[nodiscard]] QString accountName();
// Where a build server runs us it knows the commit; anywhere else only the person does. Empty: not told.
[[nodiscard]] QString commitOf(const std::string& given);
[[nodiscard]] EvidenceHead evidenceHead(const QString& kind, const QString& where, const QString& commit,
                                        const QString& job);
// The document with who, when, where and the commit, to the file and, with --json, to stdout.
[[nodiscard]] Outcome<Done> hand(CommandContext& context, const EvidenceOptions& options,
                                 const QJsonObject& document, const QString& kind, const QString& where);

}  // namespace spillway
