// Runs `spillwayctl` with a real terminal of so many columns as its stdout.
#pragma once

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <thread>

#include "tests/support/program_run.h"

namespace spillway::test {

// `out` as the terminal got it: lines end in "\r\n", colours are off.
inline ProgramRun runInTerminal(const QStringList& arguments, unsigned short columns) {
    ProgramRun run;
    const int master = ::posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || ::grantpt(master) != 0 || ::unlockpt(master) != 0) return run;
    const QString name = QString::fromLocal8Bit(::ptsname(master));
    const int held = ::open(::ptsname(master), O_RDWR | O_NOCTTY);  // until then nothing reads as an end
    const winsize size{.ws_row = 24, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    ::ioctl(held, TIOCSWINSZ, &size);
    QByteArray shown;
    std::thread reader([&] {
        char buffer[4096];
        for (ssize_t n = 0; (n = ::read(master, buffer, sizeof buffer)) > 0;) shown.append(buffer, n);
    });
    QProcess process;
    process.setProcessEnvironment(environmentWith(QStringLiteral("NO_COLOR"), QStringLiteral("1")));
    process.setStandardOutputFile(name);
    process.start(spillwayctl(), arguments, QIODevice::ReadOnly);
    run = finish(process);
    ::close(held);
    reader.join();
    ::close(master);
    run.out = QString::fromUtf8(shown);
    return run;
}

}  // namespace spillway::test
