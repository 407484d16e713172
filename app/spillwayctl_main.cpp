#include <QCoreApplication>

#include "app/cli/command_line.h"

int main(int argc, char** argv) {
    const QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("spillwayctl"));
    QCoreApplication::setApplicationVersion(QStringLiteral(SPILLWAY_VERSION));
    return spillway::runCommandLine(argc, argv);
}
