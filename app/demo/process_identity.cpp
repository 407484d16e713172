#include "app/demo/process_identity.h"

#include <unistd.h>
#include <QFile>

namespace spillway {
using namespace Qt::StringLiterals;

std::optional<ProcessIdentity> ProcessIdentity::of(qint64 pid) {
    QFile file(u"/proc/%1/stat"_s.arg(pid));
    if (pid <= 0 || !file.open(QIODevice::ReadOnly)) return std::nullopt;
    const QByteArray stat = file.readAll();
    // The command name may hold blanks and brackets: the fields begin after its last bracket.
    const QList<QByteArray> fields = stat.mid(stat.lastIndexOf(')') + 2).split(' ');
    if (fields.size() < 20 || fields[0] == "Z" || fields[0] == "X") return std::nullopt;
    return ProcessIdentity{pid, fields[19].toLongLong()};
}

ProcessIdentity ProcessIdentity::current() {
    return of(::getpid()).value_or(ProcessIdentity{::getpid(), 0});
}

bool ProcessIdentity::alive() const {
    return of(pid) == *this;
}

QString ProcessIdentity::text() const {
    return u"%1 %2"_s.arg(pid).arg(started);
}

std::optional<ProcessIdentity> ProcessIdentity::fromText(const QString& text) {
    const QStringList parts = text.trimmed().split(u' ');
    bool pidOk = false;
    bool startOk = false;
    const ProcessIdentity identity{parts.value(0).toLongLong(&pidOk), parts.value(1).toLongLong(&startOk)};
    if (!pidOk || !startOk || identity.pid <= 0) return std::nullopt;
    return identity;
}

}  // namespace spillway
