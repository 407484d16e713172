// Commands to bytes, bytes to replies. The only file that knows hiredis, and of it only the reply reader.
// Both sides take any bytes; what a hostile server may cost in memory is bounded here.
#pragma once

#include <memory>
#include <optional>

#include "backends/domain/outcome.h"
#include "backends/redis/wire/reply.h"

namespace spillway {

// Appends the command in wire form.
void appendEncoded(QByteArray& wire, const RedisCommand& command);

struct RedisReplyLimits {
    qsizetype bytes_per_reply = qsizetype(8) << 20;
    qsizetype bytes_in_all = qsizetype(64) << 20;
    qint64 elements_per_reply = 200'000;  // of all nested arrays together
};

class RedisReplyReader {
public:
    enum class Problem { none, malformed, too_large };

    explicit RedisReplyReader(RedisReplyLimits limits = {});
    ~RedisReplyReader();
    RedisReplyReader(const RedisReplyReader&) = delete;
    RedisReplyReader& operator=(const RedisReplyReader&) = delete;

    // False once a limit is hit or the bytes make no sense: the connection is then of no more use.
    [[nodiscard]] bool feed(QByteArrayView bytes);
    // The next whole reply, or nothing yet. Look at problem() when there is none.
    [[nodiscard]] std::optional<RedisReply> next();
    [[nodiscard]] Problem problem() const;
    [[nodiscard]] QString problemText() const;  // the codec's own words
    // Of the reply under way: the bytes of the text that has begun to arrive, as its header says (0: none),
    // and the texts that came whole before it. They stay when it is too large.
    [[nodiscard]] qint64 textUnderWay() const;
    [[nodiscard]] qint64 textsBefore() const;

private:
    struct Codec;
    std::unique_ptr<Codec> m_codec;
};

}  // namespace spillway
