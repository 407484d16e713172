#include "app/demo/private_postgres.h"

#include <QDeadlineTimer>
#include <QDir>
#include <QFile>
#include <QStandardPaths>
#include <QThread>
#include <csignal>

#include "app/demo/free_port.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr std::chrono::seconds kChildrenNotice{30};
constexpr int kTryAgain_ms = 200;

// Debian keeps the server programs outside PATH; the newest installed version wins.
QString serverProgram(const QString& name) {
    const QDir root(u"/usr/lib/postgresql"_s);
    QStringList versions = root.entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    std::sort(versions.begin(), versions.end(),
              [](const QString& a, const QString& b) { return a.toInt() > b.toInt(); });
    for (const auto& version : versions) {
        const QString path = root.filePath(version + u"/bin/"_s + name);
        if (QFile::exists(path)) return path;
    }
    return QStandardPaths::findExecutable(name);
}

Failure writeFailure(const QString& path) {
    return {FailureKind::internal, u"%1 cannot be written."_s.arg(path), {}, u"Check the space on /tmp."_s};
}

Outcome<Done> writeFile(const QString& path, const QString& text, QIODevice::OpenMode mode) {
    QFile file(path);
    if (!file.open(mode) || file.write(text.toUtf8()) < 0) return writeFailure(path);
    return Done{};
}

QString configuration(const PrivatePostgres::Options& options, const QString& directory, int port) {
    QStringList lines{u"unix_socket_directories='%1'"_s.arg(directory), u"port=%1"_s.arg(port),
                      u"listen_addresses='%1'"_s.arg(options.tcp ? u"127.0.0.1"_s : QString()),
                      u"fsync=off"_s, u"synchronous_commit=off"_s, u"full_page_writes=off"_s,
                      u"shared_buffers=128MB"_s, u"max_connections=80"_s,
                      // It ends only after a client that connects meanwhile and says nothing.
                      u"authentication_timeout=15s"_s, u"logging_collector=off"_s};
    return u'\n' + (lines + options.settings).join(u'\n') + u'\n';
}

}  // namespace

Outcome<std::unique_ptr<PrivatePostgres>> PrivatePostgres::start() {
    return start(Options{});
}

QString PrivatePostgres::data() const {
    return m_directory->path() + u"/data"_s;
}

Outcome<std::unique_ptr<PrivatePostgres>> PrivatePostgres::prepare(bool tcp) {
    auto directory = ServerDirectory::create(u"pg"_s, unprivilegedAccount({u"postgres"_s}));
    if (!directory) return directory.failure();
    std::unique_ptr<PrivatePostgres> server(new PrivatePostgres);
    server->m_directory = std::move(directory).value();
    server->m_program = serverProgram(u"postgres"_s);
    if (tcp) server->m_port = freeLoopbackPort();
    return server;
}

Outcome<std::unique_ptr<PrivatePostgres>> PrivatePostgres::replica() const {
    auto prepared = prepare(false);
    if (!prepared) return prepared;
    auto server = std::move(prepared).value();
    const auto copied = ServerProcess::run(
        serverProgram(u"pg_basebackup"_s),
        {u"-D"_s, server->data(), u"-h"_s, socketDirectory(), u"-p"_s, QString::number(m_port), u"-U"_s,
         u"postgres"_s, u"--write-recovery-conf"_s, u"--checkpoint=fast"_s, u"--no-sync"_s},
        server->m_directory->account());
    if (!copied) return copied.failure();
    // The copy brings the primary's settings; the later line wins.
    const auto ok =
        writeFile(server->data() + u"/postgresql.conf"_s,
                  configuration({}, server->socketDirectory(), server->m_port), QIODevice::Append);
    if (!ok) return ok.failure();
    if (const auto launched = server->launch(); !launched) return launched.failure();
    return server;
}

Outcome<std::unique_ptr<PrivatePostgres>> PrivatePostgres::start(const Options& options) {
    auto prepared = prepare(options.tcp);
    if (!prepared) return prepared.failure();
    auto server = std::move(prepared).value();
    const QString data = server->data();
    const auto made = ServerProcess::run(serverProgram(u"initdb"_s),
                                         {u"-D"_s, data, u"-U"_s, u"postgres"_s, u"-A"_s, u"trust"_s, u"-E"_s,
                                          u"UTF8"_s, u"--locale=C.UTF-8"_s, u"--no-sync"_s},
                                         server->m_directory->account());
    if (!made) return made.failure();
    if (const auto ok =
            writeFile(data + u"/postgresql.conf"_s,
                      configuration(options, server->m_directory->path(), server->m_port), QIODevice::Append);
        !ok)
        return ok.failure();
    if (!options.hba.isEmpty())
        if (const auto ok = writeFile(data + u"/pg_hba.conf"_s, options.hba, QIODevice::WriteOnly); !ok)
            return ok.failure();
    if (const auto ok = server->launch(); !ok) return ok.failure();
    return server;
}

Outcome<Done> PrivatePostgres::launch() {
    const auto ready = [file = data() + u"/postmaster.pid"_s] {  // its 8th line is the status
        QFile pid(file);
        return pid.open(QIODevice::ReadOnly) && pid.readAll().split('\n').value(7).trimmed() == "ready";
    };
    // On SIGTERM it would wait until every client has gone; on SIGQUIT it does not even write its buffers.
    auto started =
        ServerProcess::start(m_program, {u"-D"_s, data()}, m_directory->account(),
                             m_directory->path() + u"/log"_s, {.stop = SIGINT, .orphaned = SIGQUIT}, ready);
    if (!started) return started.failure();
    m_process = std::move(started).value();
    return Done{};
}

Outcome<Done> PrivatePostgres::restart(bool crash) {
    if (m_process) {
        if (crash) m_process->signal(SIGKILL);
        m_process->stop();
        m_process.reset();
    }
    if (!crash) return launch();
    // Its children notice only after a while, and until then the shared memory is theirs.
    QDeadlineTimer deadline(kChildrenNotice);
    for (;;) {
        QFile::remove(m_directory->path() + u"/data/postmaster.pid"_s);
        auto launched = launch();
        if (launched || deadline.hasExpired()) return launched;
        m_process.reset();
        QThread::msleep(kTryAgain_ms);
    }
}

QString PrivatePostgres::url(const QString& database, const QString& user) const {
    return u"postgresql://%1@/%2?host=%3&port=%4"_s.arg(user, database, socketDirectory()).arg(m_port);
}

QString PrivatePostgres::tcpUrl(const QString& database, const QString& user) const {
    return u"postgresql://%1@127.0.0.1:%2/%3"_s.arg(user).arg(m_port).arg(database);
}

}  // namespace spillway
