#include "backends/health/dead_letter_age.h"

#include <cmath>

#include <limits>
#include "backends/domain/dead_age_bucket.h"

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// What was cancelled left, and is no dead letter. Not every system tells the two apart.
const Count& deathsOf(const SampledReading& reading) {
    return reading.flow.failed_for_good.known() ? reading.flow.failed_for_good : reading.flow.died;
}

constexpr std::array<const char16_t*, kDeadAgeBuckets> kBucketNames{u"< 1 h",  u"1–24 h",  u"1–7 d",
                                                                    u"7–30 d", u"30–90 d", u"> 90 d"};

Seconds ageOf(const Measured<ServerTime>& moment, ServerTime now) {
    if (!moment.known()) return Seconds::notObservable(moment.method);
    return {std::max(0.0, secondsBetween(*moment.value, now)), moment.provenance, moment.method};
}

Seconds timeUntil(const Measured<ServerTime>& moment, ServerTime now) {
    if (!moment.known()) return Seconds::notObservable(moment.method);
    return {std::max(0.0, secondsBetween(now, *moment.value)), moment.provenance, moment.method};
}

struct Movement {
    qint64 died = 0;
    qint64 left = 0;
    Provenance provenance = Provenance::exact;
};

// Deaths from the counter; what left is what the count does not show of them.
std::optional<Movement> movement(const std::vector<const QueueSample*>& window) {
    Movement sum;
    for (std::size_t i = 1; i < window.size(); ++i) {
        const auto& before = window[i - 1]->reading;
        const auto& after = window[i]->reading;
        if (!deathsOf(before).known() || !deathsOf(after).known() || !before.dead.known() ||
            !after.dead.known())
            return std::nullopt;
        if (window[i]->of_new_run) {
            sum.provenance = weaker(sum.provenance, Provenance::estimated);
            continue;
        }
        const qint64 died = std::max<qint64>(0, *deathsOf(after).value - *deathsOf(before).value);
        sum.died += died;
        sum.left += std::max<qint64>(0, died - (*after.dead.value - *before.dead.value));
        sum.provenance = weaker(sum.provenance, weaker(deathsOf(after).provenance, after.dead.provenance));
    }
    return sum;
}

// Without a counter of deaths: what the count itself gained and lost from poll to poll.
std::optional<Movement> countedMovement(const std::vector<const QueueSample*>& window) {
    Movement sum;
    for (std::size_t i = 1; i < window.size(); ++i) {
        const auto& before = window[i - 1]->reading.dead;
        const auto& after = window[i]->reading.dead;
        if (!before.isExact() || !after.isExact()) return std::nullopt;
        const qint64 gained = *after.value - *before.value;
        (gained > 0 ? sum.died : sum.left) += std::abs(gained);
    }
    sum.provenance = Provenance::lower_bound;
    return sum;
}

void addMovement(DeadLetterAge& age, const std::vector<const QueueSample*>& window) {
    const double seconds = window.size() < 2 ? 0 : secondsBetween(window.front()->at, window.back()->at);
    if (seconds <= 0) {
        age.inflow = age.outflow = Rate::notObservable(u"Needs two polls."_s);
        return;
    }
    auto moved = movement(window);
    const bool fromCounter = moved.has_value();
    if (!moved) moved = countedMovement(window);
    if (!moved) {
        age.inflow = age.outflow = Rate::notObservable(window.back()->reading.dead.method);
        return;
    }
    const QString method =
        fromCounter ? QString() : u"from the count alone: what came and went between two polls is unseen"_s;
    age.inflow = {static_cast<double>(moved->died) / seconds, moved->provenance, method};
    age.outflow = {static_cast<double>(moved->left) / seconds, moved->provenance, method};
}

Seconds untouched(const QueueTimeline& watched) {
    const QueueReading& newest = watched.newest();
    if (!newest.dead.known()) return Seconds::notObservable(newest.dead.method);
    if (newest.dead.valueOr(0) == 0) return Seconds::notObservable(u"There is no dead job."_s);
    if (const auto touched = watched.deadTouchedAt())
        return Seconds::exact(secondsBetween(*touched, watched.newestAt()));
    // Nobody has touched the oldest one since it died; whether others left meanwhile is unseen.
    const Seconds oldest = ageOf(newest.oldest_dead_at, watched.newestAt());
    if (oldest.known())
        return Seconds::estimated(*oldest.value, u"the oldest dead job has not been touched since it died"_s);
    return Seconds::lowerBound(secondsBetween(watched.watchedSince(), watched.newestAt()),
                               u"as long as this program has watched"_s);
}

// A sample may miss the oldest one; a histogram beside "oldest 92 d" may not.
std::array<Count, kDeadAgeBuckets> withOldest(std::array<Count, kDeadAgeBuckets> buckets,
                                              const Seconds& oldest) {
    if (!oldest.known()) return buckets;
    Count& home = buckets.at(static_cast<std::size_t>(deadAgeBucket(*oldest.value)));
    if (home.known() && *home.value == 0) home = Count::lowerBound(1, u"the oldest dead job"_s);
    return buckets;
}

// "untouched for 92 d", "last touched 2 min ago"; that this program began to watch a minute ago is no news.
QString touchedText(const Seconds& untouched) {
    if (!untouched.known()) return {};
    const QString time = durationText(*untouched.value);
    if (untouched.isExact()) return u", last touched %1 ago"_s.arg(time);
    if (untouched.provenance == Provenance::estimated) return u", untouched for %1"_s.arg(time);
    return *untouched.value < 3600 ? QString() : u", untouched for at least %1"_s.arg(time);
}

// The ages are read less often than the number: whoever died since then is in no bucket yet.
std::array<Count, kDeadAgeBuckets> asOfTheCount(std::array<Count, kDeadAgeBuckets> buckets,
                                                const Count& dead) {
    qint64 listed = 0;
    for (const Count& bucket : buckets) {
        if (!bucket.isExact()) return buckets;
        listed += *bucket.value;
    }
    if (dead.isExact() && *dead.value > listed)
        buckets[0] = Count::lowerBound(
            *buckets[0].value, u"%1 of %2 dead jobs have had their age read"_s.arg(listed).arg(*dead.value));
    return buckets;
}

// A set that is three hours old has only two hours before the last one.
Ratio inflowOverMean(const std::array<Count, kDeadAgeBuckets>& buckets, const Seconds& oldest) {
    if (!buckets[0].known() || !buckets[1].known()) return Ratio::notObservable(buckets[0].method);
    const auto lastHour = static_cast<double>(*buckets[0].value);
    const auto before = static_cast<double>(*buckets[1].value);
    if (lastHour < 20) return Ratio::notObservable(u"Fewer than 20 deaths in the last hour."_s);
    const double hours = std::clamp(oldest.valueOr(24 * 3600) / 3600 - 1, 1.0, 23.0);
    return {before > 0 ? lastHour / (before / hours) : std::numeric_limits<double>::infinity(),
            weaker(Provenance::estimated, weaker(buckets[0].provenance, buckets[1].provenance)),
            u"dead jobs that died in the last hour over the hourly mean of the 23 before"_s};
}

}  // namespace

DeadLetterAge deadLetterAge(const std::vector<const QueueSample*>& window, const QueueTimeline& watched) {
    DeadLetterAge age;
    if (watched.size() == 0) return age;
    const QueueReading& reading = watched.newest();
    const ServerTime now = watched.newestAt();
    age.dead = reading.dead;
    age.oldest_s = ageOf(reading.oldest_dead_at, now);
    age.p50_s = ageOf(reading.dead_ages.p50_died_at, now);
    age.p90_s = ageOf(reading.dead_ages.p90_died_at, now);
    const auto buckets = asOfTheCount(reading.dead_ages.buckets, reading.dead);
    age.buckets = withOldest(buckets, age.oldest_s);
    age.lost_next_24h = reading.lost_next_24h;
    age.purge_next_s = timeUntil(reading.dead_ages.purge_next_at, now);
    age.retention = reading.dead_ages.retention;
    age.untouched_s = untouched(watched);
    age.inflow_over_mean = inflowOverMean(buckets, age.oldest_s);
    addMovement(age, window);
    return age;
}

QString deadAgeBucketName(int bucket) {
    return QString::fromUtf16(kBucketNames.at(static_cast<std::size_t>(bucket)));
}

QString deadLetterText(const DeadLetterAge& age) {
    if (!age.dead.known()) return age.dead.method;
    if (*age.dead.value == 0) return u"none dead"_s;
    QString text = u"%1 dead"_s.arg(countText(age.dead));
    if (age.oldest_s.known()) text += u", oldest %1"_s.arg(durationText(age.oldest_s));
    return text + touchedText(age.untouched_s);
}

}  // namespace spillway
