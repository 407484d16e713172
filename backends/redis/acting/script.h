// A Lua file of resources/systems/<room>/, with the digest by which a Redis server knows it.
#pragma once

#include "backends/redis/wire/reply.h"

namespace spillway {

class RedisScript {
public:
    // "bullmq/replay". A name that is not built in gives an empty script.
    explicit RedisScript(const QByteArray& name);
    [[nodiscard]] bool exists() const { return !m_text.isEmpty(); }
    [[nodiscard]] const QByteArray& digest() const { return m_digest; }  // SHA-1, hex
    // The commands that it calls, as an ACL has them: "hset", "xinfo|groups".
    [[nodiscard]] QByteArrayList calls() const;
    // EVALSHA; with the text itself (EVAL) for a server that has forgotten the script.
    [[nodiscard]] RedisCommand call(const QList<QByteArray>& keys, const QList<QByteArray>& arguments) const;
    [[nodiscard]] RedisCommand callWithText(const QList<QByteArray>& keys,
                                            const QList<QByteArray>& arguments) const;

private:
    QByteArray m_text, m_digest;
};

}  // namespace spillway
