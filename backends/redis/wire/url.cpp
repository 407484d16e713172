#include "backends/redis/wire/url.h"

#include <QUrlQuery>

#include "backends/domain/secrets.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

Failure badUrl(const QString& what, const QString& nextStep) {
    return {FailureKind::usage, what, {}, nextStep};
}

// Percent-decoding that refuses what is not valid instead of guessing.
std::optional<QString> decoded(const QString& text) {
    const QByteArray raw = text.toUtf8();
    const auto isHex = [](char c) { return QByteArrayView("0123456789abcdefABCDEF").contains(c); };
    for (qsizetype at = raw.indexOf('%'); at >= 0; at = raw.indexOf('%', at + 1))
        if (at + 2 >= raw.size() || !isHex(raw[at + 1]) || !isHex(raw[at + 2])) return std::nullopt;
    const QByteArray bytes = QByteArray::fromPercentEncoding(raw);
    return bytes.contains('\0') ? std::nullopt : std::optional(QString::fromUtf8(bytes));
}

// What stands between scheme:// and the end, cut at its borders but not yet decoded.
struct Parts {
    QString user, password, hostPort, path, query;
};

Parts split(QString rest) {
    Parts parts;
    rest = rest.section(u'#', 0, 0);
    if (const auto query = rest.indexOf(u'?'); query >= 0) {
        parts.query = rest.mid(query + 1);
        rest.truncate(query);
    }
    const auto slash = rest.indexOf(u'/');
    QString authority = slash < 0 ? rest : rest.left(slash);
    if (slash >= 0) parts.path = rest.mid(slash);
    if (const auto at = authority.lastIndexOf(u'@'); at >= 0) {
        parts.user = authority.left(at).section(u':', 0, 0);
        parts.password = authority.left(at).section(u':', 1);
        authority = authority.mid(at + 1);
    }
    parts.hostPort = authority;
    return parts;
}

Outcome<Done> readLogin(const Parts& parts, RedisAddress& address) {
    const auto user = decoded(parts.user);
    const auto password = decoded(parts.password);
    if (!user || !password)
        return badUrl(
            u"The user or password in the Redis URL has a % that starts no escape."_s,
            u"Write special characters as %XX, for example %25 for a percent sign and %40 for @."_s);
    address.user = *user;
    address.password = *password;
    return Done{};
}

Outcome<Done> readHost(const Parts& parts, RedisAddress& address) {
    QString host = parts.hostPort;
    QString port;
    if (host.startsWith(u'[')) {
        const auto end = host.indexOf(u']');
        if (end < 0)
            return badUrl(u"The IPv6 address in the Redis URL has no closing bracket."_s,
                          u"Write it as redis://[::1]:6379/0."_s);
        port = host.mid(end + 1);
        host = host.mid(1, end - 1);
        if (!port.isEmpty() && !port.startsWith(u':'))
            return badUrl(u"Something other than a port follows the IPv6 address in the Redis URL."_s,
                          u"Write it as redis://[::1]:6379/0."_s);
        port.remove(0, 1);
    } else if (const auto colon = host.indexOf(u':'); colon >= 0) {
        port = host.mid(colon + 1);
        host.truncate(colon);
        if (port.isEmpty()) port = u" "_s;  // a colon with nothing behind it is no port
    }
    address.host =
        host.isEmpty() ? u"localhost"_s : QString::fromUtf8(QByteArray::fromPercentEncoding(host.toUtf8()));
    if (port.isEmpty()) return Done{};
    bool ok = false;
    const int number = port.toInt(&ok);
    if (!ok || number < 1 || number > 65535)
        return badUrl(
            u"\"%1\" is not a port number."_s.arg(port.left(20).trimmed()),
            u"Use a port from 1 to 65535, for example redis://host:6379/0; in a password write / as "
            "%2F and @ as %40."_s);
    address.port = static_cast<quint16>(number);
    return Done{};
}

Outcome<int> databaseFrom(const QString& text) {
    bool ok = false;
    const int number = text.toInt(&ok);
    if (ok && number >= 0) return number;
    return badUrl(u"\"%1\" is not a Redis database number."_s.arg(text.left(40)),
                  u"Use a number from 0, for example redis://host:6379/0 or unix:///path/redis.sock?db=0."_s);
}

Outcome<Done> readQuery(const QString& query, RedisAddress& address, bool databaseGiven) {
    for (const auto& [key, value] : QUrlQuery(query).queryItems(QUrl::FullyDecoded)) {
        if (key == u"db"_s) {
            const auto database = databaseFrom(value);
            if (!database) return database.failure();
            if (databaseGiven && *database != address.database)
                return badUrl(
                    u"The Redis URL names two databases, %1 and %2."_s.arg(address.database).arg(*database),
                    u"Keep one: /%1 or ?db=%1."_s.arg(address.database));
            address.database = *database;
        } else if (key == u"cacert"_s && address.transport == RedisAddress::Transport::tls) {
            address.caFile = value;
        } else {
            return badUrl(u"The Redis URL has the unknown option \"%1\"."_s.arg(key.left(40)),
                          u"Known options are db and, with rediss://, cacert."_s);
        }
    }
    return Done{};
}

Outcome<bool> readPath(const Parts& parts, RedisAddress& address) {
    if (address.transport == RedisAddress::Transport::unix_socket) {
        const auto path = decoded(parts.path);
        if (!path || path->size() < 2 || !parts.hostPort.isEmpty())
            return badUrl(u"The Redis URL names no socket file."_s,
                          u"Use three slashes and an absolute path: unix:///run/redis/redis.sock?db=0."_s);
        address.path = *path;
        return false;
    }
    const QString database = parts.path.mid(1);
    if (database.isEmpty()) return false;
    const auto number = databaseFrom(database);
    if (!number) return number.failure();
    address.database = *number;
    return true;
}

Outcome<RedisAddress> readAddress(const ConnectionSettings& settings) {
    using Transport = RedisAddress::Transport;
    const QString scheme = settings.url.section(u"://"_s, 0, 0);
    RedisAddress address;
    if (scheme == u"unix"_s)
        address.transport = Transport::unix_socket;
    else if (scheme == u"rediss"_s)
        address.transport = Transport::tls;
    else if (scheme != u"redis"_s)
        return badUrl(u"This is not a Redis URL."_s,
                      u"Use redis://host:6379/0, rediss://host:6379/0 or unix:///path/redis.sock?db=0."_s);
    if (const auto hash = settings.url.indexOf(u'#'); hash >= 0 && settings.url.indexOf(u'@', hash) >= 0)
        return badUrl(u"The Redis URL has a # before its host."_s,
                      u"In a password write # as %23, / as %2F and @ as %40."_s);
    const Parts parts = split(settings.url.mid(scheme.size() + 3));
    if (const auto login = readLogin(parts, address); !login) return login.failure();
    if (address.transport != Transport::unix_socket)
        if (const auto host = readHost(parts, address); !host) return host.failure();
    const auto databaseGiven = readPath(parts, address);
    if (!databaseGiven) return databaseGiven.failure();
    if (const auto query = readQuery(parts.query, address, *databaseGiven); !query) return query.failure();
    if (!settings.user.isEmpty()) address.user = settings.user;
    if (!settings.user.isEmpty() || !settings.password.isEmpty()) address.password = settings.password;
    return address;
}

}  // namespace

QString RedisAddress::display() const {
    if (transport == Transport::unix_socket) return path;
    return (host.contains(u':') ? u"[%1]:%2"_s : u"%1:%2"_s).arg(host).arg(port);
}

Outcome<RedisAddress> redisAddressFrom(const ConnectionSettings& settings) {
    const auto address = readAddress(settings);
    if (address) return address;
    // What could not be read is often a piece of a password that should have been escaped.
    Failure failure = address.failure();
    failure.what = withoutSecretsOf(settings.url, failure.what);
    return failure;
}

}  // namespace spillway
