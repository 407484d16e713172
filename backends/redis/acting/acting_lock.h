// The lock of an action on one queue: SET NX PX with a token that says who holds it, renewed and given back
// only while it is still ours.
#pragma once

#include "backends/redis/acting/script.h"
#include "backends/redis/wire/connection.h"
#include "backends/remediation/acting_backend.h"

namespace spillway {

class RedisActingLock {
public:
    // Takes it, or renews it where it is held.
    [[nodiscard]] Outcome<ActionLock> take(RedisConnection& connection, const QByteArray& key,
                                           const QString& action, QDeadlineTimer deadline);
    void giveBack(RedisConnection& connection, QDeadlineTimer deadline);
    [[nodiscard]] bool holds(const QByteArray& key) const { return !m_token.isEmpty() && m_key == key; }
    [[nodiscard]] const QByteArray& key() const { return m_key; }
    [[nodiscard]] const QByteArray& token() const { return m_token; }
    [[nodiscard]] RedisCommand renewal() const;

    static constexpr int kLife_ms = 30'000;

private:
    RedisScript m_renew{"redis/lock_renew"}, m_release{"redis/lock_release"};
    QByteArray m_key, m_token;
};

}  // namespace spillway
