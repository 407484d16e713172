#include "backends/postgres/wire/errors.h"

#include <QRegularExpression>
#include <array>

#include "backends/domain/connection_settings.h"
#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

struct ConnectRule {
    const char* words;  // regular expression on libpq's text
    FailureKind kind;
    const char* what;  // %1 = address
    const char* next;
};

// In this order: the first that matches decides. A certificate error also says "connection failed".
constexpr std::array connectRules{
    ConnectRule{"password authentication failed|authentication failed for user", FailureKind::authentication,
                "%1 refused the user name or password.",
                "Check the user and the password (URL, PGPASSFILE or keychain)."},
    ConnectRule{"no password supplied", FailureKind::authentication,
                "%1 asks for a password and none was given.",
                "Put it into PGPASSFILE or ~/.pgpass (mode 600), or give it with the saved connection."},
    ConnectRule{
        "role \"[^\"]*\" does not exist", FailureKind::authentication, "%1 does not know this user.",
        "Check the user name in the URL; without one the name of the operating system user is taken."},
    ConnectRule{"role \"[^\"]*\" is not permitted to log in", FailureKind::authentication,
                "%1 does not let this role log in.", "Use another role, or ALTER ROLE … LOGIN."},
    ConnectRule{"database \"[^\"]*\" does not exist", FailureKind::authentication, "%1 has no such database.",
                "Check the database name at the end of the URL; psql -l lists the databases."},
    ConnectRule{"permission denied for database", FailureKind::permission,
                "%1 does not let this role into the database.",
                "Ask for GRANT CONNECT ON DATABASE … TO this role."},
    ConnectRule{
        "no pg_hba.conf entry.*(no encryption|SSL off)", FailureKind::tls,
        "%1 does not accept this user, database or address without TLS.",
        "Try sslmode=require or sslmode=verify-full, or let the administrator add a pg_hba.conf line."},
    ConnectRule{
        "no pg_hba.conf entry|pg_hba.conf rejects|Peer authentication failed|Ident authentication failed",
        FailureKind::authentication, "%1 does not accept this user from this machine.",
        "Check user and database, or let the administrator add a pg_hba.conf line for them."},
    ConnectRule{
        "does not support SSL|SSL error|certificate|SSL SYSCALL error|SSL negotiation|sslmode|channel "
        "binding",
        FailureKind::tls, "TLS with %1 did not come about.",
        "Check sslmode, sslrootcert and the host name in the certificate; sslmode=verify-full needs a server "
        "with TLS and a certificate that this machine trusts."},
    ConnectRule{
        "too many clients|too many connections|remaining connection slots|sorry, too many",
        FailureKind::overloaded, "%1 has no free connection slot.",
        "Wait, or raise the role's CONNECTION LIMIT or max_connections; Spillway needs one connection."},
    ConnectRule{"is starting up|is shutting down|in recovery mode|not yet accepting connections|not "
                "accepting connections",
                FailureKind::starting, "%1 is starting or stopping.", "Spillway tries again by itself."},
    ConnectRule{"definition of service|service file", FailureKind::usage,
                "The service of the connection string is not defined.",
                "Check the name and the file: ~/.pg_service.conf, or PGSERVICEFILE."},
    ConnectRule{
        "could not translate host name|Name or service not known|Temporary failure in name resolution",
        FailureKind::unreachable, "The host name in %1 is not known.",
        "Check the spelling and the name service of this machine."},
    ConnectRule{
        "Connection refused", FailureKind::unreachable, "Nothing accepts connections at %1.",
        "Check host and port, and that the server runs and listens on that address (listen_addresses)."},
    ConnectRule{"No such file or directory", FailureKind::unreachable, "There is no server socket at %1.",
                "Check the socket directory (host=/path) and the port, and that the server runs."},
    ConnectRule{"timeout expired|Connection timed out", FailureKind::timeout, "%1 did not answer in time.",
                "Check that the server is not frozen and that no firewall drops the packets."},
    ConnectRule{"received invalid response|expected authentication request|unsupported frontend protocol",
                FailureKind::protocol, "What answers at %1 is not a PostgreSQL server.",
                "Check host and port."},
    ConnectRule{"invalid (port number|integer value|sslmode|connection option)|parameter", FailureKind::usage,
                "The connection string for %1 has a value that libpq does not take.",
                "Correct the named value."},
};

QString sentence(const char* pattern, const QString& address) {
    const QString text = QString::fromUtf8(pattern);
    return text.contains("%1"_L1) ? text.arg(address) : text;
}

}  // namespace

QString primaryMessage(const QString& serverText) {
    static const QRegularExpression severity(u"(?:ERROR|FATAL|PANIC):\\s+"_s);
    static const QRegularExpression extra(
        u"\\n\\s*(?:DETAIL|HINT|CONTEXT|LINE|STATEMENT|Is the server running).*"_s,
        QRegularExpression::DotMatchesEverythingOption);
    QString text = serverText;
    text.remove(extra).remove(severity);
    text = visibleText(withoutSecrets(text.simplified()), 300);
    return text.isEmpty() || text.endsWith(u'.') ? text : text + u'.';
}

Failure connectFailure(const QString& text, const QString& address) {
    for (const auto& rule : connectRules) {
        const QRegularExpression words(QString::fromUtf8(rule.words),
                                       QRegularExpression::DotMatchesEverythingOption);
        if (words.match(text).hasMatch())
            return {rule.kind, sentence(rule.what, address), primaryMessage(text),
                    sentence(rule.next, address)};
    }
    return {FailureKind::unreachable, u"%1 could not be reached."_s.arg(address), primaryMessage(text),
            u"Try the same address with psql; Spillway uses the same rules."_s};
}

Failure lostConnection(const QString& text, const QString& address) {
    return {
        FailureKind::unreachable, u"The connection to %1 was lost."_s.arg(address), primaryMessage(text),
        u"Spillway connects again by itself; if it stays away, check whether the server was stopped or the "
        "session terminated."_s};
}

Failure queryFailure(const QString& sqlstate, const QString& text, const QString& question) {
    const QString said = primaryMessage(text);
    const auto is = [&](std::initializer_list<const char*> codes) {
        return std::any_of(codes.begin(), codes.end(),
                           [&](const char* c) { return sqlstate == QLatin1StringView(c); });
    };
    if (is({"57014"}))
        return {FailureKind::overloaded, u"Reading %1 took too long and was given up."_s.arg(question), said,
                u"The server is busy, or an index is missing or bloated (a long transaction keeps dead rows "
                u"alive); "
                "Spillway tries again more slowly."_s};
    if (is({"55P03"}))
        return {FailureKind::overloaded,
                u"Reading %1 was not possible: a schema change holds the table."_s.arg(question), said,
                u"Wait for the migration to finish; Spillway did not queue behind it."_s};
    if (is({"42501", "42P01", "42703", "42704", "42883", "0A000", "3F000"}))
        return {FailureKind::changed,
                u"Reading %1 failed: its tables, columns or grants have changed."_s.arg(question), said,
                u"Run detect to see what can be read now."_s};
    if (is({"53300", "53200", "53100", "53400"}))
        return {FailureKind::overloaded,
                u"The server has run out of resources while reading %1."_s.arg(question), said,
                u"Look at its memory, disk and connections first."_s};
    if (is({"57P01", "57P02", "57P03", "25P03", "57P05"}))
        return {sqlstate == "57P03"_L1 ? FailureKind::starting : FailureKind::unreachable,
                u"The server ended the session while reading %1."_s.arg(question), said,
                u"Spillway connects again by itself."_s};
    if (is({"40001", "40P01"}))
        return {FailureKind::overloaded,
                u"Reading %1 collided with recovery on this replica."_s.arg(question), said,
                u"Spillway tries again; the primary would not have this."_s};
    if (sqlstate.startsWith("22"_L1))
        return {
            FailureKind::protocol,
            u"Reading %1 failed on a value that cannot be reckoned with (SQLSTATE %2)."_s.arg(question,
                                                                                              sqlstate),
            said,
            u"Look for infinite or far-off times and broken numbers in its tables; it is asked again every "
            u"minute."_s};
    return {FailureKind::protocol, u"Reading %1 failed (SQLSTATE %2)."_s.arg(question, sqlstate), said,
            u"Please report this with the server version; detect shows what else can be read."_s};
}

}  // namespace spillway
