// Connecting is done with plain POSIX calls and handed to the Qt sockets afterwards: their own
// waitForConnected() can neither be asked twice nor be interrupted, and looks names up without a deadline.
#include "backends/redis/wire/dial.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <QFile>
#include <QLocalSocket>
#include <QSslConfiguration>
#include <QSslSocket>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>
#include <vector>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

class Descriptor {
public:
    explicit Descriptor(int value) : m_value(value) {}
    ~Descriptor() {
        if (m_value >= 0) ::close(m_value);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const { return m_value; }
    [[nodiscard]] int release() { return std::exchange(m_value, -1); }

private:
    int m_value;
};

struct Endpoint {
    sockaddr_storage address{};
    socklen_t length = 0;
};

struct Lookup {
    std::mutex mutex;
    std::condition_variable changed;
    bool finished = false;
    int error = 0;
    std::vector<Endpoint> endpoints;
};

void lookUp(const std::shared_ptr<Lookup>& lookup, const QByteArray& host, quint16 port) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int error = ::getaddrinfo(host.constData(), QByteArray::number(port).constData(), &hints, &found);
    const std::lock_guard lock(lookup->mutex);
    for (const addrinfo* entry = found; entry; entry = entry->ai_next) {
        Endpoint endpoint;
        std::memcpy(&endpoint.address, entry->ai_addr, entry->ai_addrlen);
        endpoint.length = entry->ai_addrlen;
        lookup->endpoints.push_back(endpoint);
    }
    if (found) ::freeaddrinfo(found);
    lookup->error = error;
    lookup->finished = true;
    lookup->changed.notify_all();
}

// getaddrinfo() can block for half a minute and cannot be stopped: it runs in a thread of its own, which
// is simply left behind when nobody wants its answer any more.
Outcome<std::vector<Endpoint>> resolve(const RedisAddress& address, QDeadlineTimer deadline,
                                       const std::atomic<bool>& interrupted) {
    const auto lookup = std::make_shared<Lookup>();
    std::thread([lookup, host = address.host.toUtf8(), port = address.port] {
        lookUp(lookup, host, port);
    }).detach();
    std::unique_lock lock(lookup->mutex);
    while (!lookup->finished) {
        if (interrupted) return interruptedFailure();
        if (deadline.hasExpired())
            return Failure{FailureKind::timeout,
                           u"Looking up the host %1 took too long."_s.arg(address.host),
                           {},
                           u"Check the name and the DNS settings, or use an IP address."_s};
        lookup->changed.wait_for(lock, std::chrono::milliseconds(kSliceMs));
    }
    if (lookup->error == 0 && !lookup->endpoints.empty()) return lookup->endpoints;
    return Failure{FailureKind::unreachable, u"The host %1 is unknown."_s.arg(visibleText(address.host, 100)),
                   QString::fromLocal8Bit(::gai_strerror(lookup->error)), u"Check the host in the URL."_s};
}

Endpoint unixEndpoint(const QByteArray& path) {
    Endpoint endpoint;
    auto* target = reinterpret_cast<sockaddr_un*>(&endpoint.address);
    target->sun_family = AF_UNIX;
    std::memcpy(target->sun_path, path.constData(),
                std::min<size_t>(path.size() + 1, sizeof target->sun_path));
    endpoint.length = sizeof(sockaddr_un);
    return endpoint;
}

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

// 0: connected. Otherwise the errno; ETIMEDOUT and ECANCELED for deadline and interruption.
int connectWithin(int socket, const Endpoint& endpoint, QDeadlineTimer deadline,
                  const std::atomic<bool>& interrupted) {
    if (::connect(socket, reinterpret_cast<const sockaddr*>(&endpoint.address), endpoint.length) == 0)
        return 0;
    // EAGAIN on a unix socket: the server's backlog is full and there is nothing to wait for.
    if (errno != EINPROGRESS && errno != EINTR) return errno;
    while (!deadline.hasExpired()) {
        if (interrupted) return ECANCELED;
        pollfd waiting{socket, POLLOUT, 0};
        if (::poll(&waiting, 1, kSliceMs) <= 0) continue;
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size);
        return error;
    }
    return ETIMEDOUT;
}

Outcome<int> connected(const std::vector<Endpoint>& endpoints, const RedisAddress& address,
                       QDeadlineTimer deadline, const std::atomic<bool>& interrupted) {
    int error = ECONNREFUSED;
    auto left = static_cast<qint64>(endpoints.size());
    for (const Endpoint& endpoint : endpoints) {
        Descriptor socket(
            ::socket(endpoint.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        if (socket.get() < 0) return connectFailure(errno, address);
        const int on = 1;  // fails on unix sockets, where it is not needed
        ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        // One address that swallows packets must not use up the time of the others.
        error = connectWithin(socket.get(), endpoint, QDeadlineTimer(deadline.remainingTime() / left--),
                              interrupted);
        if (error == 0) return socket.release();
        if (interrupted) return interruptedFailure();
    }
    if (error == ETIMEDOUT)
        return Failure{FailureKind::timeout,
                       u"%1 did not accept the connection in time."_s.arg(address.display()),
                       {},
                       u"Check the network and firewalls between here and the server."_s};
    return connectFailure(error, address);
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

Failure silentServer(const QString& address) {
    return {FailureKind::timeout,
            u"%1 did not answer in time."_s.arg(address),
            {},
            u"Check the load of the server (SLOWLOG, long scripts) and the network."_s};
}

Outcome<std::shared_ptr<QIODevice>> dialRedis(const RedisAddress& address, QDeadlineTimer deadline,
                                              const std::atomic<bool>& interrupted) {
    const bool local = address.transport == RedisAddress::Transport::unix_socket;
    std::vector<Endpoint> endpoints;
    if (local) {
        const QByteArray path = QFile::encodeName(address.path);
        if (path.size() >= qsizetype(sizeof sockaddr_un::sun_path))
            return Failure{FailureKind::usage,
                           u"The socket path %1 is too long for this system."_s.arg(address.path),
                           {},
                           u"Use a symbolic link in a shorter path."_s};
        endpoints.push_back(unixEndpoint(path));
    } else {
        auto found = resolve(address, deadline, interrupted);
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
