// What a Redis server's error line means. Pure.
#pragma once

#include <optional>

#include "backends/domain/failure.h"
#include "backends/redis/wire/codec.h"
#include "backends/redis/wire/reply.h"

namespace spillway {

// The meaning of an error reply to `command` at `address`. Never quotes arguments of AUTH.
[[nodiscard]] Failure failureFromReply(const RedisReply& error, const RedisCommand& command,
                                       const QString& address);

// True for errors that say something about the server or the login as a whole, so that no further reply
// of the poll can be trusted. WRONGTYPE, NOPERM and plain ERR concern one command only.
[[nodiscard]] bool endsThePoll(const RedisReply& error);

// Why one value cannot be read: "key bull:x:wait is not a list", "the Redis user may not run LLEN …".
[[nodiscard]] QString reasonFromReply(const RedisReply& error, const RedisCommand& command,
                                      const QString& wanted = {});

// The user may not: run this command, or read this key.
[[nodiscard]] bool isDenied(const RedisReply& reply);
// The second of the two.
[[nodiscard]] bool deniesKey(const RedisReply& reply);

// The rule that would allow the command: "+llen", "+memory|usage".
[[nodiscard]] QString aclRuleFor(const RedisCommand& command);

// `command` had no answer when the time was up; `bytes`: the length of the value that was arriving, if one
// was.
[[nodiscard]] Failure silentServer(const QString& address, const RedisCommand& command, qint64 bytes);
[[nodiscard]] Failure tooLargeFailure(const RedisOversized& answer, const RedisReplyLimits& limits,
                                      const QString& address);
// "104.9 MB"; "0.3 MB".
[[nodiscard]] QString megabytesText(qint64 bytes);

// The first bytes of an answer that is no RESP at all: what kind of server is it?
[[nodiscard]] Failure failureFromForeignBytes(const QByteArray& bytes, const QString& address);

}  // namespace spillway
