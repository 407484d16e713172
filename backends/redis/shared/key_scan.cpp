#include "backends/redis/shared/key_scan.h"

#include <QThread>
#include <algorithm>

#include "backends/redis/wire/errors.h"

namespace spillway {
namespace {

constexpr qsizetype kExactBytes = 4;        // of an end
constexpr qsizetype kLongestPattern = 256;  // long patterns have been a weakness of the server
constexpr int kStepsWithoutPause = 100;

// One of the bytes that stand at this place of the ends; negative: from behind.
QByteArray anyOf(const QByteArrayList& ends, qsizetype place) {
    QByteArray any;
    for (const QByteArray& end : ends)
        if (const char c = end[place < 0 ? end.size() + place : place]; !any.contains(c)) any += c;
    return '[' + any + ']';
}

// Matches these ends and a little more, which take() drops: SCAN has no "or". ":[mqe][euv][te]*[as]"
QByteArray patternOf(const QByteArrayList& ends) {
    if (ends.isEmpty()) return {};
    QByteArray pattern;
    for (qsizetype place = 0; place < kExactBytes; ++place) pattern += anyOf(ends, place);
    return pattern + '*' + anyOf(ends, -1);
}

}  // namespace

QByteArray globEscaped(const QByteArray& text) {
    QByteArray escaped;
    for (const char c : text) {
        if (QByteArrayView("*?[]\\^-").contains(c)) escaped += '\\';
        escaped += c;
    }
    return escaped;
}

RedisKeyScan::RedisKeyScan(QByteArrayList ends, const QByteArray& keyPrefix) : m_ends(std::move(ends)) {
    m_finished = m_ends.isEmpty();
    m_pattern = '*' + patternOf(m_ends);
    if (keyPrefix.isEmpty() || m_finished) return;
    // Under a prefix the key is "prefix:queues" or "prefix:<queue>:meta".
    const QByteArray below = globEscaped(keyPrefix) + ":*" + anyOf(m_ends, -1);
    if (below.size() <= kLongestPattern) m_pattern = below;
}

RedisKeyScan RedisKeyScan::forStreams(const QByteArray& keyPrefix) {
    RedisKeyScan scan;
    scan.m_finished = false;
    scan.m_streams = true;
    scan.m_pattern = keyPrefix.isEmpty() ? QByteArray() : globEscaped(keyPrefix) + ":*";
    if (scan.m_pattern.size() > kLongestPattern) scan.m_pattern.clear();
    return scan;
}

bool RedisKeyScan::looksLikeOurs(const QByteArray& key) const {
    return m_streams || std::any_of(m_ends.begin(), m_ends.end(),
                                    [&key](const QByteArray& end) { return key.endsWith(end); });
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
