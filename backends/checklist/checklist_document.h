// A checklist as JSON: one format for the store and for the export that `verify` reads. The checksum shows
// that a file was edited by accident or in passing; whoever wants to forge one can, which is what a second
// signature and the review of the pull request are for. Pure.
#pragma once

#include "backends/checklist/checklist_rules.h"

namespace spillway {

inline constexpr qint64 kLargestChecklist = qint64(16) << 20;  // bytes

// SHA-256 (hex) over what a reviewer reads: the change, the answers, the evidence. Not the signatures.
[[nodiscard]] QString contentHash(const Checklist& checklist);

[[nodiscard]] QJsonObject checklistDocument(const Checklist& checklist);
// Sealed: with the checksum over all the rest.
[[nodiscard]] QJsonObject sealed(const QJsonObject& document);
// Pretty, sealed, as it is written to a file.
[[nodiscard]] QByteArray checklistBytes(const Checklist& checklist);

// Failure kind usage: no JSON, no checklist; kind protocol: it was edited, or is cut off.
[[nodiscard]] Outcome<Checklist> checklistFromBytes(const QByteArray& bytes);

// {"verdict", "reasons", "warnings", "sentence", "questions":[…]}
[[nodiscard]] QJsonObject judgementDocument(const ChecklistJudgement& judgement);

}  // namespace spillway
