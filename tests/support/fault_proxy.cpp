#include "tests/support/fault_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <QFile>
#include <QFileInfo>
#include <algorithm>
#include <cstring>

namespace spillway::test {
namespace {

constexpr qint64 kTrickle = 32;    // bytes a millisecond
constexpr int kLookAround_ms = 5;  // how soon the thread sees clear() and its end

sockaddr_un unixAddress(const QString& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const QByteArray name = QFile::encodeName(path);
    if (static_cast<std::size_t>(name.size()) >= sizeof address.sun_path)
        qFatal("%s is too long for a socket", name.constData());
    std::memcpy(address.sun_path, name.constData(), static_cast<std::size_t>(name.size()));
    return address;
}

int listenAt(int domain, const sockaddr* address, socklen_t size) {
    const int listener = ::socket(domain, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::bind(listener, address, size) != 0 || ::listen(listener, 64) != 0)
        qFatal("The fault proxy cannot listen.");
    return listener;
}

bool sendAll(int socket, const char* bytes, qint64 size) {
    while (size > 0) {
        const auto sent = ::send(socket, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes += sent;
        size -= sent;
    }
    return true;
}

}  // namespace

FaultProxy::FaultProxy(const QString& server)
    : m_server(server), m_socketPath(m_directory.filePath(QFileInfo(server).fileName())) {
    const auto address = unixAddress(m_socketPath);
    m_unix = listenAt(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    sockaddr_in loopback{};
    loopback.sin_family = AF_INET;
    loopback.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    m_tcp = listenAt(AF_INET, reinterpret_cast<const sockaddr*>(&loopback), sizeof loopback);
    socklen_t size = sizeof loopback;
    ::getsockname(m_tcp, reinterpret_cast<sockaddr*>(&loopback), &size);
    m_port = ntohs(loopback.sin_port);
    m_thread = std::thread([this] { run(); });
}

FaultProxy::~FaultProxy() {
    m_ends = true;
    m_thread.join();
    closeAll(false);
    ::close(m_unix);
    ::close(m_tcp);
}

void FaultProxy::arm(const Fault& fault) {
    const std::lock_guard guard(m_mutex);
    m_fault = fault;
    m_passed[0] = m_passed[1] = 0;
    m_happened = false;
}

void FaultProxy::clear() {
    const std::lock_guard guard(m_mutex);
    m_fault = {};
    m_closeSpoiled = true;
}

void FaultProxy::run() {
    while (!m_ends) {
        std::vector<pollfd> waits{{m_unix, POLLIN, 0}, {m_tcp, POLLIN, 0}};
        for (const Pair& pair : m_pairs) {
            waits.push_back({pair.client, POLLIN, 0});
            waits.push_back({pair.server, POLLIN, 0});
        }
        ::poll(waits.data(), waits.size(), kLookAround_ms);
        bool closeSpoiled = false;
        {
            const std::lock_guard guard(m_mutex);
            std::swap(closeSpoiled, m_closeSpoiled);
        }
        const std::size_t pairs = m_pairs.size();
        for (std::size_t i = 0; i < pairs && i < m_pairs.size(); ++i) {
            Pair& pair = m_pairs[i];
            bool lives = !(closeSpoiled && pair.spoiled);
            if (lives && waits[2 + 2 * i].revents != 0) lives = forward(pair, Fault::Way::to_server);
            if (m_pairs.empty()) break;  // all were cut
            if (lives && waits[3 + 2 * i].revents != 0) lives = forward(pair, Fault::Way::to_client);
            if (m_pairs.empty()) break;
            if (lives) continue;
            ::close(pair.client);
            ::close(pair.server);
            pair.client = pair.server = -1;
        }
        std::erase_if(m_pairs, [](const Pair& pair) { return pair.client < 0; });
        for (const std::size_t listener : {0, 1})
            if (waits[listener].revents != 0) accept(waits[listener].fd);
    }
}

void FaultProxy::accept(int listener) {
    Pair pair;
    pair.client = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    pair.server = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = unixAddress(m_server);
    if (::connect(pair.server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        ::close(pair.client);
        ::close(pair.server);
        return;
    }
    m_pairs.push_back(pair);
}

bool FaultProxy::forward(Pair& pair, Fault::Way way) {
    Fault fault;
    {
        const std::lock_guard guard(m_mutex);
        fault = m_fault;
    }
    char bytes[16 * 1024];
    const auto got = ::recv(way == Fault::Way::to_server ? pair.client : pair.server, bytes, sizeof bytes, 0);
    if (got <= 0) return pair.spoiled && fault.kind == Fault::Kind::black_hole && got != 0;
    if (fault.latency.count() > 0) std::this_thread::sleep_for(fault.latency);
    return pass(pair, way, bytes, got, fault);
}

bool FaultProxy::pass(Pair& pair, Fault::Way way, const char* bytes, qint64 size, const Fault& fault) {
    const int to = way == Fault::Way::to_server ? pair.server : pair.client;
    auto& passed = m_passed[static_cast<std::size_t>(way)];
    const bool counted = fault.kind != Fault::Kind::none && way == fault.way;
    if (m_happened && fault.kind == Fault::Kind::black_hole) {
        pair.spoiled = true;
        return true;
    }
    const bool over = counted && !m_happened && passed + size > fault.after_bytes;
    const qint64 good = over ? fault.after_bytes - passed : size;
    if (m_happened && fault.kind == Fault::Kind::slow) {
        for (qint64 i = 0; i < size; i += kTrickle) {
            const qint64 piece = std::min(kTrickle, size - i);
            if (!sendAll(to, bytes + i, piece)) return false;
            passed += piece;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return true;
    }
    if (!sendAll(to, bytes, good)) return false;
    passed += good;
    if (!over) return true;
    m_happened = true;
    switch (fault.kind) {
        case Fault::Kind::slow:
            return pass(pair, way, bytes + good, size - good, fault);
        case Fault::Kind::black_hole:
            pair.spoiled = true;
            return true;
        default:
            closeAll(fault.kind == Fault::Kind::reset);
            return true;
    }
}

void FaultProxy::closeAll(bool reset) {
    const linger abruptly{1, 0};
    for (const Pair& pair : m_pairs) {
        if (reset) ::setsockopt(pair.client, SOL_SOCKET, SO_LINGER, &abruptly, sizeof abruptly);
        ::close(pair.client);
        ::close(pair.server);
    }
    m_pairs.clear();
}

}  // namespace spillway::test
