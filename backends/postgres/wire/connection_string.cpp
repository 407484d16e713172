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

std::string written(const Keywords& keywords) {
    std::string conninfo;
    for (const auto& [key, value] : keywords) conninfo += key + "=" + quoted(value) + " ";
    return conninfo;
}

// libpq itself would wait for the first of several hosts as long as for all.
std::vector<Keywords> byHost(const Keywords& keywords) {
    const auto list = [&](const char* key) {
        const auto it = keywords.find(key);
        return it == keywords.end() ? QStringList() : QString::fromStdString(it->second).split(u',');
    };
    const QStringList hosts = list("host"), addresses = list("hostaddr"), ports = list("port");
    const auto n = std::max(hosts.size(), addresses.size());
    // To prefer a standby it looks at all of them twice.
    if (n < 2 || list("target_session_attrs").contains(u"prefer-standby"_s)) return {keywords};
    std::vector<Keywords> each;
    for (qsizetype i = 0; i < n; ++i) {
        each.push_back(keywords);
        const auto take = [&](const char* key, const QStringList& values) {
            if (values.size() > 1) each.back()[key] = values.value(i).toStdString();
        };
        take("host", hosts);
        take("hostaddr", addresses);
        take("port", ports);
    }
    return each;
}

}  // namespace

Outcome<LibpqConnection> libpqConnection(const ConnectionSettings& settings) {
    const auto given = parsed(settings.url);
    if (!given) return given.failure();
    Keywords keywords = *given;
    LibpqConnection connection;
    connection.address = withoutSecretsOf(settings.url, addressOf(keywords));
    if (!settings.user.isEmpty()) {
        keywords["user"] = settings.user.toStdString();
        keywords.erase("password");
    }
    if (!settings.password.isEmpty()) keywords["password"] = settings.password.toStdString();
    connection.timeout_s = connectTimeout(keywords, settings.connectDeadline);
    keywords["connect_timeout"] = std::to_string(connection.timeout_s);
    keywords["application_name"] = "spillway/" SPILLWAY_VERSION;
    keywords["client_encoding"] = "UTF8";
    connection.conninfo = written(keywords);
    for (const auto& host : byHost(keywords)) connection.attempts.push_back(written(host));
    const auto host = keywords.find("host");
    connection.several = host != keywords.end() && host->second.find(',') != std::string::npos;
    return connection;
}

}  // namespace spillway
