#include "widgets/models/signal_cells.h"

#include <cmath>
#include <limits>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr double kNoSignal = std::numeric_limits<double>::quiet_NaN();
constexpr qint64 kMinimumClaims = 1000;  // below that a bound says nothing yet

template <typename T>
QString explained(const Measured<T>& m, const QString& figure) {
    const QString how = provenanceText(m.provenance, m.method);
    return m.known() ? u"%1\n%2"_s.arg(figure, how) : how;
}

QString figureOf(const Count& n, const QString& what) {
    return n.known() ? u"%1 %2"_s.arg(exactCountText(*n.value), what) : QString();
}

bool isLearning(const DuplicateClaims& claims) {
    return claims.claims.known() && *claims.claims.value < kMinimumClaims &&
           claims.duplicates.valueOr(0) == 0;
}

}  // namespace

std::optional<Severity> deadAgeSeverity(const QueueHealth& queue) {
    const QueueLimits& limits = queue.limits;
    if (!queue.dead_oldest_age_s.known() || queue.reading.dead.valueOr(1) == 0) return std::nullopt;
    const double age = *queue.dead_oldest_age_s.value;
    if (age > limits.dead_critical_s) return Severity::critical;
    if (age > limits.dead_warning_s) return Severity::warning;
    return std::nullopt;
}

std::optional<Severity> budgetSeverity(const RetryAmplification& retry, const QueueLimits& limits) {
    const double share = retry.retry_share.valueOr(0);
    if (retry.retries_only || share >= limits.retry_critical_share) return Severity::critical;
    if (share >= limits.retry_warning_share) return Severity::warning;
    return std::nullopt;
}

QueueCell lossCell(const QueueHealth& queue) {
    const Count& lost = queue.reading.lost_next_24h;
    const bool some = lost.valueOr(0) > 0;
    return {countText(lost), some ? std::optional(Severity::warning) : std::nullopt, !some};
}

QueueCell amplificationCell(const QueueHealth& queue) {
    const RetryAmplification& retry = queue.retry;
    const auto loud = budgetSeverity(retry, queue.limits);
    if (retry.retries_only) return {u"only retries"_s, loud, false};
    if (!retry.amplification.known())
        return {retry.amplification.method.startsWith("learning"_L1) ? u"learning"_s : u"–"_s, {}, true};
    const double factor = *retry.amplification.value;
    const QString text = factor < 100 ? QString::number(factor, 'f', factor < 2 ? 2 : 1)
                                      : exactCountText(std::llround(factor));
    return {provenanceSign(retry.amplification.provenance) + text + u'×', loud, factor < 1.005};
}

QueueCell stuckCell(const QueueHealth& queue) {
    if (!queue.stuck.known() || *queue.stuck.value == 0) return {countText(queue.stuck), {}, true};
    return {countText(queue.stuck), Severity::critical, false};
}

QueueCell twiceCell(const QueueHealth& queue) {
    const DuplicateClaims& claims = queue.duplicates;
    if (claims.duplicates.valueOr(0) > 0) {
        const bool now = queue.recent_duplicates.duplicates.valueOr(0) > 0;
        const QString figure = claims.rate_ppm.known() ? provenanceSign(claims.rate_ppm.provenance) +
                                                             countText(std::llround(*claims.rate_ppm.value))
                                                       : countText(claims.duplicates) + u" in all"_s;
        return {figure, now ? Severity::critical : Severity::warning, false};
    }
    if (!claims.upper95_ppm.known()) return {u"–"_s, {}, true};
    if (isLearning(claims)) return {u"learning"_s, {}, true};
    return {u"≤ %1"_s.arg(countText(static_cast<qint64>(std::ceil(*claims.upper95_ppm.value)))), {}, true};
}

QueueCell blockedCell(const QueueHealth& queue) {
    const Count& blocked = queue.reading.blocked;
    if (!tellsSomething(blocked) || (blocked.isExact() && *blocked.value == 0)) return {u"–"_s, {}, true};
    const bool forEver = queue.reading.blocked_on_dead.has_value();
    return {countText(blocked), forEver ? std::optional(Severity::critical) : std::nullopt, false};
}

QString lossHint(const QueueHealth& queue) {
    QString text = explained(queue.reading.lost_next_24h,
                             figureOf(queue.reading.lost_next_24h, u"dead jobs go within 24 h"_s));
    if (queue.dead.purge_next_s.known())
        text += u"\nthe next one in %1"_s.arg(durationText(queue.dead.purge_next_s));
    if (!queue.dead.retention.isEmpty()) text += u"\n%1"_s.arg(queue.dead.retention);
    return text;
}

QString amplificationHint(const QueueHealth& queue) {
    const RetryAmplification& retry = queue.retry;
    QString text = explained(retry.amplification, amplificationText(retry));
    if (retry.executions.known() && retry.first_attempts.known())
        text += u"\n%1 executions for %2 first attempts over the last %3"_s.arg(
            countText(retry.executions), countText(retry.first_attempts), durationText(retry.window_s));
    if (retry.potential.known())
        text += u"\nif what they call stays down: up to %1"_s.arg(factorText(*retry.potential.value));
    return text;
}

QString stuckHint(const QueueHealth& queue) {
    return explained(queue.stuck, figureOf(queue.stuck, u"claims whose holder is gone or late"_s));
}

QString twiceHint(const QueueHealth& queue) {
    const DuplicateClaims& claims = queue.duplicates;
    if (!claims.rate_ppm.known())
        return explained(claims.duplicates, figureOf(claims.duplicates, u"ran twice"_s));
    QString text = duplicateClaimsText(claims);
    text += u"\n%1 of %2 claims"_s.arg(countText(claims.duplicates), countText(claims.claims));
    return text + u'\n' + provenanceText(claims.rate_ppm.provenance, claims.rate_ppm.method);
}

QString blockedHint(const QueueHealth& queue) {
    const QueueReading& reading = queue.reading;
    QString text = explained(reading.blocked, figureOf(reading.blocked, u"wait for other jobs"_s));
    if (queue.oldest_blocked_s.known())
        text += u"\nthe oldest for %1"_s.arg(durationText(queue.oldest_blocked_s));
    if (const auto& dead = reading.blocked_on_dead)
        text += u"\n%1 for jobs that are dead, for ever: %2 waits for %3"_s.arg(
            countText(dead->jobs), visibleText(dead->waiting_example, 60),
            dead->dead_example.isEmpty() ? u"one of them"_s : visibleText(dead->dead_example, 60));
    return text;
}

double amplificationValue(const QueueHealth& queue) {
    if (queue.retry.retries_only) return std::numeric_limits<double>::max();
    return queue.retry.amplification.valueOr(kNoSignal);
}

double twiceValue(const QueueHealth& queue) {
    const DuplicateClaims& claims = queue.duplicates;
    if (claims.duplicates.valueOr(0) > 0)
        return 1e7 + claims.rate_ppm.valueOr(static_cast<double>(*claims.duplicates.value));
    return claims.upper95_ppm.known() && !isLearning(claims) ? *claims.upper95_ppm.value : kNoSignal;
}

}  // namespace spillway
