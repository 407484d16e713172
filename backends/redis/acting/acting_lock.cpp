#include "backends/redis/acting/acting_lock.h"

#include <QSysInfo>
#include <QUuid>

#include "backends/domain/human_text.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// Behind the first space stands who holds it.
QString holderFrom(const QByteArray& value) {
    const auto space = value.indexOf(' ');
    const QString who = visibleText(value.mid(space + 1), 160);
    return who.isEmpty() ? u"another console"_s : who;
}

}  // namespace

RedisCommand RedisActingLock::renewal() const {
    return m_renew.callWithText({m_key}, {m_token, QByteArray::number(kLife_ms)});
}

Outcome<ActionLock> RedisActingLock::take(RedisConnection& connection, const QByteArray& key,
                                          const QString& action, QDeadlineTimer deadline) {
    if (holds(key)) {
        const auto renewed = connection.run({renewal()}, deadline);
        if (!renewed) return renewed.failure();
        if (renewed->front().isError())  // read-only, out of memory: it may still be ours
            return failureFromReply(renewed->front(), renewal(), connection.address().display());
        if (renewed->front().isInteger() && renewed->front().integer == 1) return ActionLock{};
        m_token.clear();
    }
    const QByteArray token = QUuid::createUuid().toByteArray(QUuid::WithoutBraces) + ' ' + action.toUtf8() +
                             " on " + QSysInfo::machineHostName().toUtf8();
    const RedisCommand set{"SET", key, token, "NX", "PX", QByteArray::number(kLife_ms)};
    const auto replies = connection.run({set, {"GET", key}}, deadline);
    if (!replies) return replies.failure();
    const RedisReply& answer = replies->front();
    if (answer.isError()) return failureFromReply(answer, set, connection.address().display());
    if (answer.isNil()) return ActionLock{holderFrom((*replies)[1].text)};
    m_key = key;
    m_token = token;
    return ActionLock{};
}

void RedisActingLock::giveBack(RedisConnection& connection, QDeadlineTimer deadline) {
    if (m_token.isEmpty()) return;
    const auto given = connection.run({m_release.callWithText({m_key}, {m_token})}, deadline);
    if (given && !given->front().isError()) m_token.clear();  // refused: it is still ours, to be renewed
}

}  // namespace spillway
