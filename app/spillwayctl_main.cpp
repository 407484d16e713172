#include <QCoreApplication>

#include "app/cli/command_line.h"
#include "app/connections/preference_store.h"

int main(int argc, char** argv) {
    const QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("spillwayctl"));
    QCoreApplication::setApplicationVersion(QStringLiteral(SPILLWAY_VERSION));
    spillway::followKeptZone();
    return spillway::runCommandLine(argc, argv);
}
