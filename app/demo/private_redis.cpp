#include "app/demo/private_redis.h"

#include <QFile>
#include <QLocalSocket>
#include <QStandardPaths>
#include <csignal>

#include "app/demo/free_port.h"

namespace spillway {
using namespace Qt::StringLiterals;

Outcome<std::unique_ptr<PrivateRedis>> PrivateRedis::start() {
    return start(Options{});
}

Outcome<std::unique_ptr<PrivateRedis>> PrivateRedis::start(const Options& options) {
    auto directory = ServerDirectory::create(u"redis"_s, unprivilegedAccount({u"redis"_s}));
    if (!directory) return directory.failure();
    std::unique_ptr<PrivateRedis> server(new PrivateRedis);
    server->m_directory = std::move(directory).value();
    if (options.tcp) server->m_port = freeLoopbackPort();
    server->m_arguments = QStringList{u"--port"_s,
                                      QString::number(server->m_port),
                                      u"--bind"_s,
                                      u"127.0.0.1"_s,
                                      u"--unixsocket"_s,
                                      server->socketPath(),
                                      u"--unixsocketperm"_s,
                                      u"777"_s,
                                      u"--dir"_s,
                                      server->m_directory->path(),
                                      u"--save"_s,
                                      QString(),
                                      u"--appendonly"_s,
                                      u"no"_s,
                                      u"--daemonize"_s,
                                      u"no"_s} +
                          options.arguments;
    if (const auto ok = server->launch(); !ok) return ok.failure();
    return server;
}

Outcome<Done> PrivateRedis::launch() {
    const auto ready = [path = socketPath()] {
        QLocalSocket socket;
        socket.connectToServer(path);
        if (!socket.waitForConnected(100)) return false;
        socket.write("PING\r\n");
        return socket.waitForBytesWritten(100) && socket.waitForReadyRead(1000);
    };
    auto started = ServerProcess::start(QStandardPaths::findExecutable(u"redis-server"_s, {}), m_arguments,
                                        m_directory->account(), m_directory->path() + u"/log"_s,
                                        {.stop = SIGTERM, .orphaned = SIGKILL}, ready);
    if (!started) return started.failure();
    m_process = std::move(started).value();
    return Done{};
}

Outcome<Done> PrivateRedis::restart(bool crash) {
    if (crash) m_process->signal(SIGKILL);
    m_process->stop();
    m_process.reset();
    QFile::remove(socketPath());
    return launch();
}

QString PrivateRedis::url(int database) const {
    return u"unix://%1?db=%2"_s.arg(socketPath()).arg(database);
}
QString PrivateRedis::tcpUrl(int database) const {
    return u"redis://127.0.0.1:%1/%2"_s.arg(m_port).arg(database);
}

}  // namespace spillway
