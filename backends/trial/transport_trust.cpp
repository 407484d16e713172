#include "backends/trial/transport_trust.h"

#include <libpq-fe.h>

#include <QDir>
#include <QFile>
#include <QHostAddress>
#include <map>
#include <memory>

#include "backends/redis/wire/sentinel.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

using PqKeywords = std::map<QString, QString>;

PqKeywords keywordsOf(const QString& url) {
    PqKeywords keywords;
    const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options(
        PQconninfoParse(url.toUtf8().constData(), nullptr), &PQconninfoFree);
    for (auto* option = options.get(); option && option->keyword; ++option)
        if (option->val) keywords[QString::fromUtf8(option->keyword)] = QString::fromUtf8(option->val);
    return keywords;
}

void addService(PqKeywords& keywords, const QString& path) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) return;
    bool here = false;
    for (const QByteArray& raw : file.read(1 << 20).split('\n')) {
        const QString line = QString::fromUtf8(raw).trimmed();
        if (line.startsWith(u'['))
            here = line == u'[' + keywords[u"service"_s] + u']';
        else if (here && !line.startsWith(u'#') && line.contains(u'='))
            keywords.try_emplace(line.section(u'=', 0, 0).trimmed(), line.section(u'=', 1).trimmed());
    }
}

// What libpq would take: the string, then the service, then the variables.
PqKeywords completed(PqKeywords keywords) {
    if (!keywords.contains(u"service"_s) && qEnvironmentVariableIsSet("PGSERVICE"))
        keywords[u"service"_s] = qEnvironmentVariable("PGSERVICE");
    if (keywords.contains(u"service"_s)) {
        addService(keywords,
                   qEnvironmentVariable("PGSERVICEFILE", QDir::homePath() + u"/.pg_service.conf"_s));
        addService(keywords,
                   qEnvironmentVariable("PGSYSCONFDIR", u"/etc/postgresql-common"_s) + u"/pg_service.conf"_s);
    }
    for (const auto& [key, variable] :
         {std::pair{u"host"_s, "PGHOST"}, std::pair{u"hostaddr"_s, "PGHOSTADDR"},
          std::pair{u"port"_s, "PGPORT"}, std::pair{u"sslmode"_s, "PGSSLMODE"}})
        if (const QString value = qEnvironmentVariable(variable); !value.isEmpty())
            keywords.try_emplace(key, value);
    return keywords;
}

std::vector<ServerPlace> placesOf(const PqKeywords& keywords) {
    const auto list = [&](const QString& key) {
        const auto it = keywords.find(key);
        return it == keywords.end() || it->second.isEmpty() ? QStringList() : it->second.split(u',');
    };
    const QStringList hosts = list(u"host"_s), addresses = list(u"hostaddr"_s), ports = list(u"port"_s);
    std::vector<ServerPlace> places;
    for (qsizetype i = 0; i < std::max(hosts.size(), addresses.size()); ++i) {
        const QString port = ports.size() > 1 ? ports.value(i) : ports.value(0);
        ServerPlace place{hosts.value(i), port.isEmpty() ? quint16(5432) : port.toUShort(), {}};
        if (const QString address = addresses.value(i); !address.isEmpty())
            place.host = address;
        else if (place.host.startsWith(u'/'))
            place.socket = u"%1/.s.PGSQL.%2"_s.arg(std::exchange(place.host, {})).arg(place.port);
        places.push_back(place);
    }
    return places;
}

bool allLocal(const std::vector<ServerPlace>& places) {
    return std::ranges::all_of(places, [](const ServerPlace& place) { return place.local(); });
}

TransportTrust ofPostgres(const ConnectionSettings& settings) {
    const PqKeywords keywords = completed(keywordsOf(settings.url));
    const auto mode = keywords.find(u"sslmode"_s);
    const QString sslmode = mode == keywords.end() ? u"prefer"_s : mode->second;
    TransportTrust trust{
        .places = placesOf(keywords), .mode = u"sslmode="_s + sslmode, .badge = {}, .why = {}};
    trust.verified = sslmode == "verify-full"_L1;
    trust.asked = trust.verified || sslmode == "verify-ca"_L1 || sslmode == "require"_L1;
    if (allLocal(trust.places) || trust.verified) return trust;
    trust.badge = u"TLS not verified"_s;
    trust.why =
        trust.asked
            ? u"With %1 nobody checks that the certificate is this server's: whoever stands in between can "
              "pose as it. Write sslmode=verify-full, and sslrootcert=… for an authority of your own."_s.arg(
                  trust.mode)
            : u"With %1 the connection may go unencrypted without a word, and nobody checks whose server "
              "answers. Write sslmode=verify-full, and sslrootcert=… for an authority of your own."_s.arg(
                  trust.mode);
    return trust;
}

// A sentinel's word leads to a primary that may be anywhere: its own place tells, and TLS holds for both.
Outcome<RedisAddress> addressOf(const ConnectionSettings& settings) {
    if (isClusterUrl(settings.url)) return clusterAddressFrom(settings);
    if (!isSentinelUrl(settings.url)) return redisAddressFrom(settings);
    const auto target = sentinelTargetFrom(settings);
    return target ? Outcome<RedisAddress>(target->sentinels.front()) : target.failure();
}

TransportTrust ofRedis(const ConnectionSettings& settings) {
    const auto address = addressOf(settings);
    if (!address) return {};
    using Transport = RedisAddress::Transport;
    const bool tls = address->transport == Transport::tls;
    TransportTrust trust{
        .mode = tls ? u"rediss://"_s : u"redis://"_s, .asked = tls, .verified = tls, .badge = {}, .why = {}};
    if (address->transport == Transport::unix_socket) {
        trust.mode = u"socket"_s;
        trust.places = {{{}, 0, address->path}};
    } else {
        trust.places = {{address->host, address->port, {}}};
    }
    if (tls || allLocal(trust.places)) return trust;
    trust.badge = u"no TLS"_s;
    trust.why =
        u"The password and all job data can be read, and changed, on the way. Give the server a tls-port and "
        "write rediss:// (?cacert=… for an authority of your own)."_s;
    return trust;
}

}  // namespace

bool ServerPlace::local() const {
    if (!socket.isEmpty() || host.compare(u"localhost"_s, Qt::CaseInsensitive) == 0) return true;
    const QHostAddress address(host);
    return !address.isNull() && address.isLoopback();
}

TransportTrust transportTrust(const ConnectionSettings& settings) {
    return settings.kind == ServerKind::postgres ? ofPostgres(settings) : ofRedis(settings);
}

}  // namespace spillway
