// A server program as our child: unprivileged when we are root, dead when we die, stopped by its pid.
#pragma once

#include <QProcess>
#include <QString>
#include <QStringList>
#include <functional>
#include <memory>

#include "backends/domain/outcome.h"

namespace spillway {

// A temporary directory that the unprivileged account owns; removed with all its contents when the
// object goes. Its path is short, because unix socket paths end at 107 characters.
class ServerDirectory {
public:
    // `account`: name of the user who shall own it when we are root; ignored otherwise.
    [[nodiscard]] static Outcome<std::unique_ptr<ServerDirectory>> create(const QString& name,
                                                                          const QString& account);
    ~ServerDirectory();
    [[nodiscard]] QString path() const { return m_path; }
    [[nodiscard]] QString account() const { return m_account; }

private:
    ServerDirectory(QString path, QString account) : m_path(std::move(path)), m_account(std::move(account)) {}
    QString m_path;
    QString m_account;
};

// The first of these accounts that exists, or "nobody". Only matters when we are root.
[[nodiscard]] QString unprivilegedAccount(const QStringList& wanted);

class ServerProcess {
public:
    // Runs to its end, as `account` when we are root. Failure: not found, non-zero exit, 60 s.
    [[nodiscard]] static Outcome<Done> run(const QString& program, const QStringList& arguments,
                                           const QString& account);

    // Starts and waits until `ready` answers true (asked every 20 ms), 30 s at most; output goes to
    // `logFile`. `stopSignals.stop` asks it to stop; SIGKILL follows after 10 s.
    struct StopSignals {
        int stop;
        int orphaned;  // sent by the kernel when we die: nobody will need its data, and nobody waits
    };
    [[nodiscard]] static Outcome<std::unique_ptr<ServerProcess>> start(
        const QString& program, const QStringList& arguments, const QString& account, const QString& logFile,
        StopSignals stopSignals, const std::function<bool()>& ready);
    ~ServerProcess();  // stops it

    [[nodiscard]] qint64 pid() const { return m_process.processId(); }
    [[nodiscard]] bool running() const { return m_process.state() == QProcess::Running; }
    void stop();
    void signal(int number) const;  // SIGSTOP, SIGCONT, SIGKILL: for fault tests

private:
    ServerProcess() = default;
    QProcess m_process;
    int m_stopSignal = 0;
};

}  // namespace spillway
