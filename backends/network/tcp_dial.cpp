#include "backends/network/tcp_dial.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kDialSlice_ms = 20;

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

struct Lookup {
    std::mutex mutex;
    std::condition_variable changed;
    bool finished = false;
    int error = 0;
    std::vector<NetworkEndpoint> endpoints;
};

void lookUp(const std::shared_ptr<Lookup>& lookup, const QByteArray& host, quint16 port) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int error = ::getaddrinfo(host.constData(), QByteArray::number(port).constData(), &hints, &found);
    const std::lock_guard lock(lookup->mutex);
    for (const addrinfo* entry = found; entry; entry = entry->ai_next) {
        NetworkEndpoint endpoint;
        std::memcpy(&endpoint.address, entry->ai_addr, entry->ai_addrlen);
        endpoint.length = entry->ai_addrlen;
        lookup->endpoints.push_back(endpoint);
    }
    if (found) ::freeaddrinfo(found);
    lookup->error = error;
    lookup->finished = true;
    lookup->changed.notify_all();
}

// 0: connected. Otherwise the errno; ETIMEDOUT and ECANCELED for deadline and interruption.
int connectWithin(int socket, const NetworkEndpoint& endpoint, QDeadlineTimer deadline,
                  const std::atomic<bool>& interrupted) {
    if (::connect(socket, reinterpret_cast<const sockaddr*>(&endpoint.address), endpoint.length) == 0)
        return 0;
    // EAGAIN on a unix socket: the server's backlog is full and there is nothing to wait for.
    if (errno != EINPROGRESS && errno != EINTR) return errno;
    while (!deadline.hasExpired()) {
        if (interrupted) return ECANCELED;
        pollfd waiting{socket, POLLOUT, 0};
        if (::poll(&waiting, 1, kDialSlice_ms) <= 0) continue;
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size);
        return error;
    }
    return ETIMEDOUT;
}

}  // namespace

QString NetworkEndpoint::text() const {
    char host[NI_MAXHOST] = "";
    if (address.ss_family != AF_UNIX)
        ::getnameinfo(reinterpret_cast<const sockaddr*>(&address), length, host, sizeof host, nullptr, 0,
                      NI_NUMERICHOST);
    return QString::fromLatin1(host);
}

bool NetworkEndpoint::isOfThisMachine() const {
    const QString shown = text();
    return address.ss_family == AF_UNIX || shown == "::1"_L1 || shown.startsWith("127."_L1) ||
           shown.startsWith("::ffff:127."_L1);
}

// getaddrinfo() can block for half a minute and cannot be stopped: it runs in a thread of its own, which
// is simply left behind when nobody wants its answer any more.
Outcome<std::vector<NetworkEndpoint>> lookUpHost(const QString& host, quint16 port, QDeadlineTimer deadline,
                                                 const std::atomic<bool>& interrupted) {
    const auto lookup = std::make_shared<Lookup>();
    std::thread([lookup, name = host.toUtf8(), port] { lookUp(lookup, name, port); }).detach();
    std::unique_lock lock(lookup->mutex);
    while (!lookup->finished) {
        if (interrupted) return Failure{FailureKind::cancelled, u"The request was cancelled."_s, {}, {}};
        if (deadline.hasExpired())
            return Failure{FailureKind::timeout,
                           u"Looking up the host %1 took too long."_s.arg(host),
                           {},
                           u"Check the name and the DNS settings, or use an IP address."_s};
        lookup->changed.wait_for(lock, std::chrono::milliseconds(kDialSlice_ms));
    }
    if (lookup->error == 0 && !lookup->endpoints.empty()) return lookup->endpoints;
    return Failure{FailureKind::unreachable, u"The host %1 is unknown."_s.arg(visibleText(host, 100)),
                   QString::fromLocal8Bit(::gai_strerror(lookup->error)), u"Check the host in the URL."_s};
}

std::optional<NetworkEndpoint> socketEndpoint(const QByteArray& path) {
    if (path.size() >= qsizetype(sizeof sockaddr_un::sun_path)) return std::nullopt;
    NetworkEndpoint endpoint;
    auto* target = reinterpret_cast<sockaddr_un*>(&endpoint.address);
    target->sun_family = AF_UNIX;
    std::memcpy(target->sun_path, path.constData(), static_cast<size_t>(path.size()) + 1);
    endpoint.length = sizeof(sockaddr_un);
    return endpoint;
}

Dialed dialFirst(const std::vector<NetworkEndpoint>& endpoints, QDeadlineTimer deadline,
                 const std::atomic<bool>& interrupted) {
    Dialed dialed{-1, ECONNREFUSED};
    auto left = static_cast<qint64>(endpoints.size());
    for (const NetworkEndpoint& endpoint : endpoints) {
        Descriptor socket(
            ::socket(endpoint.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        if (socket.get() < 0) return {-1, errno};
        const int on = 1;  // fails on unix sockets, where it is not needed
        ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        dialed.error = connectWithin(socket.get(), endpoint,
                                     QDeadlineTimer(deadline.remainingTime() / left--), interrupted);
        if (dialed.error == 0) return {socket.release(), 0};
        if (interrupted) return {-1, ECANCELED};
    }
    return dialed;
}

}  // namespace spillway
