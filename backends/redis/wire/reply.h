// One answer of a Redis server (RESP2), as a value.
#pragma once

#include <QByteArray>
#include <QList>
#include <vector>

namespace spillway {

using RedisCommand = QList<QByteArray>;  // {"LLEN", "bull:orders:wait"}; bytes, never text

// What was asked when an answer was larger than the limits.
struct RedisOversized {
    RedisCommand command;     // empty: no answer was
    qint64 text_bytes = 0;    // of the text that was arriving: alone too large, or one too many; 0: none was
    qint64 texts_before = 0;  // that stood before it in the same answer
};

struct RedisReply {
    enum class Type { nil, status, error, integer, string, array };
    Type type = Type::nil;
    qint64 integer = 0;
    QByteArray text;  // status, error and string
    std::vector<RedisReply> items;

    [[nodiscard]] bool isNil() const { return type == Type::nil; }
    [[nodiscard]] bool isError() const { return type == Type::error; }
    [[nodiscard]] bool isInteger() const { return type == Type::integer; }
    [[nodiscard]] bool isText() const { return type == Type::string || type == Type::status; }
    [[nodiscard]] bool isArray() const { return type == Type::array; }
    // "WRONGTYPE" of "WRONGTYPE Operation against …"; empty for anything but an error.
    [[nodiscard]] QByteArray errorCode() const {
        if (!isError()) return {};
        const auto end = text.indexOf(' ');
        return end < 0 ? text : text.left(end);
    }
};

}  // namespace spillway
