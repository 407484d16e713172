// Evidence from files: our own drills and parities, JUnit XML, and another tool's JSON. Pure: bytes in.
#pragma once

#include <QByteArray>

#include "backends/checklist/evidence.h"
#include "backends/domain/outcome.h"

namespace spillway {

inline constexpr qint64 kLargestEvidence = qint64(4) << 20;  // bytes

struct EvidenceFile {
    QByteArray bytes;
    QString name;         // without its folder; for people
    ServerTime modified;  // when it was written, for what carries no time of its own
};

// Each a Failure of kind usage, with what the file is instead.
[[nodiscard]] Outcome<Evidence> evidenceFromDrill(const EvidenceFile& file);  // `drill … --output`
[[nodiscard]] Outcome<Evidence> evidenceFromJUnit(const EvidenceFile& file);
// Any JSON object; one that this program wrote is known again.
[[nodiscard]] Outcome<Evidence> evidenceFromJson(const EvidenceFile& file);

// What withHead() made, as evidence; also what was measured in this process.
[[nodiscard]] Outcome<Evidence> evidenceFromDocument(const QJsonObject& document, const QString& source);

}  // namespace spillway
