// What a set of Sidekiq tells besides its size: traffic, due times and ages, by queue.
#include <algorithm>
#include <cmath>
#include <map>

#include "backends/redis/shared/score_time.h"
#include "backends/redis/sidekiq/set.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr std::chrono::seconds kAgainAfter{15};

}  // namespace

void SidekiqSet::askMinutes(RedisPipeline& pipeline, ServerTime now) {
    if (m_sizeBefore <= kReadAtMost) return m_minutes.forget();
    if (m_minutes.known() && m_minutesAt && now - *m_minutesAt < kAgainAfter) return;
    m_minutesAt = now;
    m_minutes.ask(pipeline, now);
}

void SidekiqSet::askAges(RedisPipeline& pipeline, ServerTime now) {
    if (m_sizeBefore <= kReadAtMost) return m_ages.forget();
    if (m_ages.known() && m_agesAt && now - *m_agesAt < kAgainAfter) return;
    m_agesAt = now;
    m_ages.ask(pipeline, m_sizeBefore, now);
}

// Two whole reads tell which entries came and which went in between.
void SidekiqSet::followEntries() {
    const bool empty = m_size.valueOr(1) == 0;
    if (empty) m_entries.clear();
    // Entries may come and go between the count and the read: all of them were read nevertheless.
    const bool seen = empty || (m_readNow && m_readWhole && m_problem.isEmpty());
    if (!seen) {
        if (m_readNow || m_hugeJobs) m_followed = false;  // too large now
        m_trafficSeen = m_followed;
        return;
    }
    if (m_followed) {
        for (auto it = m_entries.cbegin(); it != m_entries.cend(); ++it)
            if (!m_entriesBefore.contains(it.key())) ++m_traffic[it.value()].came;
        for (auto it = m_entriesBefore.cbegin(); it != m_entriesBefore.cend(); ++it)
            if (!m_entries.contains(it.key())) ++m_traffic[it.value()].left;
    }
    m_entriesBefore = m_entries;
    m_trafficSeen = m_followed = true;
}

std::optional<ServerTime> SidekiqSet::lowest() const {
    std::optional<double> score;
    for (const Share& share : m_shares)
        if (share.lowest && isMoment(*share.lowest) && (!score || *share.lowest < *score))
            score = share.lowest;
    return score ? std::optional(serverTimeFromSeconds(*score)) : std::nullopt;
}

qint64 SidekiqSet::failedSince(ServerTime since) const {
    if (m_size.valueOr(1) == 0) return 0;
    return std::count_if(m_failedAt.begin(), m_failedAt.end(),
                         [since](ServerTime failed) { return failed >= since; });
}

QStringList SidekiqSet::among(const QSet<QString>& jobs) const {
    QStringList found;
    if (jobs.isEmpty()) return found;
    for (auto it = m_entries.cbegin(); it != m_entries.cend(); ++it)
        if (const QString jid = QString::fromUtf8(it.key().left(it.key().indexOf(' '))); jobs.contains(jid))
            found << jid;
    return found;
}

double SidekiqSet::shareOf(const QByteArray& queue) const {
    const Count count = countOf(queue);
    if (!count.known() || m_size.valueOr(0) == 0) return 0;
    return static_cast<double>(*count.value) / static_cast<double>(*m_size.value);
}

void SidekiqSet::guessTraffic(qint64 came) {
    if (m_followed) return;
    const qint64 left = std::max<qint64>(0, came - m_growth);
    for (const QByteArray& queue : m_shares.keys()) {
        const double share = shareOf(queue);
        m_traffic[queue].came += std::llround(static_cast<double>(came) * share);
        m_traffic[queue].left += std::llround(static_cast<double>(left) * share);
    }
}

RetryDues SidekiqSet::duesOf(const QByteArray& queue) const {
    const Count count = countOf(queue);
    if (!count.known()) return RetryDues::notObservable(count.method);
    if (*count.value == 0) return {{{}}, count.provenance, count.method};
    if (!whole() && m_minutes.known())
        return RetryDues::estimated(m_minutes.dues(*m_size.value, shareOf(queue)),
                                    u"entries due in each minute; "_s + method());
    std::map<ServerTime, qint64> minutes;
    for (const double score : m_shares.value(queue).scores)
        ++minutes[std::chrono::floor<std::chrono::minutes>(serverTimeFromSeconds(score))];
    std::vector<RetryDue> due;
    for (const auto& [minute, jobs] : minutes) due.push_back({minute, jobs});
    if (whole()) return {std::move(due), count.provenance, count.method};
    return RetryDues::lowerBound(std::move(due), method());
}

DeadAges SidekiqSet::agesOf(const QByteArray& queue, ServerTime now) const {
    const Count count = countOf(queue);
    if (!count.known() || *count.value == 0) return m_ages.ages(count);
    if (!whole()) {
        DeadAges ages = m_ages.ages(m_size);
        const double share = shareOf(queue);
        for (Count& bucket : ages.buckets)
            if (bucket.known())
                bucket = Count::estimated(std::llround(static_cast<double>(*bucket.value) * share), method());
        const QString together = u"of the dead jobs of all queues together"_s;
        for (auto* time : {&ages.p50_died_at, &ages.p90_died_at})
            if (time->known()) *time = Measured<ServerTime>::estimated(*time->value, together);
        return ages;
    }
    DeadAges ages;
    const std::vector<double> scores = m_shares.value(queue).scores;  // they were read in order
    const auto at = [&scores](std::size_t rank) {
        return Measured<ServerTime>::exact(serverTimeFromSeconds(scores[rank]));
    };
    ages.p50_died_at = at(scores.size() / 2);
    ages.p90_died_at = at(scores.size() / 10);
    std::array<qint64, kDeadAgeBuckets> buckets{};
    for (const double score : scores) {
        const double age = secondsBetween(serverTimeFromSeconds(score), now);
        const auto bucket = std::upper_bound(kDeadAgeEnds_s.begin(), kDeadAgeEnds_s.end(), age);
        ++buckets[static_cast<std::size_t>(bucket - kDeadAgeEnds_s.begin())];
    }
    for (std::size_t i = 0; i < buckets.size(); ++i)
        ages.buckets[i] = {buckets[i], count.provenance, count.method};
    return ages;
}

}  // namespace spillway
