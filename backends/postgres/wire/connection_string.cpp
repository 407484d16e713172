#include "backends/postgres/wire/connection_string.h"

#include <libpq-fe.h>

#include <algorithm>
#include <map>
#include <memory>

#include "backends/domain/secrets.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

using Keywords = std::map<std::string, std::string>;

std::string quoted(const std::string& value) {
    std::string out = "'";
    for (const char c : value) {
        if (c == '\'' || c == '\\') out += '\\';
        out += c;
    }
    return out + "'";
}

std::string valueOr(const Keywords& keywords, const char* key, const char* environment,
                    std::string fallback) {
    if (const auto it = keywords.find(key); it != keywords.end() && !it->second.empty()) return it->second;
    const QByteArray value = qgetenv(environment);
    return value.isEmpty() ? fallback : value.toStdString();
}

int connectTimeout(const Keywords& keywords, std::chrono::milliseconds deadline) {
    const auto most = std::max(2, static_cast<int>((deadline.count() + 999) / 1000));
    const int wanted =
        QString::fromStdString(valueOr(keywords, "connect_timeout", "PGCONNECT_TIMEOUT", "0")).toInt();
    return wanted > 0 ? std::min(wanted, most) : most;
}

QString addressOf(const Keywords& keywords) {
    if (const auto it = keywords.find("service"); it != keywords.end() && !keywords.contains("host"))
        return u"service %1"_s.arg(QString::fromStdString(it->second));
    const auto fallbackHost = valueOr(keywords, "hostaddr", "PGHOSTADDR", "local socket");
    const auto host = valueOr(keywords, "host", "PGHOST", fallbackHost);
    const auto port = valueOr(keywords, "port", "PGPORT", "5432");
    const auto database = valueOr(keywords, "dbname", "PGDATABASE", "");
    const bool socket = host.starts_with('/') || host.starts_with('@') || host == "local socket";
    QString address = QString::fromStdString(host);
    if (!socket || port != "5432") address += u':' + QString::fromStdString(port);
    return database.empty() ? address : address + (socket ? u' ' : u'/') + QString::fromStdString(database);
}

Outcome<Keywords> parsed(const QString& url) {
    char* error = nullptr;
    const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options(
        PQconninfoParse(url.toUtf8().constData(), &error), &PQconninfoFree);
    const std::unique_ptr<char, void (*)(void*)> errorText(error, &PQfreemem);
    if (!options)
        return Failure{
            FailureKind::usage, u"The PostgreSQL connection string cannot be read."_s,
            withoutSecretsOf(url, QString::fromUtf8(error ? error : "out of memory").trimmed()),
            u"Write it as postgresql://user@host:5432/database, or as key=value pairs; percent-encode "
            "special characters such as @ : / in a password."_s};
    Keywords keywords;
    for (auto* option = options.get(); option->keyword; ++option)
        if (option->val) keywords[option->keyword] = option->val;
    return keywords;
}

}  // namespace

Outcome<LibpqConnection> libpqConnection(const ConnectionSettings& settings) {
    const auto given = parsed(settings.url);
    if (!given) return given.failure();
    Keywords keywords = *given;
    LibpqConnection connection;
    connection.address = withoutSecretsOf(settings.url, addressOf(keywords));
    if (!settings.password.isEmpty()) keywords["password"] = settings.password.toStdString();
    keywords["connect_timeout"] = std::to_string(connectTimeout(keywords, settings.connectDeadline));
    keywords["application_name"] = "spillway/" SPILLWAY_VERSION;
    keywords["client_encoding"] = "UTF8";
    for (const auto& [key, value] : keywords) connection.conninfo += key + "=" + quoted(value) + " ";
    return connection;
}

}  // namespace spillway
