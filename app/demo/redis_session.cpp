#include "app/demo/redis_session.h"

#include <hiredis/hiredis.h>
#include <QString>
#include <stdexcept>
#include <vector>

namespace spillway {

struct RedisSession::Context {
    redisContext* raw = nullptr;
    ~Context() {
        if (raw) redisFree(raw);
    }
};

struct RedisSession::Reply {
    explicit Reply(void* reply) : raw(static_cast<redisReply*>(reply), &freeReplyObject) {}
    std::unique_ptr<redisReply, void (*)(void*)> raw;
};

namespace {

QByteArray bytes(const redisReply* reply) {
    return reply->str ? QByteArray(reply->str, static_cast<qsizetype>(reply->len)) : QByteArray();
}

}  // namespace

RedisSession::RedisSession(const QString& socketPath) : m_context(new Context) {
    m_context->raw = redisConnectUnix(socketPath.toUtf8().constData());
    if (!m_context->raw || m_context->raw->err) throw std::runtime_error("the demo's Redis does not answer");
}

RedisSession::~RedisSession() = default;
RedisSession::RedisSession(RedisSession&&) noexcept = default;

RedisSession::Reply RedisSession::ask(const QByteArrayList& words) {
    std::vector<const char*> starts;
    std::vector<size_t> lengths;
    for (const auto& word : words) {
        starts.push_back(word.constData());
        lengths.push_back(static_cast<size_t>(word.size()));
    }
    Reply reply(
        redisCommandArgv(m_context->raw, static_cast<int>(words.size()), starts.data(), lengths.data()));
    if (!reply.raw) throw std::runtime_error("the demo's Redis went away");
    if (reply.raw->type == REDIS_REPLY_ERROR) throw std::runtime_error(bytes(reply.raw.get()).toStdString());
    return reply;
}

void RedisSession::run(const QByteArrayList& words) {
    (void)ask(words);
}
qint64 RedisSession::number(const QByteArrayList& words) {
    return ask(words).raw->integer;
}
QByteArray RedisSession::text(const QByteArrayList& words) {
    return bytes(ask(words).raw.get());
}

QByteArrayList RedisSession::list(const QByteArrayList& words) {
    const Reply reply = ask(words);
    QByteArrayList items;
    for (size_t i = 0; i < reply.raw->elements; ++i) items << bytes(reply.raw->element[i]);
    return items;
}

void RedisSession::runScript(const QByteArray& hash, const QByteArrayList& keys,
                             const QByteArrayList& arguments) {
    run(QByteArrayList{"EVALSHA", hash, QByteArray::number(keys.size())} + keys + arguments);
}

}  // namespace spillway
