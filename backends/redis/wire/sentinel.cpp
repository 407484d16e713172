#include "backends/redis/wire/sentinel.h"

#include <QUrlQuery>

#include "backends/domain/human_text.h"
#include "backends/redis/wire/connection.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

const QString kForm =
    u"Write redis+sentinel://user:password@host1:26379,host2:26379/NAME/0, where NAME is what the "
    u"sentinels call the primary (SENTINEL MASTERS)."_s;

struct SentinelUrl {
    QString scheme, login, name, database;
    QStringList hosts;
    QUrlQuery query;
};

SentinelUrl partsOf(const QString& url) {
    SentinelUrl parts;
    parts.scheme = url.startsWith("rediss"_L1) ? u"rediss://"_s : u"redis://"_s;
    QString rest = url.section(u"://"_s, 1);
    if (const auto query = rest.indexOf(u'?'); query >= 0) {
        parts.query = QUrlQuery(rest.mid(query + 1));
        rest.truncate(query);
    }
    const QString authority = rest.section(u'/', 0, 0);
    const auto at = authority.lastIndexOf(u'@');
    parts.login = authority.left(at + 1);
    parts.hosts = authority.mid(at + 1).split(u',', Qt::SkipEmptyParts);
    parts.name = QString::fromUtf8(QByteArray::fromPercentEncoding(rest.section(u'/', 1, 1).toUtf8()));
    parts.database = rest.section(u'/', 2, 2);
    return parts;
}

bool hasPort(const QString& host) {
    return host.startsWith(u'[') ? host.contains("]:"_L1) : host.contains(u':');
}

// One sentinel's answer; authentication: it wants a login.
Outcome<RedisAddress> askSentinel(const RedisAddress& sentinel, const SentinelTarget& target, bool withLogin,
                                  QDeadlineTimer deadline, const std::atomic<bool>& interrupted) {
    RedisAddress where = sentinel;
    where.database = 0;
    if (!withLogin) where.user = where.password = QString();
    RedisConnection connection(where, interrupted);
    if (const auto opened = connection.open(deadline); !opened) return opened.failure();
    const RedisCommand command{"SENTINEL", "GET-MASTER-ADDR-BY-NAME", target.primary};
    const auto replies = connection.run({command}, deadline);
    if (!replies) return replies.failure();
    const RedisReply& reply = replies->front();
    if (reply.isError()) return failureFromReply(reply, command, where.display());
    if (!reply.isArray() || reply.items.size() != 2)
        return Failure{FailureKind::usage,
                       u"The sentinel %1 knows no primary \"%2\"."_s.arg(where.display(),
                                                                         visibleText(target.primary, 80)),
                       {},
                       u"SENTINEL MASTERS on it lists their names."_s};
    RedisAddress primary = sentinel;
    primary.host = QString::fromUtf8(reply.items[0].text);
    primary.port = static_cast<quint16>(reply.items[1].text.toUShort());
    if (!target.hosts.isEmpty() && !target.hosts.contains(primary.host))
        return Failure{
            FailureKind::protocol,
            u"The sentinel %1 names %2, which is none of hosts=%3."_s.arg(
                where.display(), visibleText(primary.display(), 100), target.hosts.join(u',')),
            {},
            u"If that is right, add it to hosts; if not, somebody leads this connection astray."_s};
    return primary;
}

}  // namespace

bool isSentinelUrl(const QString& url) {
    return url.startsWith("redis+sentinel://"_L1) || url.startsWith("rediss+sentinel://"_L1);
}

bool isClusterUrl(const QString& url) {
    return url.startsWith("redis+cluster://"_L1) || url.startsWith("rediss+cluster://"_L1);
}

Outcome<RedisAddress> clusterAddressFrom(const ConnectionSettings& settings) {
    const SentinelUrl parts = partsOf(settings.url);
    if (parts.hosts.isEmpty() || !(parts.name.isEmpty() || parts.name == "0"_L1))
        return Failure{
            FailureKind::usage,
            u"The URL names no node of a cluster, or a database that a cluster does not have."_s,
            {},
            u"Write redis+cluster://user:password@host1:6379,host2:6379: a cluster has database 0 only."_s};
    std::vector<RedisAddress> seeds;
    for (const QString& host : parts.hosts) {
        ConnectionSettings one = settings;
        one.url = parts.scheme + parts.login + host;
        if (!parts.query.isEmpty()) one.url += u"/0?"_s + parts.query.query(QUrl::FullyEncoded);
        auto address = redisAddressFrom(one);
        if (!address) return address.failure();
        seeds.push_back(std::move(address).value());
    }
    RedisAddress address = seeds.front();
    address.cluster_seeds = std::move(seeds);
    return address;
}

Outcome<SentinelTarget> sentinelTargetFrom(const ConnectionSettings& settings) {
    SentinelUrl parts = partsOf(settings.url);
    if (parts.hosts.isEmpty() || parts.name.isEmpty())
        return Failure{
            FailureKind::usage, u"The URL names no sentinel, or not what it watches."_s, {}, kForm};
    SentinelTarget target;
    target.primary = parts.name.toUtf8();
    target.hosts = parts.query.queryItemValue(u"hosts"_s).split(u',', Qt::SkipEmptyParts);
    parts.query.removeAllQueryItems(u"hosts"_s);
    for (const QString& host : parts.hosts) {
        ConnectionSettings one = settings;
        one.url = parts.scheme + parts.login + host + (hasPort(host) ? QString() : u":26379"_s) + u'/' +
                  parts.database;
        if (!parts.query.isEmpty()) one.url += u'?' + parts.query.query(QUrl::FullyEncoded);
        auto address = redisAddressFrom(one);
        if (!address) return address.failure();
        target.sentinels.push_back(std::move(address).value());
    }
    return target;
}

Outcome<RedisAddress> locateRedis(const ConnectionSettings& settings, QDeadlineTimer deadline,
                                  const std::atomic<bool>& interrupted) {
    if (isClusterUrl(settings.url)) return clusterAddressFrom(settings);
    if (!isSentinelUrl(settings.url)) return redisAddressFrom(settings);
    const auto target = sentinelTargetFrom(settings);
    if (!target) return target.failure();
    Failure last;
    auto left = static_cast<qint64>(target->sentinels.size());
    for (const RedisAddress& sentinel : target->sentinels) {
        // A dead one must leave time for the others, and for the primary itself.
        const QDeadlineTimer until(deadline.remainingTime() / (left-- + 1));
        auto primary = askSentinel(sentinel, *target, false, until, interrupted);
        if (!primary && primary.failure().kind == FailureKind::authentication)
            primary = askSentinel(sentinel, *target, true, until, interrupted);
        if (primary || interrupted) return primary;
        last = primary.failure();
    }
    if (target->sentinels.size() > 1)
        last.what = u"None of %1 sentinels tells where \"%2\" is. %3"_s.arg(target->sentinels.size())
                        .arg(visibleText(target->primary, 80), last.what);
    return last;
}

Failure notYetPrimary(const QString& address) {
    return {FailureKind::starting,
            u"The sentinels name %1, which is a replica: a failover is under way."_s.arg(address),
            {},
            u"Spillway asks them again by itself."_s};
}

}  // namespace spillway
