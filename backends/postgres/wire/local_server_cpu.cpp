#include "backends/postgres/wire/local_server_cpu.h"

#include <sys/socket.h>
#include <QFile>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QByteArray readProc(int pid, const QString& name) {
    QFile file(u"/proc/%1/%2"_s.arg(pid).arg(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

int parentOf(int pid) {
    for (const QByteArray& line : readProc(pid, u"status"_s).split('\n'))
        if (line.startsWith("PPid:")) return line.mid(5).trimmed().toInt();
    return -1;
}

int listenerBehind(int socket) {
    ucred peer{};
    socklen_t size = sizeof peer;
    return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 ? peer.pid : -1;
}

}  // namespace

std::optional<double> localServerCpu_ms(int socket, int backendPid) {
    const int listener = listenerBehind(socket);
    if (listener <= 0 || parentOf(backendPid) != listener) return std::nullopt;
    bool ok = false;
    const double nanoseconds = readProc(backendPid, u"schedstat"_s).split(' ').value(0).toDouble(&ok);
    return ok ? std::optional(nanoseconds / 1e6) : std::nullopt;
}

}  // namespace spillway
