// A certificate authority of our own and a server certificate for "localhost" (and for no address), made
// with the openssl program in a temporary directory.
#pragma once

#include <QFile>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>

namespace spillway::test {

class TestAuthority {
public:
    [[nodiscard]] static bool available() {
        return !QStandardPaths::findExecutable(QStringLiteral("openssl")).isEmpty();
    }
    // False: openssl said no; its words are in error().
    [[nodiscard]] bool make() {
        using namespace Qt::StringLiterals;
        const bool made = run({u"req"_s, u"-x509"_s, u"-newkey"_s, u"rsa:2048"_s, u"-nodes"_s, u"-days"_s,
                               u"2"_s, u"-subj"_s, u"/CN=Spillway test authority"_s, u"-keyout"_s,
                               file(u"ca.key"_s), u"-out"_s, authority()}) &&
                          run({u"req"_s, u"-newkey"_s, u"rsa:2048"_s, u"-nodes"_s, u"-subj"_s,
                               u"/CN=localhost"_s, u"-keyout"_s, key(), u"-out"_s, file(u"server.csr"_s)}) &&
                          writeNames() &&
                          run({u"x509"_s, u"-req"_s, u"-in"_s, file(u"server.csr"_s), u"-CA"_s, authority(),
                               u"-CAkey"_s, file(u"ca.key"_s), u"-CAcreateserial"_s, u"-days"_s, u"2"_s,
                               u"-extfile"_s, file(u"names"_s), u"-out"_s, certificate()});
        // The server runs as another account.
        QFile::setPermissions(m_files.path(),
                              QFile::permissions(m_files.path()) | QFile::ReadOther | QFile::ExeOther);
        return made;
    }
    [[nodiscard]] QString authority() const { return file(QStringLiteral("ca.pem")); }
    [[nodiscard]] QString certificate() const { return file(QStringLiteral("server.pem")); }
    [[nodiscard]] QString key() const { return file(QStringLiteral("server.key")); }
    [[nodiscard]] QString error() const { return m_error; }

private:
    [[nodiscard]] QString file(const QString& name) const { return m_files.filePath(name); }
    bool writeNames() {
        QFile names(file(QStringLiteral("names")));
        return names.open(QIODevice::WriteOnly) && names.write("subjectAltName=DNS:localhost\n") > 0;
    }
    bool run(const QStringList& arguments) {
        QProcess process;
        process.start(QStringLiteral("openssl"), arguments);
        if (process.waitForFinished(20'000) && process.exitCode() == 0) return true;
        m_error = QString::fromLocal8Bit(process.readAllStandardError());
        return false;
    }

    QTemporaryDir m_files;
    QString m_error;
};

}  // namespace spillway::test
