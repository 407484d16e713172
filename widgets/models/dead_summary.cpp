#include "widgets/models/dead_summary.h"

#include <algorithm>

#include "backends/domain/human_text.h"
#include "widgets/models/signal_cells.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// Unknown parts make a sum a lower bound; a sum of nothing known is not observable.
void add(Count& sum, const Count& part) {
    if (!part.known()) {
        if (sum.known() && part.provenance == Provenance::not_observable && !part.method.isEmpty() &&
            sum.isExact())
            sum = Count::lowerBound(*sum.value, u"not every queue tells"_s);
        else if (!sum.known() && sum.method.isEmpty())
            sum.method = part.method;
        return;
    }
    const bool someUnknown = !sum.known() && !sum.method.isEmpty();
    const Provenance together = sum.known() ? weaker(sum.provenance, part.provenance) : part.provenance;
    sum = {sum.valueOr(0) + *part.value, someUnknown ? weaker(together, Provenance::lower_bound) : together,
           someUnknown             ? u"not every queue tells"_s
           : part.method.isEmpty() ? sum.method
                                   : part.method};
}

void takeLarger(Seconds& largest, const Seconds& other) {
    if (other.known() && (!largest.known() || *other.value > *largest.value)) largest = other;
    if (!largest.known() && largest.method.isEmpty()) largest.method = other.method;
}

void takeSmaller(Seconds& smallest, const Seconds& other) {
    if (other.known() && (!smallest.known() || *other.value < *smallest.value)) smallest = other;
}

QString agesText(const DeadSummary& summary) {
    QStringList parts;
    if (summary.p50_s.known()) parts << u"half older than %1"_s.arg(durationText(summary.p50_s));
    if (summary.p90_s.known()) parts << u"a tenth older than %1"_s.arg(durationText(summary.p90_s));
    return parts.join(u" · "_s);
}

QString lossText(const DeadSummary& summary) {
    if (summary.lost_next_24h.valueOr(0) == 0) {
        if (!summary.purge_next_s.known()) return {};
        return u"the next one goes in %1"_s.arg(durationText(summary.purge_next_s));
    }
    const QString first = summary.purge_next_s.known()
                              ? u", the first in %1"_s.arg(durationText(summary.purge_next_s))
                              : QString();
    return u"%1 go within 24 h%2"_s.arg(countText(summary.lost_next_24h), first);
}

// One rule can be said; of several only that there are some.
QString ruleText(const std::vector<ScopedQueue>& queues) {
    QStringList rules;
    for (const auto& [system, queue] : queues) {
        if (queue->dead.retention.isEmpty() || queue->reading.dead.valueOr(1) == 0) continue;
        const QString rule = u"%1: %2"_s.arg(system->identity.label(), queue->dead.retention);
        if (!rules.contains(rule)) rules << rule;
    }
    return rules.size() <= 2 ? rules.join(u" · "_s) : u"%1 different rules delete these"_s.arg(rules.size());
}

// Each by its own limits; the worst of them.
std::optional<Severity> ageSeverity(const std::vector<ScopedQueue>& queues) {
    std::optional<Severity> worst;
    for (const auto& [system, queue] : queues) worst = std::max(worst, deadAgeSeverity(*queue));
    return worst;
}

QString verdictText(const DeadSummary& summary, const std::vector<ScopedQueue>& queues) {
    DeadLetterAge age;
    age.dead = summary.dead;
    age.oldest_s = summary.oldest_s;
    if (queues.size() == 1) age.untouched_s = queues.front().queue->dead.untouched_s;
    return deadLetterText(age);
}

}  // namespace

DeadSummary deadSummary(const std::vector<ScopedQueue>& queues) {
    DeadSummary summary;
    for (const auto& [system, queue] : queues) {
        add(summary.dead, queue->reading.dead);
        add(summary.lost_next_24h, queue->reading.lost_next_24h);
        takeLarger(summary.oldest_s, queue->dead_oldest_age_s);
        takeSmaller(summary.purge_next_s, queue->dead.purge_next_s);
        for (size_t i = 0; i < summary.buckets.size(); ++i) add(summary.buckets[i], queue->dead.buckets[i]);
    }
    if (queues.size() == 1) {
        summary.p50_s = queues.front().queue->dead.p50_s;
        summary.p90_s = queues.front().queue->dead.p90_s;
    }
    summary.kept = queues.empty() || summary.dead.known();
    summary.verdict = verdictText(summary, queues);
    summary.ages = agesText(summary);
    QStringList clock{ruleText(queues), lossText(summary)};
    clock.removeAll(QString());
    summary.retention = clock.join(u" · "_s);
    summary.loud = ageSeverity(queues);
    return summary;
}

}  // namespace spillway
