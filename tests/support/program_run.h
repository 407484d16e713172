// Runs a program to its end and keeps what it said.
#pragma once

#include <QProcess>
#include <QString>
#include <QStringList>

namespace spillway::test {

struct ProgramRun {
    int code = -1;  // -1: it did not end by itself
    QString out;
    QString err;
};

inline QProcessEnvironment environmentWith(const QString& name, const QString& value) {
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.insert(name, value);
    return environment;
}

inline ProgramRun finish(QProcess& process, int deadline_ms = 60'000) {
    ProgramRun run;
    if (process.waitForFinished(deadline_ms) && process.exitStatus() == QProcess::NormalExit)
        run.code = process.exitCode();
    run.out = QString::fromUtf8(process.readAllStandardOutput());
    run.err = QString::fromUtf8(process.readAllStandardError());
    return run;
}

inline QString spillwayctl() {
    return QStringLiteral(SPILLWAY_BINARY_DIR "/spillwayctl");
}

inline ProgramRun runSpillwayctl(const QStringList& arguments, const QProcessEnvironment& environment =
                                                                   QProcessEnvironment::systemEnvironment()) {
    QProcess process;
    process.setProcessEnvironment(environment);
    process.start(spillwayctl(), arguments, QIODevice::ReadOnly);
    return finish(process);
}

}  // namespace spillway::test
