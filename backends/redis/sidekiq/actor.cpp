#include <QCryptographicHash>
#include <QDeadlineTimer>
#include <QHash>
#include <QSet>
#include <algorithm>

#include "backends/domain/human_text.h"
#include "backends/health/error_signature.h"
#include "backends/redis/acting/actor.h"
#include "backends/redis/acting/json_edit.h"
#include "backends/redis/shared/key_scan.h"
#include "backends/redis/shared/server_info.h"
#include "backends/redis/sidekiq/kind.h"
#include "backends/redis/sidekiq/payload.h"
#include "backends/redis/sidekiq/put_back.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// Work is written with each heartbeat, every 5 to 10 s: a job that is nowhere may be running until then.
constexpr std::chrono::seconds kSurelyWritten{25};
// What an undo looks through of a queue for the jobs that were put back.
constexpr qint64 kMostSearched = 200'000;
constexpr qint64 kMostSearchedBytes = 128 * 1024 * 1024;
constexpr qint64 kSearchPage = 1'000;
constexpr std::chrono::seconds kBetweenSearches{5};

QByteArray startOf(const DeadShelf& shelf) {
    return shelf.key.chopped(4);  // "dead"
}

// A version is "score|digest", and "|retry" behind it where the job comes from the retry set.
QByteArray scoreOf(const PlannedJob& job) {
    return job.version.section(u'\n', 0, 0).section(u'|', 0, 0).toLatin1();
}
QByteArray digestOf(const PlannedJob& job) {
    return job.version.section(u'\n', 0, 0).section(u'|', 1, 1).toLatin1();
}
QByteArray setOf(const ActingPlace& place, const PlannedJob& job) {
    const bool retry = job.version.section(u'\n', 0, 0).section(u'|', 2, 2) == "retry"_L1;
    return retry ? startOf(place.shelf) + "retry" : place.shelf.key;
}

class SidekiqActor final : public RedisActor {
public:
    [[nodiscard]] QByteArray room() const override { return "sidekiq"; }
    [[nodiscard]] QString gap(ActionKind kind) const override {
        if (kind != ActionKind::release) return {};
        return u"a job that Sidekiq runs is not in Redis: there is no claim to release; what a killed "
               u"process "
               "ran is lost, enqueue it again: replay --lost, as far as a status, a recorder or a window "
               "watched, or the application (Sidekiq Pro's super_fetch recovers such "
               "jobs by itself)"_s;
    }
    [[nodiscard]] std::vector<RedisCommand> writes(ActionKind kind, const QByteArray& start) const override {
        if (kind == ActionKind::undo)
            return {{"LRANGE", start + "queue:x", "0", "1"},
                    {"LPOS", start + "queue:x", "1"},
                    {"LREM", start + "queue:x", "1", "1"},
                    {"ZADD", start + "dead", "1", "1"},
                    {"ZADD", start + "retry", "1", "1"}};
        return {{"LPUSH", start + "queue:x", "1"},
                {"SADD", start + "queues", "x"},
                {"ZREM", start + "dead", "1"},
                {"ZREM", start + "retry", "1"}};
    }
    [[nodiscard]] QByteArray keyStart(const DeadShelf& shelf) const override { return startOf(shelf); }
    [[nodiscard]] QString concern(const DeadEntry& entry) const override;
    [[nodiscard]] std::optional<int> remaining(const DeadJob& job) const override;
    [[nodiscard]] Outcome<Done> findWaiting(const RedisInquiryLink&, const ActingPlace&,
                                            const std::vector<PlannedJob>&) override;
    [[nodiscard]] Outcome<Done> planRetrying(const RedisInquiryLink&, const ActingPlace&,
                                             const ActionRequest&, PlannedAction&) const override;
    void prepare(RedisPipeline&, ActionKind, const ActingPlace&, const PlannedJob&, ServerTime now,
                 PreparedJob&) const override;
    void ending(RedisPipeline&, const ActingPlace&, const PlannedJob&, EndingProbe&) override;
    void standing(RedisPipeline&, ActionKind, const ActingPlace&, const PlannedJob&,
                  Standing&) const override;

private:
    struct Pushed {
        QByteArray queue, job;
        ServerTime at;
        std::optional<ServerTime> nowhere_since;
    };
    void prepareLost(RedisPipeline&, const ActingPlace&, const PlannedJob&, ServerTime now,
                     PreparedJob&) const;
    static void lostStanding(RedisPipeline&, const ActingPlace&, const PlannedJob&, Standing&);
    void prepareUndo(const ActingPlace&, const PlannedJob&, PreparedJob&) const;
    void undoStanding(RedisPipeline&, const ActingPlace&, const PlannedJob&, Standing&) const;

    mutable QHash<QString, Pushed> m_pushed;  // what this session put back, by id
    QHash<QString, QByteArray> m_waiting;     // undo: what was seen to wait, by id
    QDeadlineTimer m_searched{0};             // not again before
};

QString SidekiqActor::concern(const DeadEntry& entry) const {
    for (const char* name : {"unique_for", "unique_until", "lock", "unique_digest", "lock_digest"})
        if (jsonMember(entry.member, name))
            return u"some jobs are unique by an add-on: its locks are neither asked nor taken again"_s;
    if (jsonMember(entry.member, "bid"))
        return u"some jobs belong to a batch: its callbacks may already have run"_s;
    return {};
}

std::optional<int> SidekiqActor::remaining(const DeadJob& job) const {
    if (!job.attempts || !job.max_attempts) return std::nullopt;
    return std::max(1, *job.max_attempts - *job.attempts + 1);
}

// "retry now" of the whole set, or a part. What is not of this queue is passed over.
Outcome<Done> SidekiqActor::planRetrying(const RedisInquiryLink& link, const ActingPlace& place,
                                         const ActionRequest& request, PlannedAction& planned) const {
    const JobFilter& filter = request.filter;
    const QByteArray key = startOf(place.shelf) + "retry";
    QSet<QString> ids;
    bool ended = false;
    auto& jobs = planned.plan.jobs;
    const auto take = [&](const RedisReply& member, const RedisReply& score) {
        const auto job = sidekiqJobFrom(member.text);
        if (!job || QString::fromUtf8(job->queue) != planned.plan.queue || job->jid.isEmpty()) return;
        const QString signature = job->error.isEmpty() ? QString() : errorSignature(job->error);
        if ((!filter.kind.isEmpty() && filter.kind != job->kind) || ids.contains(job->jid) ||
            (!filter.ids.isEmpty() && !filter.ids.contains(job->jid)) ||
            (!filter.error_signature.isEmpty() && filter.error_signature != signature))
            return;
        ids.insert(job->jid);
        ++planned.plan.matched;
        if (static_cast<qint64>(jobs.size()) >= request.most) return;
        const QByteArray digest = QCryptographicHash::hash(member.text, QCryptographicHash::Sha1).toHex();
        jobs.push_back({job->jid, QString::fromLatin1(score.text + '|' + digest + "|retry"),
                        visibleText(job->kind), signature, job->retried_at ? job->retried_at : job->failed_at,
                        std::nullopt, false});
    };
    for (qint64 first = 0; first < kMostSearched && !ended; first += kSearchPage) {
        RedisPipeline pipeline;
        pipeline.add({"ZRANGE", key, QByteArray::number(first), QByteArray::number(first + kSearchPage - 1),
                      "WITHSCORES"},
                     [&](const RedisReply& reply) {
                         ended = static_cast<qint64>(reply.items.size()) < 2 * kSearchPage;
                         for (std::size_t i = 0; i + 1 < reply.items.size(); i += 2)
                             take(reply.items[i], reply.items[i + 1]);
                     });
        if (const auto done = link.run(pipeline); !done) return done;
    }
    planned.warnings
        << u"These jobs wait for a retry that comes by itself: it comes now, and uses up none."_s;
    if (planned.plan.matched > static_cast<qint64>(jobs.size()))
        planned.warnings << u"%1 match; those that are due first are planned"_s.arg(planned.plan.matched);
    return Done{};
}

// The plan knows a member by its score and digest; the bytes are looked up, and the script compares them.
void SidekiqActor::prepare(RedisPipeline& pipeline, ActionKind kind, const ActingPlace& place,
                           const PlannedJob& job, ServerTime now, PreparedJob& into) const {
    if (kind == ActionKind::undo) return prepareUndo(place, job, into);
    if (isLostJob(job)) return prepareLost(pipeline, place, job, now, into);
    const QByteArray start = startOf(place.shelf), dead = setOf(place, job);
    const QByteArray score = scoreOf(job), digest = digestOf(job);
    pipeline.add({"ZRANGEBYSCORE", dead, score, score, "LIMIT", "0", "1000"}, [=, this, &into](
                                                                                  const RedisReply& reply) {
        RowResult gone{job.id, RowOutcome::gone, {}, {}};
        if (reply.isError()) gone = {job.id, RowOutcome::failed, visibleText(reply.text, 200), {}};
        into.settled = gone;
        for (const RedisReply& member : reply.items) {
            const QByteArray& raw = member.text;
            if (QCryptographicHash::hash(raw, QCryptographicHash::Sha1).toHex() != digest) continue;
            const auto again = sidekiqRetried(raw, now);
            const auto payload = sidekiqJobFrom(raw);
            if (!again || !payload || payload->queue.isEmpty()) {
                into.settled = RowResult{
                    job.id, RowOutcome::failed, u"its bytes are no job that Sidekiq could run"_s, {}};
                return;
            }
            into.settled.reset();
            into.keys = {dead, start + "queue:" + payload->queue, start + "queues"};
            into.arguments = {raw, score, *again, payload->queue};
            into.before = sidekiqBefore(raw, payload->queue);
            m_pushed.insert(job.id, {payload->queue, *again, now, {}});
            return;
        }
    });
}

// A job that succeeded leaves no trace: it is nowhere. So all places where it could be are looked at, and it
// must have been nowhere for longer than a heartbeat.
void SidekiqActor::ending(RedisPipeline& pipeline, const ActingPlace& place, const PlannedJob& job,
                          EndingProbe& probe) {
    const auto pushed = m_pushed.find(job.id);
    if (pushed == m_pushed.end()) return;  // put back by another process: it cannot be followed
    Pushed* const own = &*pushed;
    const QByteArray start = startOf(place.shelf);
    const auto seen = std::make_shared<bool>(false);
    pipeline.add({"LPOS", start + "queue:" + own->queue, own->job},
                 [seen](const RedisReply& reply) { *seen = !reply.isNil(); });
    const QByteArray pattern = '*' + globEscaped(job.id.toUtf8()) + '*';
    pipeline.add({"ZSCAN", start + "retry", "0", "MATCH", pattern, "COUNT", "10000"},
                 [seen, &probe, id = job.id](const RedisReply& reply) {
                     const bool whole = reply.items.size() == 2 && reply.items[0].text == "0";
                     if (!whole || !reply.items[1].items.empty()) *seen = true;
                     if (reply.items.size() != 2) return;
                     const auto& found = reply.items[1].items;
                     for (std::size_t i = 0; i + 1 < found.size(); i += 2)
                         if (const auto again = sidekiqJobFrom(found[i].text); again && again->jid == id) {
                             probe.ending.end = JobEnd::retrying;
                             probe.dead.error = again->error;
                         }
                 });
    const QByteArray since =
        QByteArray::number(std::chrono::duration<double>(own->at.time_since_epoch()).count() - 1, 'f', 6);
    const QByteArray before = job.version.section(u'|', 0, 0).toLatin1();
    pipeline.add({"ZRANGEBYSCORE", place.shelf.key, since, "+inf", "WITHSCORES", "LIMIT", "0", "1000"},
                 [&pipeline, &place, &probe, seen, id = job.id, before](const RedisReply& reply) {
                     if (!reply.isArray() || reply.items.size() >= 2000) *seen = true;
                     for (std::size_t i = 0; i + 1 < reply.items.size(); i += 2) {
                         const auto dead = sidekiqJobFrom(reply.items[i].text);
                         if (!dead || dead->jid != id || reply.items[i + 1].text == before) continue;
                         *seen = true;
                         probe.ending.end = JobEnd::died;
                         place.system->describeDead(pipeline, place.shelf,
                                                    {reply.items[i].text, reply.items[i + 1].text, {}, {}},
                                                    probe.dead);
                     }
                 });
    pipeline.add({"TIME"}, [own, seen, &probe](const RedisReply& reply) {
        const auto now = serverTimeFromReply(reply);
        if (!now) return;
        if (*seen || probe.ending.end == JobEnd::running) return own->nowhere_since.reset();
        if (!own->nowhere_since) own->nowhere_since = now;
        if (*now - *own->nowhere_since >= kSurelyWritten) probe.ending.end = JobEnd::vanished;
    });
}

// Retry pushes at the head, so what was put back lately stands there. What is further behind is not looked
// for.
Outcome<Done> SidekiqActor::findWaiting(const RedisInquiryLink& link, const ActingPlace& place,
                                        const std::vector<PlannedJob>& jobs) {
    const bool known = std::all_of(jobs.begin(), jobs.end(),
                                   [this](const PlannedJob& job) { return m_waiting.contains(job.id); });
    if (known || jobs.empty() || !m_searched.hasExpired()) return Done{};
    m_waiting.clear();
    const QByteArray queue = jobs.front().version.section(u'\n', 1).section(u'|', 2).toUtf8();
    const QByteArray key = startOf(place.shelf) + "queue:" + queue;
    qint64 bytes = 0;
    bool ended = false;
    for (qint64 first = 0; first < kMostSearched && bytes < kMostSearchedBytes && !ended;
         first += kSearchPage) {
        RedisPipeline pipeline;
        pipeline.add({"LRANGE", key, QByteArray::number(first), QByteArray::number(first + kSearchPage - 1)},
                     [this, &bytes, &ended](const RedisReply& reply) {
                         ended = static_cast<qint64>(reply.items.size()) < kSearchPage;
                         for (const RedisReply& item : reply.items) {
                             bytes += item.text.size();
                             if (const auto job = sidekiqJobFrom(item.text))
                                 m_waiting.insert(job->jid, item.text);
                         }
                     });
        if (const auto done = link.run(pipeline); !done) return done;
    }
    m_searched.setRemainingTime(kBetweenSearches);
    return Done{};
}

void SidekiqActor::prepareLost(RedisPipeline& pipeline, const ActingPlace& place, const PlannedJob& job,
                               ServerTime now, PreparedJob& into) const {
    const QByteArray start = startOf(place.shelf), payload = lostPayload(job);
    const auto parsed = sidekiqJobFrom(payload);
    if (!parsed || parsed->queue.isEmpty() || parsed->jid != job.id) {
        into.settled =
            RowResult{job.id, RowOutcome::failed, u"its bytes are no job that Sidekiq could run"_s, {}};
        return;
    }
    into.keys = {start + "queue:" + parsed->queue, start + "queues", sidekiqPutBackMark(start, job.id)};
    into.arguments = {payload, parsed->queue};
    const QByteArray pattern = '*' + globEscaped(job.id.toUtf8()) + '*';
    for (const QByteArray set : {"retry", "dead", "schedule"})
        pipeline.add({"ZSCAN", start + set, "0", "MATCH", pattern, "COUNT", "10000"},
                     [&into, id = job.id, set](const RedisReply& reply) {
                         if (reply.items.size() == 2 && !reply.items[1].items.empty())
                             into.settled = RowResult{
                                 id, RowOutcome::changed, u"it is in %1"_s.arg(QLatin1StringView(set)), {}};
                     });
    m_pushed.insert(job.id, {parsed->queue, payload, now, {}});
}

// As planned: nowhere, and not put back by us before.
void SidekiqActor::lostStanding(RedisPipeline& pipeline, const ActingPlace& place, const PlannedJob& job,
                                Standing& into) {
    const QByteArray start = startOf(place.shelf), payload = lostPayload(job);
    const auto parsed = sidekiqJobFrom(payload);
    into.as_planned = parsed && !parsed->queue.isEmpty();
    into.outcome = RowOutcome::changed;
    if (!into.as_planned) return;
    pipeline.add({"LPOS", start + "queue:" + parsed->queue, payload}, [&into](const RedisReply& reply) {
        if (!reply.isNil()) into.as_planned = false;
    });
    const QByteArray pattern = '*' + globEscaped(job.id.toUtf8()) + '*';
    for (const QByteArray set : {"retry", "dead", "schedule"})
        pipeline.add({"ZSCAN", start + set, "0", "MATCH", pattern, "COUNT", "10000"},
                     [&into](const RedisReply& reply) {
                         if (reply.items.size() != 2 || !reply.items[1].items.empty())
                             into.as_planned = false;
                     });
    pipeline.add({"EXISTS", sidekiqPutBackMark(start, job.id)}, [&into](const RedisReply& reply) {
        if (!reply.isInteger() || reply.integer == 0) return;
        into.as_planned = false;
        into.outcome = RowOutcome::moved;
    });
}

void SidekiqActor::prepareUndo(const ActingPlace& place, const PlannedJob& job, PreparedJob& into) const {
    const QString before = job.version.section(u'\n', 1);
    const QByteArray waiting = m_waiting.value(job.id);
    const auto member = sidekiqAsBefore(waiting, before, digestOf(job));
    if (waiting.isEmpty() || !member) {
        into.settled = RowResult{job.id, RowOutcome::changed, u"a worker has taken it"_s, {}};
        return;
    }
    into.keys = {setOf(place, job), startOf(place.shelf) + "queue:" + before.section(u'|', 2).toUtf8()};
    into.arguments = {waiting, *member, scoreOf(job)};
}

void SidekiqActor::undoStanding(RedisPipeline& pipeline, const ActingPlace& place, const PlannedJob& job,
                                Standing& into) const {
    const QByteArray score = scoreOf(job), digest = digestOf(job);
    const QString before = job.version.section(u'\n', 1);
    const QByteArray waiting = m_waiting.value(job.id);
    into.outcome = RowOutcome::changed;
    if (!waiting.isEmpty() && sidekiqAsBefore(waiting, before, digest))
        pipeline.add({"LPOS", startOf(place.shelf) + "queue:" + before.section(u'|', 2).toUtf8(), waiting},
                     [&into](const RedisReply& reply) { into.as_planned = reply.isInteger(); });
    pipeline.add(
        {"ZRANGEBYSCORE", setOf(place, job), score, score, "LIMIT", "0", "1000"},
        [&into, digest](const RedisReply& reply) {
            for (const RedisReply& member : reply.items)
                if (QCryptographicHash::hash(member.text, QCryptographicHash::Sha1).toHex() == digest)
                    into.outcome = RowOutcome::moved;
        });
}

void SidekiqActor::standing(RedisPipeline& pipeline, ActionKind kind, const ActingPlace& place,
                            const PlannedJob& job, Standing& into) const {
    if (kind == ActionKind::undo) return undoStanding(pipeline, place, job, into);
    if (isLostJob(job)) return lostStanding(pipeline, place, job, into);
    const QByteArray score = scoreOf(job), digest = digestOf(job);
    pipeline.add(
        {"ZRANGEBYSCORE", setOf(place, job), score, score, "LIMIT", "0", "1000"},
        [&into, digest](const RedisReply& reply) {
            if (!reply.isArray()) return;
            into.outcome = RowOutcome::moved;
            for (const RedisReply& member : reply.items)
                if (QCryptographicHash::hash(member.text, QCryptographicHash::Sha1).toHex() == digest)
                    into.as_planned = true;
        });
}

}  // namespace

std::unique_ptr<RedisActor> makeSidekiqActor() {
    return std::make_unique<SidekiqActor>();
}

}  // namespace spillway
