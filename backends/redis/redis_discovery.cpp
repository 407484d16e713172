#include "backends/redis/redis_discovery.h"

#include "backends/redis/redis_kinds.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr std::chrono::milliseconds kScanBudget{1500};
constexpr std::chrono::milliseconds kStreamScanBudget{700};
constexpr std::chrono::minutes kScanAgainAfter{10};
constexpr std::chrono::seconds kScanSmallAgainAfter{20};
constexpr int kSmallScanSteps = 3;

std::chrono::milliseconds pauseAfter(int steps) {
    return steps <= kSmallScanSteps ? std::chrono::milliseconds(kScanSmallAgainAfter)
                                    : std::chrono::milliseconds(kScanAgainAfter);
}

}  // namespace

RedisDiscovery::RedisDiscovery(const ConnectionSettings& settings)
    : m_onlySystem(settings.onlySystem), m_finding{{}, settings.onlyNamespace.toUtf8()} {
    makeFinders();
}

void RedisDiscovery::makeFinders() {
    m_byName.finders.clear();
    m_byType.finders.clear();
    m_ends.clear();
    for (const RedisKind& kind : redisKinds()) {
        if (!m_onlySystem.isEmpty() && m_onlySystem != QLatin1StringView(kind.name)) continue;
        (kind.ends.isEmpty() ? m_byType : m_byName).finders.push_back(kind.finder(m_finding));
        m_ends += kind.ends;
    }
}

void RedisDiscovery::clear() {
    m_finding.systems.clear();
    makeFinders();
}

Outcome<QList<QByteArray>> RedisDiscovery::scanAtFirst(Search& search, RedisKeyScan scan,
                                                       RedisConnection& connection, QDeadlineTimer deadline,
                                                       std::chrono::milliseconds budget) {
    search.scan = std::move(scan);
    if (search.finders.empty()) return QList<QByteArray>();
    auto keys = search.scan.run(connection, deadline, budget);
    search.ever_finished = search.scan.finished();
    search.next.setRemainingTime(search.ever_finished ? std::chrono::milliseconds(kScanSmallAgainAfter)
                                                      : std::chrono::milliseconds(0));
    return keys;
}

Outcome<Done> RedisDiscovery::find(RedisConnection& connection, RedisPipeline pipeline,
                                   const RunOnce& runOnce, QDeadlineTimer deadline) {
    const auto named =
        scanAtFirst(m_byName, RedisKeyScan(m_ends, m_finding.prefix), connection, deadline, kScanBudget);
    if (!named) return named.failure();
    const auto streams = scanAtFirst(m_byType, RedisKeyScan::forStreams(m_finding.prefix), connection,
                                     deadline, kStreamScanBudget);
    if (!streams) return streams.failure();
    clear();
    for (const auto& finder : m_byName.finders) finder->askPlain(pipeline);
    m_byName.ask(pipeline, *named);
    m_byType.ask(pipeline, *streams);
    while (!pipeline.empty())
        if (const auto asked = runOnce(pipeline); !asked) return asked.failure();
    return Done{};
}

Outcome<Done> RedisDiscovery::lookFor(const QSet<QByteArray>& keys, const RunOnce& runOnce) {
    RedisPipeline pipeline;
    for (const auto& finder : m_byName.finders) finder->askAbout(pipeline, keys);
    while (!pipeline.empty())
        if (const auto asked = runOnce(pipeline); !asked) return asked.failure();
    return Done{};
}

void RedisDiscovery::Search::ask(RedisPipeline& pipeline, const QList<QByteArray>& keys) const {
    const QSet<QByteArray> each(keys.begin(), keys.end());
    for (const auto& finder : finders) finder->askAbout(pipeline, each);
}

bool RedisDiscovery::Search::stepDue() const {
    return !finders.empty() && scan.gap().isEmpty() && next.hasExpired();
}

void RedisDiscovery::Search::step(RedisPipeline& pipeline) {
    if (scan.finished()) {
        scan.restart();
        steps = 0;
    }
    pipeline.add(scan.nextCommand(), [this, &pipeline](const RedisReply& reply) {
        ask(pipeline, scan.take(reply));
        ++steps;
        if (!scan.finished()) return;
        ever_finished = true;
        next.setRemainingTime(pauseAfter(steps));
    });
}

// The keyspace is looked through again and again, one step with each poll, to find new queues; by type only
// when the other scan rests, so that a poll never pays for two steps.
void RedisDiscovery::addScanStep(RedisPipeline& pipeline) {
    for (Search* search : {&m_byName, &m_byType})
        if (search->stepDue()) return search->step(pipeline);
}

QString RedisDiscovery::Search::findersGap() const {
    for (const auto& finder : finders)
        if (!finder->gap().isEmpty()) return finder->gap();
    return {};
}

QString RedisDiscovery::gap() const {
    for (const QString& each : {m_byName.findersGap(), m_byName.scan.gap(), m_byType.findersGap()})
        if (!each.isEmpty()) return each;
    return {};
}

void RedisDiscovery::noteGap(Capabilities& capabilities) const {
    const auto cannot = [&capabilities](const QString& what, const QString& why) {
        capabilities.set(u"discovery"_s, false, what + u" cannot be looked for: "_s + why);
    };
    const QString streams = m_byType.scan.gap();
    if (!m_byName.scan.gap().isEmpty())
        cannot(u"queues and systems whose key prefix is not known"_s, m_byName.scan.gap());
    else if (!m_byName.ever_finished && !m_byName.finders.empty())
        capabilities.set(
            u"discovery"_s, false,
            u"the database has very many keys and is looked through slowly; more queues may appear"_s);
    else if (const QString why = streams.isEmpty() ? m_byType.findersGap() : streams; !why.isEmpty())
        cannot(u"consumer groups of streams"_s, why);
}

}  // namespace spillway
