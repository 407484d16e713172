// Everything that a Redis database holds, as sorted lines of text that can be compared.
#pragma once

#include <QRegularExpression>

#include "tests/redis/redis_probe.h"

namespace spillway::test {

// "key", then " field=value", " #score member" and so on, a line for each part. Moments and random ids are
// replaced by what they are, so that two lives of one job can be compared.
inline QStringList keyspaceOf(const PrivateRedis& redis) {
    const QByteArray all = redisCommand(
        redis, {"EVAL",
                "local lines = {} local function say(key, text) lines[#lines + 1] = key .. ' ' .. text end "
                "for _, key in ipairs(redis.call('KEYS', '*')) do local t = redis.call('TYPE', key).ok "
                "say(key, t .. (redis.call('PTTL', key) > 0 and ' expires' or '')) "
                "if t == 'string' then say(key, redis.call('GET', key)) "
                "elseif t == 'hash' then local h = redis.call('HGETALL', key) "
                "for i = 1, #h, 2 do say(key, h[i] .. '=' .. h[i + 1]) end "
                "elseif t == 'list' then for i, v in ipairs(redis.call('LRANGE', key, 0, -1)) do say(key, i "
                ".. ': ' .. v) end "
                "elseif t == 'set' then for _, v in ipairs(redis.call('SMEMBERS', key)) do say(key, v) end "
                "elseif t == 'zset' then local z = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES') "
                "for i = 1, #z, 2 do say(key, '#' .. z[i + 1] .. ' ' .. z[i]) end "
                "elseif t == 'stream' then for i, e in ipairs(redis.call('XRANGE', key, '-', '+')) do "
                "say(key, i .. ': ' .. table.concat(e[2], ' ')) end end end "
                "table.sort(lines) return table.concat(lines, '\\n')",
                "0"});
    static const QRegularExpression uuid(
        QStringLiteral("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\\b[0-9a-f]{32}\\b")),
        iso(QStringLiteral("20\\d\\d-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?(Z|\\+00:00)?")),
        seconds(QStringLiteral("\\b1[678]\\d{8}(\\.\\d+)?\\b")),
        millis(QStringLiteral("\\b1[678]\\d{11}\\b"));
    QString text = QString::fromUtf8(all);
    for (const auto& [what, name] :
         {std::pair{&uuid, QStringLiteral("<id>")}, std::pair{&iso, QStringLiteral("<time>")},
          std::pair{&millis, QStringLiteral("<ms>")}, std::pair{&seconds, QStringLiteral("<s>")}})
        text.replace(*what, name);
    QStringList lines = text.split(u'\n');
    lines.sort();
    return lines;
}

// "- line" only in the first, "+ line" only in the second.
inline QString keyspaceDiff(QStringList first, QStringList second) {
    QStringList lines;
    for (const QString& line : first)
        if (!second.removeOne(line)) lines << QStringLiteral("- ") + line;
    for (const QString& line : second) lines << QStringLiteral("+ ") + line;
    return lines.join(u'\n');
}

}  // namespace spillway::test
