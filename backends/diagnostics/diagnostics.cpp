#include "backends/diagnostics/diagnostics.h"

#include <libpq-fe.h>
#include <spdlog/version.h>

#include <QLocale>
#include <QSslSocket>
#include <QSysInfo>
#include <QTimeZone>

#include "backends/diagnostics/log_file.h"
#include "backends/domain/human_text.h"
#include "backends/domain/secrets.h"
#include "backends/trial/transport_trust.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kLogLines = 50;

QString versionLines(const QString& program) {
    const int pq = PQlibVersion();
    const QStringList lines{
        u"%1 %2"_s.arg(program, QStringLiteral(SPILLWAY_VERSION)),
        u"Qt %1 (built with %2), libpq %3.%4, spdlog %5.%6, %7"_s
            .arg(QString::fromLatin1(qVersion()), QStringLiteral(QT_VERSION_STR))
            .arg(pq / 10'000)
            .arg(pq % 10'000)
            .arg(SPDLOG_VER_MAJOR)
            .arg(SPDLOG_VER_MINOR)
            .arg(QSslSocket::sslLibraryVersionString()),
        u"%1, Linux %2, %3"_s.arg(QSysInfo::prettyProductName(), QSysInfo::kernelVersion(),
                                  QSysInfo::currentCpuArchitecture()),
        u"Locale %1, time zone %2, desktop %3 on %4"_s.arg(
            QLocale::system().name(), QString::fromUtf8(QTimeZone::systemTimeZoneId()),
            qEnvironmentVariable("XDG_CURRENT_DESKTOP", u"none"_s),
            qEnvironmentVariable("XDG_SESSION_TYPE", u"no session"_s))};
    return lines.join(u'\n');
}

// Which variables are set, never what they hold.
QString variablesLine() {
    QStringList set;
    for (const char* name : {"PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGSERVICE", "PGSERVICEFILE",
                             "PGPASSFILE", "PGPASSWORD", "PGSSLMODE", "PGSSLROOTCERT", "DATABASE_URL",
                             "REDIS_URL", "NO_COLOR", "XDG_CONFIG_HOME", "XDG_STATE_HOME"})
        if (qEnvironmentVariableIsSet(name)) set << QString::fromLatin1(name);
    return u"Variables that are set: %1"_s.arg(set.isEmpty() ? u"none"_s : set.join(u", "_s));
}

QString connectionLines(const DiagnosedConnection& one) {
    const auto& settings = one.settings;
    const auto trust = transportTrust(settings);
    QStringList lines{u"%1: %2, %3, %4, password %5"_s.arg(
        visibleText(withoutSecrets(settings.name), 100), visibleText(settings.displayUrl(), 300),
        environmentName(settings.environment), trust.badge.isEmpty() ? trust.mode : trust.badge,
        settings.password.isEmpty() ? u"not given here"_s : u"given"_s)};
    if (!settings.onlySystem.isEmpty() || !settings.onlyNamespace.isEmpty())
        lines << u"  only %1 %2"_s.arg(settings.onlySystem, visibleText(settings.onlyNamespace, 100));
    lines << u"  %1 mapping files, %2 rules, dead-letter patterns: %3"_s.arg(settings.mappingFiles.size())
                 .arg(settings.invariants.size())
                 .arg(settings.deadLetterQueues.isEmpty()
                          ? u"none"_s
                          : visibleText(settings.deadLetterQueues.join(u' '), 200));
    if (one.server)
        lines << u"  %1 %2%3"_s.arg(one.server->product, visibleText(one.server->version, 60),
                                    one.server->encrypted ? u", encrypted"_s : QString());
    for (const auto& system : one.systems)
        lines << u"  %1 %2"_s.arg(system.label(), visibleText(system.version, 60));
    if (!one.trouble.isEmpty())
        lines << u"  "_s + visibleText(withoutSecretsOf(settings.url, one.trouble), 500);
    return lines.join(u'\n');
}

}  // namespace

QString diagnosticsText(const QString& program, const std::vector<DiagnosedConnection>& connections) {
    QStringList parts{versionLines(program), variablesLine()};
    for (const auto& one : connections) parts << connectionLines(one);
    const QString log = logFilePath(program);
    const QStringList last = lastLogLines(log, kLogLines);
    parts << (last.isEmpty() ? u"The log %1 is empty."_s.arg(log) : u"The end of %1:"_s.arg(log));
    if (!last.isEmpty()) parts << last.join(u'\n');
    // Once more as a whole: whatever came in by a way that nobody thought of.
    return withoutSecrets(parts.join(u"\n\n"_s)) + u'\n';
}

}  // namespace spillway
