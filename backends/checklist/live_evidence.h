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
