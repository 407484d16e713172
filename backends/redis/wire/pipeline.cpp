#include "backends/redis/wire/pipeline.h"

#include <algorithm>

#include "backends/domain/human_text.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;

std::optional<qint64> integerFrom(const RedisReply& reply) {
    if (reply.isInteger()) return reply.integer;
    if (!reply.isText()) return std::nullopt;
    bool ok = false;
    const qint64 value = reply.text.toLongLong(&ok);
    return ok ? std::optional(value) : std::nullopt;
}

std::optional<ServerTime> timeFromMillis(const RedisReply& reply) {
    const auto millis = integerFrom(reply);
    if (!millis || *millis <= 0) return std::nullopt;
    return serverTimeFromMillis(*millis);
}

Count countFrom(const RedisReply& reply, const RedisCommand& command, const QString& wanted) {
    if (const auto value = integerFrom(reply)) return Count::exact(*value);
    if (reply.isNil()) return Count::exact(0);
    return Count::notObservable(reasonFromReply(reply, command, wanted));
}

bool RedisPipeline::isTooLarge(const RedisCommand& command) const {
    const bool hasSubcommand = command.value(0) == "XINFO" || command.value(0) == "MEMORY";
    return std::any_of(m_tooLarge.begin(), m_tooLarge.end(), [&](const RedisCommand& large) {
        return large.value(0) == command.value(0) && large.value(1) == command.value(1) &&
               (!hasSubcommand || large.value(2) == command.value(2));
    });
}

void RedisPipeline::append(RedisCommand command, Entry entry) {
    if (!m_tooLarge.isEmpty() && isTooLarge(command)) {
        answer(command, entry, {RedisReply::Type::error, 0, "TOOLARGE", {}});
        return;
    }
    m_commands.push_back(std::move(command));
    m_entries.push_back(std::move(entry));
}

void RedisPipeline::add(RedisCommand command, Handler handler) {
    append(std::move(command), {std::move(handler), nullptr, {}, {}});
}

void RedisPipeline::addFirst(RedisCommand command, Handler handler) {
    m_commands.insert(m_commands.begin(), std::move(command));
    m_entries.insert(m_entries.begin(), {std::move(handler), nullptr, {}, {}});
}

void RedisPipeline::count(RedisCommand command, Count& target, const QString& wanted,
                          std::function<void()> then) {
    append(std::move(command), {{}, &target, wanted, std::move(then)});
}

void RedisPipeline::answer(const RedisCommand& command, const Entry& entry, const RedisReply& reply) {
    if (!entry.target) return entry.handler(reply);
    *entry.target = countFrom(reply, command, entry.wanted);
    if (reply.errorCode() == "WRONGTYPE") explainWrongType(command.at(1), *entry.target, entry.wanted);
    if (entry.then && entry.target->known()) entry.then();
}

void RedisPipeline::explainWrongType(const QByteArray& key, Count& target, const QString& wanted) {
    add({"TYPE", key}, [&target, key, wanted](const RedisReply& type) {
        if (type.isText())
            target.method =
                u"key %1 is a %2, not a %3"_s.arg(visibleText(key, 120), visibleText(type.text, 20), wanted);
    });
}

Outcome<Done> RedisPipeline::run(RedisConnection& connection, QDeadlineTimer deadline) {
    const auto commands = std::exchange(m_commands, {});
    const auto entries = std::exchange(m_entries, {});
    if (commands.empty()) return Done{};
    const auto replies = connection.run(commands, deadline);
    if (!replies) return replies.failure();
    for (std::size_t i = 0; i < entries.size(); ++i) answer(commands[i], entries[i], (*replies)[i]);
    return Done{};
}

}  // namespace spillway
