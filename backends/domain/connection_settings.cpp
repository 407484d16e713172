#include "backends/domain/connection_settings.h"

#include <QRegularExpression>

#include "backends/domain/secrets.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

Failure notAConnection(const QString& url) {
    return {
        FailureKind::usage,
        u"\"%1\" is not a connection URL that Spillway knows."_s.arg(withoutSecretsOf(url, url).left(120)),
        {},
        u"Use postgresql://user@host:5432/database, service=NAME, redis://host:6379/0, "
        "rediss://host:6379/0, redis+sentinel://host:26379/NAME, redis+cluster://host:6379, "
        "unix:///path/redis.sock, or @name for a "
        "saved "
        "connection."_s};
}

}  // namespace

QString environmentName(Environment environment) {
    switch (environment) {
        case Environment::staging:
            return u"staging"_s;
        case Environment::development:
            return u"development"_s;
        case Environment::production:
            break;
    }
    return u"production"_s;
}

std::optional<Environment> environmentFromName(const QString& name) {
    for (const auto e : {Environment::production, Environment::staging, Environment::development})
        if (environmentName(e) == name) return e;
    return std::nullopt;
}

QString serverKindName(ServerKind kind) {
    return kind == ServerKind::postgres ? u"PostgreSQL"_s : u"Redis"_s;
}

QString withoutSecrets(const QString& text) {
    // user:password@ in any URL. Up to the last '@': people forget to percent-encode '@' and '/', and
    // hiding too much is the right side to err on.
    static const QRegularExpression inUrl(u"(\\w+://[^\\s:/@]*):([^\\s\"]*)@"_s);
    // password= as a URL parameter or in a conninfo string, quoted or not.
    static const QRegularExpression asKey(
        u"((?:ssl)?password|passwd|REDISCLI_AUTH)\\s*=\\s*('(?:[^'\\\\]|\\\\.)*'|[^\\s&]*)"_s,
        QRegularExpression::CaseInsensitiveOption);
    static const QRegularExpression inJson(u"(\"\\w*password\"\\s*:\\s*\")(?:[^\"\\\\]|\\\\.)*"_s,
                                           QRegularExpression::CaseInsensitiveOption);
    // What Redis is told: AUTH [user] password, requirepass password, ACL SETUSER name >password.
    static const QRegularExpression asCommand(
        u"\\b(AUTH|requirepass|masterauth)(?:[ \\t]+[^\\s.,;<]+){1,2}"_s);
    static const QRegularExpression asRule(u"(\\s[>#])[^\\s…]\\S*"_s);
    QString clean = text;
    clean.replace(inUrl, u"\\1:***@"_s);
    clean.replace(asKey, u"\\1=***"_s);
    clean.replace(inJson, u"\\1***"_s);
    clean.replace(asCommand, u"\\1 ***"_s);
    if (clean.contains("SETUSER"_L1)) clean.replace(asRule, u"\\1***"_s);
    return clean;
}

QString ConnectionSettings::displayUrl() const {
    return withoutSecrets(url);
}

ConnectionSettings actingSettings(const ConnectionSettings& settings) {
    if (settings.actingUser.isEmpty() && settings.actingPassword.isEmpty()) return settings;
    ConnectionSettings acting = settings;
    if (!settings.actingUser.isEmpty()) acting.user = settings.actingUser;
    acting.password = settings.actingPassword;
    return acting;
}

std::optional<Failure> refusesActing(const ConnectionSettings& settings) {
    if (settings.armedFor.count() > 0) return std::nullopt;
    return Failure{
        FailureKind::permission,
        u"%1 only observes: its settings say arming = \"never\"."_s.arg(settings.name),
        {},
        u"Change it under Connections, or in connections.toml, if acting there is meant to be possible."_s};
}

Outcome<ConnectionSettings> connectionFromUrl(const QString& url) {
    static const QRegularExpression keyValue(u"^\\s*[a-z_]+\\s*="_s);
    const QString text = url.trimmed();
    ConnectionSettings settings;
    settings.url = text;
    if (text.startsWith("postgresql://"_L1) || text.startsWith("postgres://"_L1))
        settings.kind = ServerKind::postgres;
    else if (text.startsWith("redis://"_L1) || text.startsWith("rediss://"_L1) ||
             text.startsWith("unix://"_L1) || text.startsWith("redis+sentinel://"_L1) ||
             text.startsWith("rediss+sentinel://"_L1) || text.startsWith("redis+cluster://"_L1) ||
             text.startsWith("rediss+cluster://"_L1))
        settings.kind = ServerKind::redis;
    else if (keyValue.match(text).hasMatch())
        settings.kind = ServerKind::postgres;
    else
        return notAConnection(text);
    settings.name = settings.displayUrl();
    return settings;
}

}  // namespace spillway
