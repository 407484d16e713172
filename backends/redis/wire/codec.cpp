#include "backends/redis/wire/codec.h"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <charconv>

namespace spillway {
using namespace Qt::StringLiterals;

namespace {

using Task = redisReadTask;

// What arrived of the reply under way. Memory is taken for elements that came, not for those that a
// header promises, so that "*2147483647" costs nothing.
struct Build {
    qint64 elements = 0;
    qint64 texts = 0;
    qint64 limit = 0;
    bool exceeded = false;
};

// A reply appended to its parent is complete before its next sibling arrives, so that no pointer which
// hiredis still holds moves when the vector grows.
RedisReply* place(const Task* task) {
    auto* build = static_cast<Build*>(task->privdata);
    if (++build->elements > build->limit) {
        build->exceeded = true;
        return nullptr;
    }
    if (!task->parent) return new RedisReply;
    return &static_cast<RedisReply*>(task->parent->obj)->items.emplace_back();
}

void* createString(const Task* task, char* text, size_t length) {
    RedisReply* reply = place(task);
    if (!reply) return nullptr;
    reply->type = task->type == REDIS_REPLY_ERROR    ? RedisReply::Type::error
                  : task->type == REDIS_REPLY_STATUS ? RedisReply::Type::status
                                                     : RedisReply::Type::string;
    reply->text = QByteArray(text, static_cast<qsizetype>(length));
    ++static_cast<Build*>(task->privdata)->texts;
    return reply;
}

template <typename Number>  // int in hiredis 0.14, size_t from 1.0
void* createArray(const Task* task, Number elements) {
    auto* build = static_cast<Build*>(task->privdata);
    if (static_cast<qint64>(elements) > build->limit) {
        build->exceeded = true;
        return nullptr;
    }
    RedisReply* reply = place(task);
    if (reply) reply->type = RedisReply::Type::array;
    return reply;
}

void* createInteger(const Task* task, long long value) {
    RedisReply* reply = place(task);
    if (!reply) return nullptr;
    reply->type = RedisReply::Type::integer;
    reply->integer = value;
    return reply;
}

void* createNil(const Task* task) {
    return place(task);
}

void freeObject(void* object) {
    delete static_cast<RedisReply*>(object);
}

#if HIREDIS_MAJOR >= 1
// RESP3 only; never asked for, but a hostile server may send them.
void* createDouble(const Task* task, double, char* text, size_t length) {
    return createString(task, text, length);
}
void* createBool(const Task* task, int value) {
    return createInteger(task, value);
}
#endif

redisReplyObjectFunctions builders() {
    redisReplyObjectFunctions functions{};
    functions.createString = createString;
    functions.createArray = createArray;
    functions.createInteger = createInteger;
    functions.createNil = createNil;
    functions.freeObject = freeObject;
#if HIREDIS_MAJOR >= 1
    functions.createDouble = createDouble;
    functions.createBool = createBool;
#endif
    return functions;
}

}  // namespace

struct RedisReplyReader::Codec {
    RedisReplyLimits limits;
    redisReplyObjectFunctions functions = builders();
    redisReader* reader = nullptr;
    Build build;
    qsizetype bytes = 0;         // fed in all
    qsizetype bytesOfReply = 0;  // fed since the last whole reply
    Problem problem = Problem::none;
};

// Written out here, because hiredis allocates several times for each command, and a poll sends thousands.
void appendEncoded(QByteArray& wire, const RedisCommand& command) {
    constexpr qsizetype kHeader = 24;  // kind, digits, line end
    qsizetype most = kHeader;
    for (const QByteArray& word : command) most += kHeader + word.size() + 2;
    const qsizetype start = wire.size();
    wire.resize(start + most);
    char* const begin = wire.data() + start;
    char* at = begin;
    const auto header = [&at](char kind, qsizetype length) {
        *at++ = kind;
        at = std::to_chars(at, at + kHeader, static_cast<qint64>(length)).ptr;
        *at++ = '\r';
        *at++ = '\n';
    };
    header('*', command.size());
    for (const QByteArray& word : command) {
        header('$', word.size());
        at = std::copy(word.begin(), word.end(), at);
        *at++ = '\r';
        *at++ = '\n';
    }
    wire.resize(start + (at - begin));
}

RedisReplyReader::RedisReplyReader(RedisReplyLimits limits) : m_codec(std::make_unique<Codec>()) {
    m_codec->limits = limits;
    m_codec->build.limit = limits.elements_per_reply;
    m_codec->reader = redisReaderCreateWithFunctions(&m_codec->functions);
    m_codec->reader->privdata = &m_codec->build;
}

RedisReplyReader::~RedisReplyReader() {
    redisReaderFree(m_codec->reader);
}

bool RedisReplyReader::feed(QByteArrayView bytes) {
    m_codec->bytes += bytes.size();
    m_codec->bytesOfReply += bytes.size();
    if (m_codec->bytes > m_codec->limits.bytes_in_all ||
        m_codec->bytesOfReply > m_codec->limits.bytes_per_reply)
        m_codec->problem = Problem::too_large;
    if (m_codec->problem != Problem::none) return false;
    if (redisReaderFeed(m_codec->reader, bytes.data(), static_cast<size_t>(bytes.size())) != REDIS_OK)
        m_codec->problem = Problem::malformed;
    return m_codec->problem == Problem::none;
}

std::optional<RedisReply> RedisReplyReader::next() {
    if (m_codec->problem != Problem::none) return std::nullopt;
    void* object = nullptr;
    if (redisReaderGetReply(m_codec->reader, &object) != REDIS_OK) {
        m_codec->problem = m_codec->build.exceeded ? Problem::too_large : Problem::malformed;
        return std::nullopt;
    }
    if (!object) {
        // Its header says enough: nobody needs to wait for the megabytes, or to hold them.
        if (textUnderWay() > m_codec->limits.bytes_per_reply) m_codec->problem = Problem::too_large;
        return std::nullopt;
    }
    const std::unique_ptr<RedisReply> reply(static_cast<RedisReply*>(object));
    m_codec->build.elements = m_codec->build.texts = 0;
    m_codec->bytesOfReply = static_cast<qsizetype>(m_codec->reader->len - m_codec->reader->pos);
    return std::move(*reply);
}

RedisReplyReader::Problem RedisReplyReader::problem() const {
    return m_codec->problem;
}
QString RedisReplyReader::problemText() const {
    return QString::fromLatin1(m_codec->reader->errstr);
}
// Between two feeds the codec stands at the first byte that it could not use; only the length of a text has
// its line end there already.
qint64 RedisReplyReader::textUnderWay() const {
    const auto& reader = *m_codec->reader;
    const char* const at = reader.buf + reader.pos;
    const char* const end = reader.buf + reader.len;
    qint64 length = 0;
    const auto [after, error] = std::from_chars(at, end, length);
    return error == std::errc() && after != end && *after == '\r' ? std::max<qint64>(0, length) : 0;
}
qint64 RedisReplyReader::textsBefore() const {
    return m_codec->build.texts;
}

}  // namespace spillway
