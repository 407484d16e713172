#include "widgets/models/connection_label.h"

#include <QFileInfo>
#include <QHash>
#include <QRegularExpression>
#include <QUrl>
#include <QUrlQuery>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kLongestLabel = 60;

// Folders in which every server of a machine may have its socket say nothing about which one it is.
QString socketText(const QString& folder) {
    const QString last = QFileInfo(folder).fileName();
    const bool usual = folder == "/tmp"_L1 || last == "postgresql"_L1 || last == "redis"_L1 || last.isEmpty();
    return usual ? u"local socket"_s : last;
}

QString portText(int port, int usual) {
    return port < 0 || port == usual ? QString() : u":%1"_s.arg(port);
}

QString postgresText(const QUrl& url) {
    const QUrlQuery query(url);
    const QString host = url.host().isEmpty() ? query.queryItemValue(u"host"_s) : url.host();
    const QString database =
        url.path().mid(1).isEmpty() ? query.queryItemValue(u"dbname"_s) : url.path().mid(1);
    const int port = url.port() < 0 && query.hasQueryItem(u"port"_s) ? query.queryItemValue(u"port"_s).toInt()
                                                                     : url.port();
    const QString where = host.isEmpty() || host.startsWith(u'/') ? socketText(host) : host;
    return u"%1 @ %2%3"_s.arg(database.isEmpty() ? u"postgres"_s : database, where, portText(port, 5432));
}

QString redisText(const QUrl& url) {
    const QString number = url.path().mid(1);
    const QString database = number.isEmpty() || number == "0"_L1 ? QString() : u"/"_s + number;
    return u"redis @ %1%2%3"_s.arg(url.host(), portText(url.port(), 6379), database);
}

QString redisSocketText(const QUrl& url) {
    const QString number = QUrlQuery(url).queryItemValue(u"db"_s);
    const QString database = number.isEmpty() || number == "0"_L1 ? QString() : u"/"_s + number;
    return u"redis @ %1%2"_s.arg(socketText(QFileInfo(url.path()).path()), database);
}

QHash<QString, QString> pairsOf(const QString& conninfo) {
    static const QRegularExpression pair(u"([a-z_]+)\\s*=\\s*(?:'((?:[^'\\\\]|\\\\.)*)'|(\\S+))"_s);
    static const QRegularExpression escaped(u"\\\\(.)"_s);
    QHash<QString, QString> pairs;
    for (auto it = pair.globalMatch(conninfo); it.hasNext();) {
        const auto match = it.next();
        QString value = match.captured(2) + match.captured(3);
        pairs[match.captured(1)] = value.replace(escaped, u"\\1"_s);
    }
    return pairs;
}

// host='/tmp' port=5433 dbname='shop', as libpq takes it.
QString conninfoText(const QString& conninfo) {
    const auto pairs = pairsOf(conninfo);
    if (pairs.contains(u"service"_s)) return u"service %1"_s.arg(pairs[u"service"_s]);
    const QString host = pairs.value(u"host"_s, pairs.value(u"hostaddr"_s));
    const QString database = pairs.value(u"dbname"_s, pairs.value(u"user"_s, u"postgres"_s));
    const int port = pairs.contains(u"port"_s) ? pairs[u"port"_s].toInt() : -1;
    const QString where = host.isEmpty() || host.startsWith(u'/') ? socketText(host) : host;
    return u"%1 @ %2%3"_s.arg(database, where, portText(port, 5432));
}

bool isConninfo(const QString& name) {
    static const QRegularExpression start(
        u"\\A\\s*(host|hostaddr|port|user|dbname|service|sslmode|password)\\s*="_s);
    return start.match(name).hasMatch();
}

}  // namespace

QString connectionLabel(const QString& name) {
    if (isConninfo(name)) return visibleText(conninfoText(name), kLongestLabel);
    const QUrl url(name);
    const QString scheme = url.scheme();
    if (!name.contains("://"_L1) || !url.isValid()) return visibleText(name, kLongestLabel);
    if (scheme == "postgresql"_L1 || scheme == "postgres"_L1)
        return visibleText(postgresText(url), kLongestLabel);
    if (scheme == "redis"_L1 || scheme == "rediss"_L1) return visibleText(redisText(url), kLongestLabel);
    if (scheme == "unix"_L1) return visibleText(redisSocketText(url), kLongestLabel);
    return visibleText(name, kLongestLabel);
}

}  // namespace spillway
