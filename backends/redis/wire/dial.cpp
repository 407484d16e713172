// Connecting is done with plain POSIX calls (dialFirst) and handed to the Qt sockets afterwards: their own
// waitForConnected() can neither be asked twice nor be interrupted, and looks names up without a deadline.
#include "backends/redis/wire/dial.h"

#include <QFile>
#include <QLocalSocket>
#include <QSslConfiguration>
#include <QSslSocket>
#include <cerrno>
#include <cstring>
#include <vector>

#include "backends/domain/human_text.h"
#include "backends/network/tcp_dial.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

Failure connectFailure(int error, const RedisAddress& address) {
    const QString words = QString::fromLocal8Bit(std::strerror(error));
    const QString at = address.display();
    const bool local = address.transport == RedisAddress::Transport::unix_socket;
    if (error == ENOENT && local)
        return {FailureKind::unreachable, u"There is no socket %1."_s.arg(at), words,
                u"Check the path in the URL and that Redis runs with this unixsocket."_s};
    if (error == EACCES || error == EPERM)
        return {FailureKind::unreachable, u"This account may not open the socket %1."_s.arg(at), words,
                u"Join the group that owns the socket, or set unixsocketperm on the server."_s};
    if (error == ECONNREFUSED)
        return {FailureKind::unreachable, u"Nothing accepts connections at %1."_s.arg(at), words,
                local ? u"The socket is left over from a server that has ended: start Redis."_s
                      : u"Check that Redis runs there and listens on this address (bind, port)."_s};
    return {FailureKind::unreachable, u"%1 cannot be reached."_s.arg(at), words,
            u"Check the network, the address and the server."_s};
}

Outcome<int> connected(const std::vector<NetworkEndpoint>& endpoints, const RedisAddress& address,
                       QDeadlineTimer deadline, const std::atomic<bool>& interrupted) {
    const Dialed dialed = dialFirst(endpoints, deadline, interrupted);
    if (dialed.error == 0) return dialed.descriptor;
    if (dialed.error == ECANCELED) return interruptedFailure();
    if (dialed.error == ETIMEDOUT)
        return Failure{FailureKind::timeout,
                       u"%1 did not accept the connection in time."_s.arg(address.display()),
                       {},
                       u"Check the network and firewalls between here and the server."_s};
    return connectFailure(dialed.error, address);
}

Failure tlsFailure(const QSslSocket& socket, const RedisAddress& address) {
    QStringList said;
    bool untrusted = false, host = false;
    for (const QSslError& error : socket.sslHandshakeErrors()) {
        said << error.errorString();
        host |= error.error() == QSslError::HostNameMismatch;
        untrusted |= error.error() != QSslError::HostNameMismatch;
    }
    if (said.isEmpty()) said << socket.errorString();
    const QString at = address.display();
    const QString words = visibleText(said.join(u"; "_s), 300);
    if (host && !untrusted)
        return {FailureKind::tls, u"The certificate of %1 is for another host name."_s.arg(at), words,
                u"Use the name that the certificate carries."_s};
    if (untrusted)
        return {FailureKind::tls, u"The certificate of %1 is not trusted."_s.arg(at), words,
                u"Name its certificate authority with ?cacert=/path/ca.pem in the URL."_s};
    if (words.contains("wrong version"_L1) || words.contains("unknown protocol"_L1) ||
        words.contains("packet length too long"_L1) || words.contains("record layer"_L1) ||
        words.contains("http request"_L1))
        return {FailureKind::tls, u"%1 does not speak TLS."_s.arg(at), words,
                u"Use redis:// instead of rediss://."_s};
    return {
        FailureKind::tls, u"The TLS handshake with %1 failed."_s.arg(at), words,
        u"Check that this port is the server's tls-port; a server with tls-auth-clients wants redis-cli's "
        "--cert as well, which is not supported yet."_s};
}

Outcome<Done> trustExtraAuthority(QSslSocket& socket, const RedisAddress& address) {
    if (address.caFile.isEmpty()) return Done{};
    QFile file(address.caFile);
    const auto certificates = file.open(QIODevice::ReadOnly) ? QSslCertificate::fromDevice(&file, QSsl::Pem)
                                                             : QList<QSslCertificate>();
    if (certificates.isEmpty())
        return Failure{FailureKind::usage,
                       u"%1 holds no certificate."_s.arg(visibleText(address.caFile)),
                       {},
                       u"Point cacert at a PEM file of the certificate authority."_s};
    QSslConfiguration configuration = socket.sslConfiguration();
    configuration.addCaCertificates(certificates);
    socket.setSslConfiguration(configuration);
    return Done{};
}

Outcome<std::shared_ptr<QIODevice>> encrypted(int descriptor, const RedisAddress& address,
                                              QDeadlineTimer deadline, const std::atomic<bool>& interrupted) {
    const auto socket = std::make_shared<QSslSocket>();
    socket->setSocketDescriptor(descriptor);
    if (const auto trust = trustExtraAuthority(*socket, address); !trust) return trust.failure();
    socket->setPeerVerifyName(address.host);
    socket->startClientEncryption();
    while (!socket->isEncrypted()) {
        if (interrupted) return interruptedFailure();
        if (deadline.hasExpired())
            return Failure{FailureKind::timeout,
                           u"%1 did not finish the TLS handshake in time."_s.arg(address.display()),
                           {},
                           u"Check that this port speaks TLS; otherwise use redis://."_s};
        if (socket->waitForEncrypted(kSliceMs)) break;
        if (socket->state() != QAbstractSocket::ConnectedState) return tlsFailure(*socket, address);
    }
    return std::static_pointer_cast<QIODevice>(socket);
}

}  // namespace

Failure interruptedFailure() {
    return {FailureKind::cancelled, u"The request was cancelled."_s, {}, {}};
}

Outcome<std::shared_ptr<QIODevice>> dialRedis(const RedisAddress& address, QDeadlineTimer deadline,
                                              const std::atomic<bool>& interrupted) {
    const bool local = address.transport == RedisAddress::Transport::unix_socket;
    std::vector<NetworkEndpoint> endpoints;
    if (local) {
        const auto endpoint = socketEndpoint(QFile::encodeName(address.path));
        if (!endpoint)
            return Failure{FailureKind::usage,
                           u"The socket path %1 is too long for this system."_s.arg(address.path),
                           {},
                           u"Use a symbolic link in a shorter path."_s};
        endpoints.push_back(*endpoint);
    } else {
        auto found = lookUpHost(address.host, address.port, deadline, interrupted);
        if (!found) return found.failure();
        endpoints = std::move(found).value();
    }
    const auto descriptor = connected(endpoints, address, deadline, interrupted);
    if (!descriptor) return descriptor.failure();
    if (address.transport == RedisAddress::Transport::tls)
        return encrypted(*descriptor, address, deadline, interrupted);
    if (local) {
        const auto socket = std::make_shared<QLocalSocket>();
        socket->setSocketDescriptor(*descriptor);
        return std::static_pointer_cast<QIODevice>(socket);
    }
    const auto socket = std::make_shared<QTcpSocket>();
    socket->setSocketDescriptor(*descriptor);
    return std::static_pointer_cast<QIODevice>(socket);
}

}  // namespace spillway
