// A Redis of our own: empty, in memory only, unix socket in a temporary directory. Stopped and removed
// with the object. Starts within about 50 ms.
#pragma once

#include <memory>

#include "app/demo/server_process.h"

namespace spillway {

class PrivateRedis {
public:
    struct Options {
        bool tcp = false;       // also listen on a free port of 127.0.0.1
        QStringList arguments;  // more redis-server arguments, e.g. {"--requirepass", "secret"}
        // Readiness is asked with PING; any answer (also NOAUTH or LOADING) counts as ready.
    };

    [[nodiscard]] static Outcome<std::unique_ptr<PrivateRedis>> start();
    [[nodiscard]] static Outcome<std::unique_ptr<PrivateRedis>> start(const Options& options);

    [[nodiscard]] QString url(int database = 0) const;     // unix:///dir/redis.sock?db=0
    [[nodiscard]] QString tcpUrl(int database = 0) const;  // redis://127.0.0.1:port/0
    [[nodiscard]] QString socketPath() const { return m_directory->path() + QStringLiteral("/redis.sock"); }
    [[nodiscard]] QString directory() const { return m_directory->path(); }
    [[nodiscard]] int port() const { return m_port; }  // 0 without tcp
    [[nodiscard]] ServerProcess& process() { return *m_process; }
    [[nodiscard]] Outcome<Done> restart(bool crash = false);  // empty again, same address

private:
    PrivateRedis() = default;
    [[nodiscard]] Outcome<Done> launch();

    std::unique_ptr<ServerDirectory> m_directory;  // outlives the process
    std::unique_ptr<ServerProcess> m_process;
    QStringList m_arguments;
    int m_port = 0;
};

}  // namespace spillway
