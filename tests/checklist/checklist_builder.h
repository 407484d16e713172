// Checklists and evidence as a test tells them.
#pragma once

#include <QJsonArray>

#include "backends/checklist/checklist_document.h"
#include "backends/domain/measured_json.h"

namespace spillway::test {

using Q = ChecklistQuestion;
using enum AnswerChoice;

inline ServerTime deployDay() {
    return serverTimeFromSeconds(1'772'503'920);
}  // 2026-03-03 02:12:00 UTC

inline QJsonObject claimDrillFile(qint64 claims, qint64 duplicates, int workers = 8,
                                  const QString& style = QStringLiteral("own")) {
    return {{QStringLiteral("kind"), QStringLiteral("drill_claim")},
            {QStringLiteral("style"), style},
            {QStringLiteral("script"), QStringLiteral("claim.sql")},
            {QStringLiteral("workers"), workers},
            {QStringLiteral("claims"), measuredJson(Count::exact(claims))},
            {QStringLiteral("duplicate_claims"), measuredJson(Count::exact(duplicates))}};
}

inline QJsonObject invariantDrillFile(int rounds, int drifted, int failedProcesses = 0, int processes = 8) {
    return {{QStringLiteral("kind"), QStringLiteral("drill_invariant")},
            {QStringLiteral("processes"), processes},
            {QStringLiteral("rounds"), rounds},
            {QStringLiteral("held"), rounds - drifted},
            {QStringLiteral("drifted"), drifted},
            {QStringLiteral("first_drift"),
             drifted ? QJsonValue(
                           QJsonObject{{QStringLiteral("round"), 1},
                                       {QStringLiteral("value"), QStringLiteral("93 and 92 (must agree)")}})
                     : QJsonValue()},
            {QStringLiteral("failed_processes"), failedProcesses}};
}

inline QJsonObject withRollback(QJsonObject drill, bool held) {
    drill[QStringLiteral("rollback")] =
        QJsonObject{{QStringLiteral("ran"), true},
                    {QStringLiteral("held"), held},
                    {QStringLiteral("value"), QStringLiteral("1 (must be 0)")}};
    return drill;
}

inline QJsonObject liveSide(qint64 claims, qint64 duplicates) {
    return {{QStringLiteral("claims"), measuredJson(Count::exact(claims))},
            {QStringLiteral("duplicate_claims"), measuredJson(Count::exact(duplicates))}};
}

inline Evidence evidence(EvidenceKind kind, const QJsonObject& document, ServerTime at = deployDay()) {
    Evidence e;
    e.kind = kind;
    e.document = document;
    e.measured_at = at;
    e.measured_by = QStringLiteral("ada");
    e.host = QStringLiteral("build-7");
    e.where = QStringLiteral("@staging");
    return e;
}

inline Checklist emptyChecklist() {
    Checklist c;
    c.id = QStringLiteral("c-0123abcd");
    c.title = QStringLiteral("Charge in one statement");
    c.commit = QStringLiteral("4f2c91d0");
    c.jobs = {QStringLiteral("charge")};
    c.queue = QStringLiteral("payments");
    c.connection = QStringLiteral("@prod");
    c.environment = Environment::production;
    c.author = QStringLiteral("Ada");
    c.created = deployDay();
    return c;
}

inline void answer(Checklist& c, Q question, AnswerChoice choice) {
    const auto done = giveAnswer(c, question, choice, QStringLiteral("because"), deployDay());
    Q_ASSERT(done.ok());
}

inline void sign(Checklist& c, const QString& reviewer, const QString& acceptRisk = {}) {
    const auto done = signOff(c, {reviewer, deployDay(), QStringLiteral("grace"), QStringLiteral("laptop"),
                                  acceptRisk, contentHash(c), false});
    Q_ASSERT(done.ok());
}

// Shared state, nothing sequential, tested by a clean drill, rolled back in a rehearsal; not signed yet.
inline Checklist answeredChecklist() {
    Checklist c = emptyChecklist();
    answer(c, Q::shared_state, yes);
    answer(c, Q::sequential, no);
    answer(c, Q::concurrent_load, yes);
    answer(c, Q::rollback, yes);
    attachEvidence(c, Q::concurrent_load, evidence(EvidenceKind::drill_claim, claimDrillFile(300'000, 0)),
                   deployDay());
    attachEvidence(c, Q::rollback,
                   evidence(EvidenceKind::drill_invariant, withRollback(invariantDrillFile(20, 0), true)),
                   deployDay());
    (void)giveSilentFailure(c, QStringLiteral("Two workers, and a lease shorter than the charge"),
                            deployDay());
    return c;
}

inline Checklist goodChecklist() {
    Checklist c = answeredChecklist();
    sign(c, QStringLiteral("Grace"));
    return c;
}

inline ChecklistDemands today() {
    return {{deployDay() + std::chrono::hours(1), {}, {}}, false};
}

}  // namespace spillway::test
