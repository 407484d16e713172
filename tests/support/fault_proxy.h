// Stands between a client and a server of a test, on a unix socket and on a port of 127.0.0.1, and does to
// the connections what networks do. A thread of its own; every function may be called from any thread.
#pragma once

#include <QString>
#include <QTemporaryDir>
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

namespace spillway::test {

struct Fault {
    enum class Kind {
        none,
        cut,         // closes all connections in order; a client may connect again at once
        reset,       // the same with a reset, where the socket knows one
        black_hole,  // says nothing any more, in either direction, until clear()
        slow,        // a few bytes at a time, 1 ms apart
    };
    enum class Way { to_server, to_client };

    Kind kind = Kind::none;
    Way way = Way::to_client;              // whose bytes are counted
    qint64 after_bytes = 0;                // since arm(), of all connections; that many still pass
    std::chrono::milliseconds latency{0};  // before each piece, from the beginning
};

class FaultProxy {
public:
    // `server`: the path of its socket. Ours has the same file name, in a folder of ours.
    explicit FaultProxy(const QString& server);
    ~FaultProxy();
    FaultProxy(const FaultProxy&) = delete;
    FaultProxy& operator=(const FaultProxy&) = delete;

    [[nodiscard]] QString directory() const { return m_directory.path(); }
    [[nodiscard]] QString socketPath() const { return m_socketPath; }
    [[nodiscard]] int port() const { return m_port; }

    void arm(const Fault& fault);  // counts from here on
    void clear();                  // healthy again; connections that lost bytes are closed
    [[nodiscard]] qint64 passed(Fault::Way way) const { return m_passed[static_cast<std::size_t>(way)]; }
    [[nodiscard]] bool happened() const { return m_happened; }  // since arm()

private:
    struct Pair {
        int client = -1;
        int server = -1;
        bool spoiled = false;  // bytes of it were lost
    };
    void run();
    void accept(int listener);
    // False: the connection has ended.
    [[nodiscard]] bool forward(Pair& pair, Fault::Way way);
    [[nodiscard]] bool pass(Pair& pair, Fault::Way way, const char* bytes, qint64 size, const Fault& fault);
    void closeAll(bool reset);

    QTemporaryDir m_directory;
    QString m_server, m_socketPath;
    int m_port = 0;
    int m_unix = -1, m_tcp = -1;
    std::mutex m_mutex;  // of m_fault and m_closeSpoiled
    Fault m_fault;
    bool m_closeSpoiled = false;
    std::atomic<qint64> m_passed[2] = {0, 0};
    std::atomic<bool> m_happened{false}, m_ends{false};
    std::vector<Pair> m_pairs;  // of the thread alone
    std::thread m_thread;
};

}  // namespace spillway::test
