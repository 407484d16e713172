#include "backends/redis/shared/key_scan.h"

#include <QThread>

#include "backends/redis/wire/errors.h"

namespace spillway {
namespace {

// Matches ":meta", ":events" and ":queues" at the end, and a little more that take() drops: SCAN has no "or".
constexpr auto kEndings = ":[mqe][euv][te]*[as]";
constexpr qsizetype kLongestPattern = 256;  // long patterns have been a weakness of the server
constexpr int kStepsWithoutPause = 100;

}  // namespace

QByteArray globEscaped(const QByteArray& text) {
    QByteArray escaped;
    for (const char c : text) {
        if (QByteArrayView("*?[]\\^-").contains(c)) escaped += '\\';
        escaped += c;
    }
    return escaped;
}

RedisKeyScan::RedisKeyScan(const QByteArray& keyPrefix) {
    const QByteArray start = keyPrefix.isEmpty() ? QByteArray("*") : globEscaped(keyPrefix);
    // Under a prefix the key is "prefix:queues" or "prefix:<queue>:meta".
    m_pattern = keyPrefix.isEmpty() ? start + kEndings : start + ":*[as]";
    if (m_pattern.size() > kLongestPattern) m_pattern = QByteArray("*") + kEndings;
}

RedisKeyScan RedisKeyScan::forStreams(const QByteArray& keyPrefix) {
    RedisKeyScan scan;
    scan.m_streams = true;
    scan.m_pattern = keyPrefix.isEmpty() ? QByteArray() : globEscaped(keyPrefix) + ":*";
    if (scan.m_pattern.size() > kLongestPattern) scan.m_pattern.clear();
    return scan;
}

// What leaves behind streams without being a queue: one for each job of RQ.
bool RedisKeyScan::looksLikeOurs(const QByteArray& key) const {
    if (m_streams) return !key.startsWith("rq:results:");
    return key.endsWith(":meta") || key.endsWith(":events") || key.endsWith(":queues");
}

RedisCommand RedisKeyScan::nextCommand() const {
    if (m_streams) {
        RedisCommand command{"SCAN", m_cursor, "TYPE", "stream", "COUNT", QByteArray::number(kCount)};
        if (!m_pattern.isEmpty()) command << "MATCH" << m_pattern;
        return command;
    }
    return {"SCAN", m_cursor, "MATCH", m_pattern, "COUNT", QByteArray::number(kCount)};
}

QList<QByteArray> RedisKeyScan::take(const RedisReply& reply) {
    QList<QByteArray> keys;
    if (!reply.isArray() || reply.items.size() != 2 || !reply.items[1].isArray()) {
        m_gap = reply.text.contains("syntax error") ? QStringLiteral("SCAN by type needs Redis 6 or newer")
                                                    : reasonFromReply(reply, nextCommand());
        m_finished = true;
        return keys;
    }
    m_cursor = reply.items[0].text;
    m_finished = m_cursor == "0";
    for (const RedisReply& key : reply.items[1].items)
        if (looksLikeOurs(key.text)) keys.append(key.text);
    return keys;
}

void RedisKeyScan::restart() {
    m_cursor = "0";
    m_finished = false;
}

Outcome<QList<QByteArray>> RedisKeyScan::run(RedisConnection& connection, QDeadlineTimer deadline,
                                             std::chrono::milliseconds budget) {
    const QDeadlineTimer until(budget);
    QList<QByteArray> keys;
    for (int step = 0; !m_finished && !until.hasExpired(); ++step) {
        const auto replies = connection.run({nextCommand()}, deadline);
        if (!replies) return replies.failure();
        keys += take(replies->front());
        if (step > kStepsWithoutPause) QThread::msleep(1);
    }
    return keys;
}

}  // namespace spillway
