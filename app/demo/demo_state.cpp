#include "app/demo/demo_state.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QSaveFile>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QString base() {
    for (const char* variable : {"XDG_RUNTIME_DIR", "XDG_STATE_HOME"})
        if (const QString value = qEnvironmentVariable(variable); !value.isEmpty() && QDir(value).exists())
            return value;
    return QDir::homePath() + u"/.local/state"_s;
}

QString stateFile() {
    return DemoState::directory() + u"/demo.json"_s;
}
QString lockFile() {
    return DemoState::directory() + u"/demo.lock"_s;
}

QByteArray contentOf(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

}  // namespace

QString DemoState::directory() {
    const QString path = base() + u"/spillway"_s;
    if (QDir().mkpath(path))
        QFile::setPermissions(path, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    return path;
}

std::optional<ProcessIdentity> DemoState::holder() {
    const auto identity = ProcessIdentity::fromText(QString::fromLatin1(contentOf(lockFile())));
    return identity && identity->alive() ? identity : std::nullopt;
}

std::optional<DemoEndpoints> DemoState::running() {
    const auto endpoints = demoFromJson(QJsonDocument::fromJson(contentOf(stateFile())).object());
    const auto process = holder();
    return endpoints && process && process->pid == endpoints->pid ? endpoints : std::nullopt;
}

DemoState::DemoState() {
    const int file = ::open(QFile::encodeName(lockFile()).constData(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return;
    if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
        ::close(file);
        return;
    }
    QFile::remove(stateFile());  // of one that died
    const QByteArray text = ProcessIdentity::current().text().toLatin1();
    if (::ftruncate(file, 0) == 0 && ::write(file, text.constData(), static_cast<size_t>(text.size())) > 0)
        m_lock = file;
    else
        ::close(file);
}

DemoState::~DemoState() {
    if (m_lock < 0) return;
    QFile::remove(stateFile());
    [[maybe_unused]] const int emptied = ::ftruncate(m_lock, 0);  // the file stays: others may wait on it
    ::close(m_lock);
}

bool DemoState::publish(const DemoEndpoints& endpoints) {
    QSaveFile file(stateFile());
    return m_lock >= 0 && file.open(QIODevice::WriteOnly) &&
           file.setPermissions(QFile::ReadOwner | QFile::WriteOwner) &&
           file.write(QJsonDocument(demoJson(endpoints)).toJson()) > 0 && file.commit();
}

}  // namespace spillway
