#include "backends/checklist/evidence_judgement.h"

#include <QJsonArray>

#include "backends/checklist/live_evidence.h"
#include "backends/domain/human_text.h"
#include "backends/domain/measured_json.h"
#include "backends/drill/claim_drill.h"
#include "backends/drill/invariant_drill.h"
#include "backends/drill/parity.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr qint64 kTellingClaims = 1000;       // fewer without a duplicate say next to nothing
constexpr double kOneInAThousand_ppm = 1000;  // the incident that this is about
constexpr std::chrono::hours kClockTolerance{24};

EvidenceJudgement silentOn(ChecklistQuestion question, const QString& sentence) {
    return {Bearing::undecided,
            sentence,
            {u"It says nothing about question %1."_s.arg(questionNumber(question))}};
}

ClaimDrillResult claimDrillOf(const QJsonObject& document) {
    ClaimDrillResult result;
    const QString style = document[u"style"_s].toString();
    result.settings.style = style == claimStyleName(ClaimStyle::own)              ? ClaimStyle::own
                            : style == claimStyleName(ClaimStyle::check_then_act) ? ClaimStyle::check_then_act
                                                                                  : ClaimStyle::atomic;
    result.settings.scriptFile = document[u"script"_s].toString();
    if (result.settings.scriptFile.isEmpty()) result.settings.scriptFile = u"a claim of its own"_s;
    result.settings.scriptFile = visibleText(result.settings.scriptFile, 80);
    result.settings.workers = document[u"workers"_s].toInt();
    result.recorded.rate =
        duplicateClaims(countFromJson(document[u"claims"_s]), countFromJson(document[u"duplicate_claims"_s]));
    return result;
}

void addClaimCaveats(EvidenceJudgement& judgement, const ClaimDrillResult& drill,
                     const Checklist& checklist) {
    const int workers = drill.settings.workers;
    if (drill.settings.style != ClaimStyle::own)
        judgement.caveats << u"It ran this program's reference claim, not the job's own."_s;
    if (drill.recorded.rate.upper95_ppm.valueOr(1e6) > kOneInAThousand_ppm)
        judgement.caveats << u"So few claims could have missed one in a thousand."_s;
    if (checklist.workers && *checklist.workers > workers)
        judgement.caveats << u"It ran %1 at once; production runs %2."_s.arg(workers).arg(*checklist.workers);
}

EvidenceJudgement judgedClaimDrill(const Evidence& evidence, ChecklistQuestion question,
                                   const Checklist& checklist) {
    const auto drill = claimDrillOf(evidence.document);
    const auto& rate = drill.recorded.rate;
    EvidenceJudgement judgement{Bearing::undecided, claimDrillSentence(drill), {}};
    if (question != ChecklistQuestion::sequential && question != ChecklistQuestion::concurrent_load)
        return silentOn(question, judgement.sentence);
    if (!rate.rate_ppm.known()) return judgement;
    if (*rate.duplicates.value > 0) {
        // A claim made twice is one thing, whether the logic minds it another.
        if (question == ChecklistQuestion::concurrent_load) judgement.bearing = Bearing::contradicts;
        return judgement;
    }
    if (drill.settings.workers < 2)
        judgement.caveats << u"One worker alone cannot collide with anybody."_s;
    else if (*rate.claims.value < kTellingClaims)
        judgement.caveats << u"Fewer than 1 000 claims show next to nothing."_s;
    else
        judgement.bearing = Bearing::supports;
    if (judgement.bearing == Bearing::supports) addClaimCaveats(judgement, drill, checklist);
    return judgement;
}

InvariantDrillResult invariantDrillOf(const QJsonObject& document) {
    InvariantDrillResult result;
    result.rounds = document[u"rounds"_s].toInt();
    result.held = document[u"held"_s].toInt();
    result.drifted = document[u"drifted"_s].toInt();
    result.failed_processes = document[u"failed_processes"_s].toInt();
    result.stopped = document[u"stopped"_s].toBool();
    if (const auto drift = document[u"first_drift"_s].toObject(); !drift.isEmpty())
        result.first_drift = Drift{drift[u"round"_s].toInt(), visibleText(drift[u"value"_s].toString())};
    if (const auto rollback = document[u"rollback"_s].toObject(); !rollback.isEmpty())
        result.rollback =
            Rehearsal{rollback[u"held"_s].toBool(), visibleText(rollback[u"value"_s].toString())};
    return result;
}

EvidenceJudgement judgedRollback(const InvariantDrillResult& drill, const QString& sentence) {
    if (!drill.rollback)
        return {
            Bearing::undecided, sentence, {u"No rollback was rehearsed: run the drill with --rollback."_s}};
    return {drill.rollback->held ? Bearing::supports : Bearing::contradicts, sentence, {}};
}

EvidenceJudgement judgedInvariantDrill(const Evidence& evidence, ChecklistQuestion question) {
    const auto drill = invariantDrillOf(evidence.document);
    const int processes = evidence.document[u"processes"_s].toInt();
    const QString sentence = invariantDrillSentence(drill, processes);
    if (question == ChecklistQuestion::shared_state) return silentOn(question, sentence);
    if (question == ChecklistQuestion::rollback) return judgedRollback(drill, sentence);
    EvidenceJudgement judgement{Bearing::undecided, sentence, {}};
    if (drill.drifted > 0 || drill.first_drift) {
        judgement.bearing = Bearing::contradicts;
        return judgement;
    }
    // On average at least two of each round must have done their work for anything to have collided.
    const bool together = qint64(drill.rounds) * processes - drill.failed_processes >= 2LL * drill.rounds;
    if (drill.rounds < 1 || drill.held != drill.rounds)
        judgement.caveats << u"No round was judged to its end."_s;
    else if (processes < 2 || !together)
        judgement.caveats << u"Hardly two processes did their work at once."_s;
    else
        judgement.bearing = Bearing::supports;
    if (judgement.bearing == Bearing::supports && drill.failed_processes > 0)
        judgement.caveats << u"%1 processes failed."_s.arg(drill.failed_processes);
    return judgement;
}

struct ParityOfQueue {
    ParityVerdict verdict = ParityVerdict::unknown;
    QString sentence;
    qint64 staging = 0;  // jobs that it could run at once, as far as known
};

ParityOfQueue parityOfLine(const QJsonObject& line) {
    const auto side = line[u"a"_s].toObject();
    return {parityVerdictFromName(line[u"verdict"_s].toString()).value_or(ParityVerdict::unknown),
            visibleText(line[u"sentence"_s].toString(), 400),
            std::max(countFromJson(side[u"concurrency"_s]).valueOr(0),
                     countFromJson(side[u"workers"_s]).valueOr(0))};
}

// The worst line about this queue; of all queues where none is named.
ParityOfQueue parityOf(const QJsonObject& document, const QString& queue) {
    for (const auto line : document[u"queues"_s].toArray())  // worst first
        if (queue.isEmpty() || line.toObject()[u"queue"_s].toString() == queue)
            return parityOfLine(line.toObject());
    return {ParityVerdict::unknown, u"The comparison has no queue %1."_s.arg(visibleText(queue, 60)), 0};
}

EvidenceJudgement judgedParity(const Evidence& evidence, ChecklistQuestion question,
                               const Checklist& checklist) {
    const auto parity = parityOf(evidence.document, checklist.queue);
    if (question != ChecklistQuestion::concurrent_load) return silentOn(question, parity.sentence);
    EvidenceJudgement judgement{Bearing::undecided, parity.sentence, {}};
    if (parity.verdict != ParityVerdict::same && parity.verdict != ParityVerdict::fewer) return judgement;
    if (parity.staging < 2) {
        judgement.caveats << u"Staging does not run two at once, so nothing could collide there."_s;
        return judgement;
    }
    judgement.bearing = Bearing::supports;
    judgement.caveats << u"It shows that staging can collide, not that this change was tried there."_s;
    return judgement;
}

EvidenceJudgement judgedLive(const Evidence& evidence, ChecklistQuestion question) {
    EvidenceJudgement judgement{Bearing::undecided, visibleText(liveSentence(evidence.document), 600), {}};
    for (const auto& rule : rulesIn(evidence.document))
        if (rule.broken()) judgement.caveats << ruleSentence(rule);
    if (question == ChecklistQuestion::rollback) return silentOn(question, judgement.sentence);
    const auto clean = [&](const QString& side) {
        const auto claims = liveClaims(evidence.document, side);
        return claims && claims->rate_ppm.known() && claims->duplicates.isExact() &&
               *claims->duplicates.value == 0 && *claims->claims.value >= kTellingClaims;
    };
    // What runs in production now is not this change; what runs in staging may be.
    if (question == ChecklistQuestion::concurrent_load) {
        if (clean(u"staging"_s)) judgement.bearing = Bearing::supports;
        judgement.caveats
            << u"It saw what runs now, which is this change only where it is deployed already."_s;
    }
    if (question == ChecklistQuestion::sequential && !sawDuplicates(evidence) && clean(u"production"_s))
        judgement.bearing = Bearing::supports;
    return judgement;
}

EvidenceJudgement judgedTests(const Evidence& evidence) {
    const auto& d = evidence.document;
    const qint64 tests = d[u"tests"_s].toInteger(), failed = d[u"failed"_s].toInteger(),
                 skipped = d[u"skipped"_s].toInteger();
    EvidenceJudgement judgement;
    judgement.caveats << u"Not measured by us: it is what a test run reported."_s;
    judgement.sentence = u"%1 tests, %2 failed, %3 skipped."_s.arg(
        exactCountText(tests), exactCountText(failed), exactCountText(skipped));
    if (failed > 0) {
        judgement.bearing = Bearing::contradicts;
        if (const QString names = d[u"failing"_s].toString(); !names.isEmpty())
            judgement.sentence += u" Failed: %1."_s.arg(visibleText(names, 300));
    } else if (tests > skipped) {
        judgement.bearing = Bearing::supports;
    } else {
        judgement.caveats << u"No test ran."_s;
    }
    return judgement;
}

EvidenceJudgement judgedForeign(const Evidence& evidence) {
    const int fields = static_cast<int>(evidence.document.size());
    return {fields > 0 ? Bearing::supports : Bearing::undecided,
            u"%1: a document with %2 fields."_s.arg(visibleText(evidence.source, 120)).arg(fields),
            {u"Not measured by us: its figures are not judged here, read them."_s}};
}

}  // namespace

EvidenceJudgement judgedEvidence(const Evidence& evidence, ChecklistQuestion question,
                                 const Checklist& checklist) {
    switch (evidence.kind) {
        case EvidenceKind::live:
            return judgedLive(evidence, question);
        case EvidenceKind::parity:
            return judgedParity(evidence, question, checklist);
        case EvidenceKind::drill_claim:
            return judgedClaimDrill(evidence, question, checklist);
        case EvidenceKind::drill_invariant:
            return judgedInvariantDrill(evidence, question);
        case EvidenceKind::junit:
            return judgedTests(evidence);
        case EvidenceKind::foreign:
            break;
    }
    return judgedForeign(evidence);
}

bool sawDuplicates(const Evidence& evidence) {
    if (evidence.kind == EvidenceKind::drill_claim)
        return countFromJson(evidence.document[u"duplicate_claims"_s]).valueOr(0) > 0;
    if (evidence.kind != EvidenceKind::live) return false;
    const auto claims = liveClaims(evidence.document, u"production"_s);
    return claims && claims->duplicates.valueOr(0) > 0;
}

std::optional<QString> expiredBecause(const Evidence& evidence, const Checklist& checklist,
                                      const ChecklistMoment& moment) {
    const double age_s = secondsBetween(evidence.measured_at, moment.now);
    if (moment.now - evidence.measured_at > kEvidenceLife)
        return u"measured %1 ago, more than 7 d"_s.arg(durationText(age_s));
    if (evidence.measured_at - moment.now > kClockTolerance)
        return u"it says that it was measured %1 from now"_s.arg(durationText(-age_s));
    const QString& commit = moment.commit.isEmpty() ? checklist.commit : moment.commit;
    if (!evidence.commit.isEmpty() && !commit.isEmpty() && !sameCommit(evidence.commit, commit))
        return u"it speaks for commit %1, not for %2"_s.arg(visibleText(evidence.commit.left(12)),
                                                            visibleText(commit.left(12)));
    if (!evidence.job.isEmpty() && !checklist.jobs.isEmpty() && !checklist.jobs.contains(evidence.job))
        return u"it speaks for the job %1, not for %2"_s.arg(visibleText(evidence.job, 60),
                                                             visibleText(checklist.jobs.join(u", "_s), 120));
    const auto workers = moment.workers ? moment.workers : checklist.workers;
    if (evidence.workers && workers && *evidence.workers != *workers)
        return u"production ran %1 at once then, and %2 now"_s.arg(*evidence.workers).arg(*workers);
    return std::nullopt;
}

}  // namespace spillway
