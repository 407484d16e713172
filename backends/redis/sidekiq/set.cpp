#include "backends/redis/sidekiq/set.h"

#include <algorithm>
#include <cmath>

#include "backends/redis/shared/score_time.h"
#include "backends/redis/sidekiq/payload.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr qint64 kSmall = 100;  // read with every poll
constexpr int kPollsBetweenReads = 5;
constexpr qint64 kBytesAtMost = qint64(2) << 20;
constexpr qint64 kSetSlices = 5;
constexpr int kMemorySamples = 5;

QByteArray scoreText(double score) {
    return QByteArray::number(score, 'f', 3);
}

}  // namespace

bool SidekiqSet::readAgain() const {
    const qint64 size = *m_size.value;
    if (m_hugeJobs || size == 0) return false;
    if (m_sizeWhenRead < 0 || size <= kSmall) return true;
    return size != m_sizeWhenRead ? m_pollsSinceRead >= kPollsBetweenReads / 2
                                  : m_pollsSinceRead >= kPollsBetweenReads;
}

void SidekiqSet::startPoll(RedisPipeline& pipeline, double early) {
    m_early = early;
    m_readNow = false;
    m_problem.clear();
    m_earlyInAll = Count::exact(0);
    ++m_pollsSinceRead;
    pipeline.count({"ZCARD", m_key}, m_size, u"sorted set"_s, [this, &pipeline] {
        if (*m_size.value == 0) return;
        pipeline.count({"ZCOUNT", m_key, "-inf", '(' + scoreText(m_early)}, m_earlyInAll, u"sorted set"_s);
        if (!readAgain()) return;
        if (m_bytesPerEntry == 0)
            askBytes(pipeline);
        else
            readPart(pipeline);
    });
}

// Payloads cannot be cut on the server: how large they are must be known before they are asked for.
void SidekiqSet::askBytes(RedisPipeline& pipeline) {
    pipeline.add({"MEMORY", "USAGE", m_key, "SAMPLES", QByteArray::number(kMemorySamples)},
                 [this, &pipeline](const RedisReply& reply) {
                     m_bytesPerEntry = std::max<qint64>(
                         1, integerFrom(reply).value_or(0) / std::max<qint64>(1, *m_size.value));
                     readPart(pipeline);
                 });
}

void SidekiqSet::readPart(RedisPipeline& pipeline) {
    const qint64 size = *m_size.value;
    const qint64 most = std::min(kReadAtMost, kBytesAtMost / m_bytesPerEntry);
    m_shares.clear();
    m_entries.clear();
    m_failedAt.clear();
    m_low = m_rest = 0;
    m_readNow = true;
    m_pollsSinceRead = 0;
    m_sizeWhenRead = size;
    m_readWhole = size <= most;
    if (most < 1) {
        m_hugeJobs = true;
        return;
    }
    std::vector<Slice> slices{{0, (size <= most ? most : std::max<qint64>(1, most / 2)) - 1, true}};
    const qint64 length = most / 2 / kSetSlices;
    const qint64 first = slices.front().to + 1;
    for (qint64 i = 0; size > most && length > 0 && i < kSetSlices; ++i) {
        const qint64 from = first + i * (size - first - length) / (kSetSlices - 1);
        slices.push_back({from, from + length - 1, false});
    }
    for (const Slice& slice : slices) {
        const RedisCommand command{"ZRANGE", m_key, QByteArray::number(slice.from),
                                   QByteArray::number(slice.to), "WITHSCORES"};
        pipeline.add(command, [this, command, low = slice.low](const RedisReply& reply) {
            takeSlice(reply, command, low);
        });
    }
}

void SidekiqSet::takeSlice(const RedisReply& reply, const RedisCommand& command, bool low) {
    if (!reply.isArray()) {
        m_problem = reasonFromReply(reply, command, u"sorted set"_s);
        return;
    }
    for (std::size_t i = 0; i + 1 < reply.items.size(); i += 2) {
        ++(low ? m_low : m_rest);
        const auto job = sidekiqJobFrom(reply.items[i].text);
        if (!job || job->queue.isEmpty()) continue;  // broken payloads belong to no queue
        Share& share = m_shares[job->queue];
        ++(low ? share.low : share.rest);
        if (const auto failed = job->retried_at ? job->retried_at : job->failed_at)
            m_failedAt.push_back(*failed);
        if (job->max_attempts) {
            share.attempts.sum += *job->max_attempts;
            ++share.attempts.jobs;
        }
        if (!low) continue;
        const double score = reply.items[i + 1].text.toDouble();
        share.scores.push_back(score);
        m_entries.insert(job->jid.toUtf8() + ' ' + reply.items[i + 1].text, job->queue);
        if (!share.lowest) share.lowest = score;
        if (score < m_early) ++share.early;
    }
}

void SidekiqSet::finishPoll() {
    m_growth = m_everFinished ? m_size.valueOr(0) - m_sizeBefore : 0;
    m_everFinished = true;
    m_sizeBefore = m_size.valueOr(0);
    followEntries();
    if (m_size.valueOr(1) > 0) return;
    m_shares.clear();
    m_low = m_rest = 0;
    m_sizeWhenRead = -1;
    m_bytesPerEntry = 0;
    m_hugeJobs = false;
}

QString SidekiqSet::method() const {
    return u"share among %1 of %2 entries of %3, which all queues have in common"_s.arg(m_low + m_rest)
        .arg(*m_size.value)
        .arg(m_title);
}

Count SidekiqSet::countOf(const QByteArray& queue) const {
    if (!m_size.known() || *m_size.value == 0) return m_size;
    if (m_hugeJobs)
        return Count::notObservable(
            u"the jobs in %1 are too large to be read, and only they name the queue"_s.arg(m_title));
    if (!m_problem.isEmpty()) return Count::notObservable(m_problem);
    const Share share = m_shares.value(queue);
    if (whole() && m_readNow) return Count::exact(share.low);
    if (whole()) return Count::estimated(share.low, method());
    // The set may have changed size since its parts were read.
    const double beyond = std::max<double>(0, static_cast<double>(*m_size.value - m_low));
    const auto perEntry = m_rest > 0  ? static_cast<double>(share.rest) / static_cast<double>(m_rest)
                          : m_low > 0 ? static_cast<double>(share.low) / static_cast<double>(m_low)
                                      : 0.0;
    const double low = std::min<double>(static_cast<double>(share.low), static_cast<double>(*m_size.value));
    return Count::estimated(std::llround(low + beyond * perEntry), method());
}

Count SidekiqSet::earlyOf(const QByteArray& queue) const {
    if (!m_earlyInAll.known() || *m_earlyInAll.value == 0) return m_size.known() ? m_earlyInAll : m_size;
    const Count all = countOf(queue);
    if (!all.known()) return all;
    const Share share = m_shares.value(queue);
    if (m_readNow && *m_earlyInAll.value <= m_low) return Count::exact(share.early);
    qint64 seen = 0;
    for (const Share& each : m_shares) seen += each.early;
    if (seen == 0) return Count::estimated(0, method());
    return Count::estimated(std::llround(static_cast<double>(*m_earlyInAll.value) *
                                         static_cast<double>(share.early) / static_cast<double>(seen)),
                            method());
}

Measured<ServerTime> SidekiqSet::lowestOf(const QByteArray& queue) const {
    using Time = Measured<ServerTime>;
    const Count count = countOf(queue);
    if (!count.known()) return Time::notObservable(count.method);
    const Share share = m_shares.value(queue);
    // Read in the order of the scores: the first one seen is the lowest of its queue.
    if (share.lowest && !isMoment(*share.lowest))
        return Time::notObservable(
            u"the first entry of %1 has the score %2, which is no time"_s.arg(m_title).arg(*share.lowest));
    if (share.lowest) return Time::exact(serverTimeFromSeconds(*share.lowest));
    if (*count.value == 0) return Time::notObservable(u"no job of this queue is in %1"_s.arg(m_title));
    return Time::notObservable(u"not among the first %1 entries of %2"_s.arg(m_low).arg(m_title));
}

}  // namespace spillway
