#include "app/console/found_connections.h"

#include <QDir>
#include <QRegularExpression>
#include <QSet>
#include <QSettings>

#include "widgets/models/connection_label.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

FoundConnection found(const QString& title, const QString& detail, const QString& url) {
    FoundConnection connection{title, detail, {}};
    connection.request.url = url;
    return connection;
}

void addVariables(std::vector<FoundConnection>& all, const QProcessEnvironment& environment) {
    for (const auto& name : {u"DATABASE_URL"_s, u"POSTGRES_URL"_s, u"REDIS_URL"_s}) {
        const QString url = environment.value(name);
        const auto settings = connectionFromUrl(url);
        if (settings) all.push_back(found(settings->displayUrl(), u"from %1"_s.arg(name), url));
    }
    QStringList parts;
    for (const auto& [variable, key] :
         {std::pair{u"PGSERVICE"_s, u"service"_s}, std::pair{u"PGHOST"_s, u"host"_s},
          std::pair{u"PGPORT"_s, u"port"_s}, std::pair{u"PGUSER"_s, u"user"_s},
          std::pair{u"PGDATABASE"_s, u"dbname"_s}}) {
        QString value = environment.value(variable);
        if (value.isEmpty()) continue;
        value.replace(u"\\"_s, u"\\\\"_s).replace(u"'"_s, u"\\'"_s);
        parts << u"%1='%2'"_s.arg(key, value);
    }
    if (!parts.isEmpty())
        all.push_back(
            found(connectionLabel(parts.join(u' ')), u"from your PG* variables"_s, parts.join(u' ')));
}

QString serviceFile(const QProcessEnvironment& environment) {
    const QString named = environment.value(u"PGSERVICEFILE"_s);
    return named.isEmpty() ? environment.value(u"HOME"_s, QDir::homePath()) + u"/.pg_service.conf"_s : named;
}

void addServices(std::vector<FoundConnection>& all, const QString& path) {
    static const QRegularExpression section(u"^\\s*\\[([^\\]]+)\\]"_s);
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) return;
    for (const QByteArray& line : file.read(1 << 20).split('\n'))
        if (const auto match = section.match(QString::fromUtf8(line)); match.hasMatch())
            all.push_back(found(match.captured(1), u"from %1"_s.arg(QFileInfo(path).fileName()),
                                u"service='%1'"_s.arg(match.captured(1))));
}

QStringList socketsIn(const QString& directory, const QString& pattern) {
    return QDir(directory).entryList({pattern}, QDir::System | QDir::Files | QDir::Hidden);
}

void addPostgresSockets(std::vector<FoundConnection>& all, const QStringList& directories) {
    for (const auto& directory : directories)
        for (const auto& name : socketsIn(directory, u".s.PGSQL.*"_s)) {
            const QString port = name.section(u'.', -1);
            if (port == "lock"_L1) continue;
            all.push_back(found(u"PostgreSQL on this machine, port %1"_s.arg(port), directory + u'/' + name,
                                u"host='%1' port=%2"_s.arg(directory, port)));
        }
}

void addRedisSockets(std::vector<FoundConnection>& all, const QStringList& directories) {
    QSet<QString> seen;  // /var/run is usually a link to /run
    for (const auto& directory : directories)
        for (const auto& name : socketsIn(directory, u"*redis*.sock"_s)) {
            const QString path = QFileInfo(directory + u'/' + name).canonicalFilePath();
            if (seen.contains(path)) continue;
            seen.insert(path);
            all.push_back(found(u"Redis on this machine"_s, path, u"unix://%1?db=0"_s.arg(path)));
        }
}

}  // namespace

std::vector<FoundConnection> foundConnections(const FoundPlaces& places) {
    std::vector<FoundConnection> all;
    addVariables(all, places.environment);
    addServices(all, serviceFile(places.environment));
    addPostgresSockets(all, places.postgres_socket_directories);
    addRedisSockets(all, places.redis_socket_directories);
    return all;
}

std::vector<FoundConnection> savedConnections(const std::vector<SavedConnection>& saved) {
    std::vector<FoundConnection> all;
    for (const auto& one : saved) {
        FoundConnection connection =
            found(one.name, u"saved, %1"_s.arg(environmentName(one.environment)), one.url);
        connection.request.name = one.name;
        connection.request.environment = one.environment;
        all.push_back(std::move(connection));
    }
    return all;
}

}  // namespace spillway
