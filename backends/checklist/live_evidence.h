// What the console sees by itself of one queue, as evidence: duplicate claims with their bound, and how many
// jobs run at once, in production and in staging. Pure.
#pragma once

#include <QJsonObject>

#include "backends/health/health_report.h"

namespace spillway {

struct LiveQueue {
    QString connection;
    Environment environment = Environment::production;
    QString system;  // SystemIdentity::key()
    QString queue;
    ServerTime observed_at;  // the server's clock
    DuplicateClaims duplicates;
    Count at_once;  // jobs that its workers could run at once
    bool operator==(const LiveQueue&) const = default;
};

// A rule of the data that a connection watches, as its last reading found it.
struct RuleOfData {
    QString connection;
    QString name;
    QString found;  // "93 and 100 (must agree)", or why it could not be checked
    bool checked = true;
    bool holds = true;
    [[nodiscard]] bool broken() const { return checked && !holds; }
    bool operator==(const RuleOfData&) const = default;
};
[[nodiscard]] std::vector<RuleOfData> rulesOfData(const Reading& reading);
// "On prod “captured payments equal charges” does not hold: 93 and 100 (must agree)."
[[nodiscard]] QString ruleSentence(const RuleOfData& rule);
// The document with what its rules say; nothing is added where there are none.
[[nodiscard]] QJsonObject withRules(QJsonObject document, const std::vector<RuleOfData>& rules);
[[nodiscard]] std::vector<RuleOfData> rulesIn(const QJsonObject& document);

// nullopt: no system of this reading has a queue of that name. Where several have, the one with the most
// duplicates, then the most claims.
[[nodiscard]] std::optional<LiveQueue> liveQueue(const Reading& reading, const QString& queue);

// The document of EvidenceKind::live, still without its head. Either side may be missing, not both.
[[nodiscard]] QJsonObject liveDocument(const std::optional<LiveQueue>& production,
                                       const std::optional<LiveQueue>& staging);
// "production: 0 of 300 000 claims: at most 10 per million (95 %); staging: …"
[[nodiscard]] QString liveSentence(const QJsonObject& document);
// One side of the document, "production" or "staging"; nullopt: it was not looked at.
[[nodiscard]] std::optional<DuplicateClaims> liveClaims(const QJsonObject& document, const QString& side);

}  // namespace spillway
