// A queue library as a child process: it takes one JSON request a line and answers one JSON line.
#pragma once

#include <QJsonObject>
#include <QProcess>
#include <QProcessEnvironment>

#include "tests/support/real_libraries.h"

namespace spillway {

class JsonPeer {
public:
    ~JsonPeer();
    bool start(const QString& program, const QStringList& arguments, const QProcessEnvironment& environment);
    // An empty object, and error() says why, when no answer came within 20 s.
    QJsonObject ask(const QJsonObject& request);
    void kill();  // SIGKILL: what a crash looks like
    [[nodiscard]] qint64 pid() const { return m_process.processId(); }
    [[nodiscard]] QString error() const { return m_error; }

private:
    QProcess m_process;
    QString m_error;
};

// tests/npm/node_modules or $SPILLWAY_NODE_MODULES; empty when the libraries are not installed.
QString nodeModules();

}  // namespace spillway
