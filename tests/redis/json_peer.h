// A queue library as a child process: it takes one JSON request a line and answers one JSON line.
#pragma once

#include <QJsonObject>
#include <QProcess>
#include <QProcessEnvironment>

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
// $SPILLWAY_REQUIRE_REAL=1: a missing library is a failed test, not a skipped one.
bool realLibrariesRequired();

}  // namespace spillway

// For the start of a test, or initTestCase(), that needs a library; `why`: a C string.
#define SKIP_UNLESS(there, why)                      \
    do {                                             \
        if (!(there)) {                              \
            if (realLibrariesRequired()) QFAIL(why); \
            QSKIP(why);                              \
        }                                            \
    } while (false)
