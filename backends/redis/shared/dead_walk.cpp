#include "backends/redis/shared/dead_walk.h"

#include <algorithm>

#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr qint64 kEntriesPerRound = 20'000;  // over all shelves
constexpr qint64 kSmallestChunk = 10;
constexpr qint64 kLargestChunk = 500;
constexpr qsizetype kLookUpsAtMost = 20'000;

QByteArray packed(const QByteArray& bytes) {
    return bytes.toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
}
QByteArray unpacked(const QByteArray& text) {
    return QByteArray::fromBase64(text, QByteArray::Base64UrlEncoding);
}

std::chrono::microseconds micros(double seconds) {
    constexpr double kLongest_s = 1e10;  // three centuries
    return std::chrono::microseconds(qint64(std::clamp(seconds, 0.0, kLongest_s) * 1e6));
}

// In the answer to a range with scores each entry is two texts.
std::optional<qint64> entriesBefore(const RedisOversized& answer) {
    if (answer.text_bytes == 0 || !answer.command.contains("WITHSCORES")) return std::nullopt;
    return answer.texts_before / 2;
}

void narrow(std::optional<ServerTime>& bound, ServerTime to, bool upwards) {
    if (!bound || (upwards ? to > *bound : to < *bound)) bound = to;
}

}  // namespace

RedisDeadWalk::RedisDeadWalk(const RedisSystems& systems, JobFilter filter, bool newestFirst,
                             RedisInquiryLink link)
    : m_filter(std::move(filter)), m_newestFirst(newestFirst), m_link(std::move(link)) {
    for (const auto& system : systems) {
        const QString key = system->detected().identity.key();
        if (!m_filter.system.isEmpty() && m_filter.system != key) continue;
        for (DeadShelf& shelf : system->deadShelves(m_filter.queues)) {
            Place& place = m_places.emplace_back();
            place.system = system.get();
            place.systemKey = key;
            place.shelf = std::move(shelf);
            place.slice.newest_first = newestFirst;
        }
    }
    std::sort(m_places.begin(), m_places.end(), [](const Place& a, const Place& b) {
        return std::tie(a.systemKey, a.shelf.key) < std::tie(b.systemKey, b.shelf.key);
    });
}

Outcome<Done> RedisDeadWalk::begin(ServerTime now, const QString& after) {
    setBounds(now);
    if (const auto counted = count(); !counted) return counted.failure();
    if (!after.isEmpty() && !goTo(after))
        return Failure{FailureKind::usage,
                       u"This is not a place in the list of dead jobs that was asked for."_s,
                       {},
                       u"Start at the first page again."_s};
    m_mark = after;
    return m_filter.ids.isEmpty() ? Outcome<Done>(Done{}) : find();
}

void RedisDeadWalk::setBounds(ServerTime now) {
    for (Place& place : m_places) {
        if (m_filter.older_than_s) place.slice.until = now - micros(*m_filter.older_than_s);
        if (m_filter.newer_than_s) place.slice.from = now - micros(*m_filter.newer_than_s);
    }
}

Outcome<Done> RedisDeadWalk::count() {
    RedisPipeline pipeline;
    for (Place& place : m_places) place.system->countDead(pipeline, place.shelf, place.slice, place.size);
    if (const auto done = m_link.run(pipeline); !done) return done.failure();
    qint64 filled = 0;
    for (Place& place : m_places) {
        place.ended = place.size.valueOr(0) == 0;
        filled += place.ended ? 0 : 1;
        if (!place.size.known() && m_problem.isEmpty()) m_problem = place.size.method;
    }
    const qint64 chunk =
        std::clamp(kEntriesPerRound / std::max<qint64>(1, filled), kSmallestChunk, kLargestChunk);
    for (Place& place : m_places) place.slice.count = place.most = std::min(chunk, place.shelf.at_once);
    return Done{};
}

Count RedisDeadWalk::counted() const {
    qint64 sum = 0;
    for (const Place& place : m_places) sum += place.size.valueOr(0);
    return m_problem.isEmpty() ? Count::exact(sum) : Count::lowerBound(sum, m_problem);
}

bool RedisDeadWalk::shelvesNameTheQueue() const {
    return std::none_of(m_places.begin(), m_places.end(),
                        [](const Place& place) { return place.shelf.queue.isEmpty(); });
}

// Jobs asked for by id are looked up where a shelf allows that, instead of being searched for.
Outcome<Done> RedisDeadWalk::find() {
    RedisPipeline pipeline;
    qsizetype lookUps = 0;
    for (Place& place : m_places) {
        if (place.ended || m_filter.ids.size() > place.shelf.look_ups) continue;
        for (const QString& id : m_filter.ids) {
            if (++lookUps > kLookUpsAtMost) break;
            if (!place.system->findDead(pipeline, place.shelf, id.toUtf8(), place.read)) break;
            place.asked = true;
        }
    }
    const auto done = m_link.run(pipeline);
    if (!done && m_link.recover().command.isEmpty()) return done.failure();
    for (Place& place : m_places)
        if (std::exchange(place.asked, false) && done) takeFound(place);
    return Done{};  // what was too large to be looked up is searched for slice by slice
}

void RedisDeadWalk::takeFound(Place& place) {
    auto& entries = place.read.entries;
    std::sort(entries.begin(), entries.end(), [this](const DeadEntry& a, const DeadEntry& b) {
        return m_newestFirst ? a.died_at > b.died_at : a.died_at < b.died_at;
    });
    std::erase_if(entries, [&place](const DeadEntry& entry) {
        return (place.slice.from && entry.died_at < *place.slice.from) ||
               (place.slice.until && entry.died_at > *place.slice.until);
    });
    take(place);
    place.ended = true;
}

bool RedisDeadWalk::needsReading() const {
    return std::any_of(m_places.begin(), m_places.end(),
                       [](const Place& place) { return !place.ended && place.waiting.empty(); });
}

Outcome<Done> RedisDeadWalk::fill() {
    RedisPipeline pipeline;
    for (Place& place : m_places)
        if (!place.ended && place.waiting.empty()) ask(pipeline, place);
    const auto done = m_link.run(pipeline);
    if (!done) {
        const RedisOversized tooLarge = m_link.recover();
        if (tooLarge.command.isEmpty()) return done.failure();
        for (Place& place : m_places)
            if (std::exchange(place.asked, false) && tooLarge.command.contains(place.shelf.key))
                takeTooLarge(place, tooLarge);
        return Done{};
    }
    for (Place& place : m_places)
        if (place.asked) take(place);
    return Done{};
}

void RedisDeadWalk::ask(RedisPipeline& pipeline, Place& place) {
    place.asked = true;
    place.read = {};
    place.system->readDead(pipeline, place.shelf, place.slice, place.read);
}

void RedisDeadWalk::take(Place& place) {
    place.asked = false;
    if (!place.read.problem.isEmpty()) {
        if (m_problem.isEmpty()) m_problem = place.read.problem;
        place.ended = true;
        return;
    }
    if (place.read.too_large) return takeTooLarge(place, {});
    for (DeadEntry& entry : place.read.entries) {
        place.slice.skip = entry.position == place.slice.at ? place.slice.skip + 1 : 1;
        place.slice.at = entry.position;
        place.waiting.push_back(std::move(entry));
    }
    place.ended = static_cast<qint64>(place.read.entries.size()) < place.slice.count;
    place.slice.count = std::min(2 * place.slice.count, place.most);
}

// The entry that cannot be read is shown as such, and passed by: it is the next one, where its slice began
// with it. Those before it are read first; where their number is not known, smaller and smaller slices find
// it.
void RedisDeadWalk::takeTooLarge(Place& place, const RedisOversized& answer) {
    const auto before = entriesBefore(answer);
    if (before.value_or(place.slice.count - 1) > 0) {
        place.slice.count =
            before ? std::min(*before, place.slice.count) : std::max<qint64>(1, place.slice.count / 10);
        return;
    }
    DeadEntry entry{{}, place.slice.at, {}, u"too large to be read"_s};
    if (answer.text_bytes > 0) entry.gap += u" ("_s + megabytesText(answer.text_bytes) + u')';
    if (!place.waiting.empty()) entry.died_at = place.waiting.back().died_at;
    ++place.slice.skip;
    place.waiting.push_back(std::move(entry));
}

RedisDeadWalk::Place* RedisDeadWalk::first() {
    Place* first = nullptr;
    for (Place& place : m_places) {
        if (place.waiting.empty()) continue;
        const ServerTime death = place.waiting.front().died_at;
        if (!first ||
            (m_newestFirst ? death > first->waiting.front().died_at : death < first->waiting.front().died_at))
            first = &place;
    }
    return first;
}

DeadEntry RedisDeadWalk::give(Place& place) {
    DeadEntry entry = std::move(place.waiting.front());
    place.waiting.pop_front();
    place.given = entry.position == place.position ? place.given + 1 : 1;
    place.position = entry.position;
    return entry;
}

void RedisDeadWalk::describe(RedisPipeline& pipeline, Found& found) {
    const QString& gap = found.entry.gap;
    if (gap.isEmpty()) return found.system->describeDead(pipeline, *found.shelf, found.entry, found.job);
    found.job.id = u"?"_s;
    found.job.queue = found.shelf->display;
    found.job.error = found.job.payload_bytes.method = gap;
}

Outcome<std::vector<RedisDeadWalk::Found>> RedisDeadWalk::next(std::size_t want) {
    std::vector<Found> found;
    while (found.size() < want) {
        if (needsReading()) {
            if (const auto filled = fill(); !filled) return filled.failure();
            continue;
        }
        Place* place = first();
        if (!place) break;
        Found& given = found.emplace_back();
        given.entry = give(*place);
        given.mark = m_mark = markOf(*place, given.entry.died_at);
        given.shelf = &place->shelf;
        given.system = place->system;
        given.job.system = place->systemKey;
    }
    RedisPipeline pipeline;
    for (Found& each : found) describe(pipeline, each);
    if (const auto done = m_link.run(pipeline); !done) return done.failure();
    std::erase_if(found, [](const Found& each) { return each.job.id.isEmpty(); });
    return found;
}

bool RedisDeadWalk::ended() const {
    return std::all_of(m_places.begin(), m_places.end(),
                       [](const Place& place) { return place.ended && place.waiting.empty(); });
}

QString RedisDeadWalk::markOf(const Place& place, ServerTime death) const {
    const QByteArrayList parts{
        m_newestFirst ? "n" : "o",        QByteArray::number(qint64(death.time_since_epoch().count())),
        packed(place.systemKey.toUtf8()), packed(place.shelf.key),
        packed(place.position),           QByteArray::number(place.given)};
    return QString::fromLatin1(parts.join('.'));
}

// The shelf that the mark names goes on behind it; the others at the same moment, those before it in the
// order of shelves just after that moment.
bool RedisDeadWalk::goTo(const QString& mark) {
    const QByteArrayList parts = mark.toLatin1().split('.');
    if (parts.size() != 6 || parts[0] != (m_newestFirst ? "n" : "o")) return false;
    bool timeOk = false, givenOk = false;
    const ServerTime death = serverTimeFromMicros(parts[1].toLongLong(&timeOk));
    const qint64 given = parts[5].toLongLong(&givenOk);
    if (!timeOk || !givenOk || given < 1) return false;
    const auto own = std::find_if(m_places.begin(), m_places.end(), [&parts](const Place& place) {
        return place.systemKey.toUtf8() == unpacked(parts[2]) && place.shelf.key == unpacked(parts[3]);
    });
    const std::chrono::microseconds step(m_newestFirst ? -1 : 1);
    bool before = own != m_places.end();
    for (Place& place : m_places) {
        if (own != m_places.end() && &place == &*own) {
            place.slice.at = place.position = unpacked(parts[4]);
            place.slice.skip = place.given = given;
            before = false;
            continue;
        }
        const ServerTime to = before ? death + step : death;
        narrow(m_newestFirst ? place.slice.until : place.slice.from, to, !m_newestFirst);
    }
    return true;
}

}  // namespace spillway
