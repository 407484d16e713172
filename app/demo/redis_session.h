// The demo's own connection to its own Redis, through hiredis; the only file of the demo that knows it.
// Throws std::exception, also for an error reply.
#pragma once

#include <QByteArray>
#include <QByteArrayList>
#include <memory>

namespace spillway {

class RedisSession {
public:
    explicit RedisSession(const QString& socketPath);
    ~RedisSession();
    RedisSession(RedisSession&&) noexcept;

    void run(const QByteArrayList& words);
    [[nodiscard]] qint64 number(const QByteArrayList& words);
    [[nodiscard]] QByteArray text(const QByteArrayList& words);      // null where Redis says nil
    [[nodiscard]] QByteArrayList list(const QByteArrayList& words);  // empty where Redis says nil
    // A script by the hash that SCRIPT LOAD gave.
    void runScript(const QByteArray& hash, const QByteArrayList& keys, const QByteArrayList& arguments);

private:
    struct Reply;
    [[nodiscard]] Reply ask(const QByteArrayList& words);
    struct Context;
    std::unique_ptr<Context> m_context;
};

}  // namespace spillway
