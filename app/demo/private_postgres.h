// A PostgreSQL of our own: fresh cluster in a temporary directory, unix socket, superuser "postgres"
// without password, fsync off. Stopped and removed with the object. Takes about 2 s to start.
#pragma once

#include <memory>

#include "app/demo/server_process.h"

namespace spillway {

class PrivatePostgres {
public:
    struct Options {
        bool tcp = false;      // also listen on a free port of 127.0.0.1
        QStringList settings;  // more "name=value" lines for postgresql.conf
        QString hba;           // replaces pg_hba.conf (default: trust on the socket and on loopback)
    };

    [[nodiscard]] static Outcome<std::unique_ptr<PrivatePostgres>> start();
    [[nodiscard]] static Outcome<std::unique_ptr<PrivatePostgres>> start(const Options& options);

    // A streaming replica of it, ready for readers; it must not outlive its primary for long.
    [[nodiscard]] Outcome<std::unique_ptr<PrivatePostgres>> replica() const;

    // libpq form: postgresql://postgres@/postgres?host=/socket/directory
    [[nodiscard]] QString url(const QString& database = QStringLiteral("postgres"),
                              const QString& user = QStringLiteral("postgres")) const;
    [[nodiscard]] QString tcpUrl(const QString& database = QStringLiteral("postgres"),
                                 const QString& user = QStringLiteral("postgres")) const;
    [[nodiscard]] QString socketDirectory() const { return m_directory->path(); }
    [[nodiscard]] int port() const { return m_port; }  // 5432 without tcp (part of the socket's name)
    [[nodiscard]] ServerProcess& process() { return *m_process; }
    // Stops (fast shutdown, or SIGKILL) and starts again on the same data and address.
    [[nodiscard]] Outcome<Done> restart(bool crash = false);

private:
    PrivatePostgres() = default;
    [[nodiscard]] static Outcome<std::unique_ptr<PrivatePostgres>> prepare(bool tcp);
    [[nodiscard]] Outcome<Done> launch();
    [[nodiscard]] QString data() const;

    std::unique_ptr<ServerDirectory> m_directory;  // outlives the process
    std::unique_ptr<ServerProcess> m_process;
    QString m_program;
    int m_port = 5432;
};

}  // namespace spillway
