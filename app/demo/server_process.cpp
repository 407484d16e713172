#include "app/demo/server_process.h"

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QThread>
#include <csignal>
#include "app/demo/left_overs.h"
#include "app/demo/process_identity.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

const passwd* accountEntry(const QString& account) {
    return ::geteuid() == 0 && !account.isEmpty() ? ::getpwnam(account.toUtf8().constData()) : nullptr;
}

// Runs between fork and exec: only async-signal-safe calls. The group list is emptied rather than
// looked up, and the death signal is set last because changing the user clears it.
void becomeAccount(QProcess& process, const QString& account, pid_t parent, int deathSignal) {
    const passwd* entry = accountEntry(account);
    const uid_t uid = entry ? entry->pw_uid : 0;
    const gid_t gid = entry ? entry->pw_gid : 0;
    process.setChildProcessModifier([uid, gid, drop = entry != nullptr, parent, deathSignal] {
        if (drop && (::setgroups(0, nullptr) != 0 || ::setgid(gid) != 0 || ::setuid(uid) != 0)) ::_exit(126);
        ::setpgid(0, 0);  // Ctrl+C on the terminal is ours to handle
        ::prctl(PR_SET_PDEATHSIG, deathSignal);
        if (::getppid() != parent) ::_exit(127);  // died before we could ask to be told
    });
}

Failure startFailure(const QString& program, const QString& why, const QString& said = {}) {
    return {
        FailureKind::internal, u"%1 could not be started: %2."_s.arg(program, why), said.trimmed(),
        u"Install postgresql and redis-server (packaging/run does it), and check that /tmp is writable."_s};
}

QString tailOf(const QString& file) {
    QFile log(file);
    if (!log.open(QIODevice::ReadOnly)) return {};
    log.seek(std::max<qint64>(0, log.size() - 600));
    return QString::fromUtf8(log.readAll());
}

}  // namespace

QString unprivilegedAccount(const QStringList& wanted) {
    for (const auto& name : wanted)
        if (::getpwnam(name.toUtf8().constData())) return name;
    return u"nobody"_s;
}

Outcome<std::unique_ptr<ServerDirectory>> ServerDirectory::create(const QString& name,
                                                                  const QString& account) {
    QByteArray pattern = QFile::encodeName(QDir::tempPath() + u"/spillway-"_s + name + u"-XXXXXX"_s);
    if (!::mkdtemp(pattern.data()))
        return startFailure(name, u"no temporary directory under %1"_s.arg(QDir::tempPath()));
    const passwd* entry = accountEntry(account);
    if (entry && ::chown(pattern.constData(), entry->pw_uid, entry->pw_gid) != 0)
        return startFailure(name, u"its directory cannot be given to the account %1"_s.arg(account));
    QFile mark(QFile::decodeName(pattern) + u'/' + QLatin1StringView(kOwnerFile));
    if (mark.open(QIODevice::WriteOnly)) mark.write(ProcessIdentity::current().text().toLatin1());
    return std::unique_ptr<ServerDirectory>(new ServerDirectory(QFile::decodeName(pattern), account));
}

ServerDirectory::~ServerDirectory() {
    QDir(m_path).removeRecursively();
}

Outcome<Done> ServerProcess::run(const QString& program, const QStringList& arguments,
                                 const QString& account) {
    QProcess process;
    becomeAccount(process, account, ::getpid(), SIGTERM);
    process.setWorkingDirectory(QDir::rootPath());
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(program, arguments);
    if (!process.waitForFinished(60'000)) return startFailure(program, process.errorString());
    if (process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0) return Done{};
    return startFailure(program, u"it ended with code %1"_s.arg(process.exitCode()),
                        QString::fromUtf8(process.readAll()).right(600));
}

Outcome<std::unique_ptr<ServerProcess>> ServerProcess::start(const QString& program,
                                                             const QStringList& arguments,
                                                             const QString& account, const QString& logFile,
                                                             StopSignals stopSignals,
                                                             const std::function<bool()>& ready) {
    std::unique_ptr<ServerProcess> server(new ServerProcess);
    server->m_stopSignal = stopSignals.stop;
    QProcess& process = server->m_process;
    becomeAccount(process, account, ::getpid(), stopSignals.orphaned);
    process.setWorkingDirectory(QDir::rootPath());
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.setStandardOutputFile(logFile, QIODevice::Append);
    process.start(program, arguments, QIODevice::ReadOnly);
    if (!process.waitForStarted(10'000)) return startFailure(program, process.errorString());
    QElapsedTimer waited;
    for (waited.start(); !ready(); QThread::msleep(20)) {
        const bool ended = process.waitForFinished(0) || process.state() == QProcess::NotRunning;
        if (ended || waited.elapsed() > 30'000)
            return startFailure(program, ended ? u"it ended at once"_s : u"it was not ready after 30 s"_s,
                                tailOf(logFile));
    }
    return server;
}

ServerProcess::~ServerProcess() {
    stop();
}

void ServerProcess::stop() {
    if (!running()) return;
    signal(SIGCONT);  // a stopped process would not see the signal
    signal(m_stopSignal);
    if (m_process.waitForFinished(10'000)) return;
    m_process.kill();
    m_process.waitForFinished(5'000);
}

void ServerProcess::signal(int number) const {
    if (const auto id = pid(); id > 0) ::kill(static_cast<pid_t>(id), number);
}

}  // namespace spillway
