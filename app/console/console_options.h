// What the command line of `spillway` asks for.
#pragma once

#include <QStringList>

#include "backends/domain/outcome.h"
#include "widgets/parts/theme.h"

namespace spillway {

struct ConsoleOptions {
    QStringList connections;  // URLs or @names
    QStringList links;        // places in the window: spillway://…
    std::optional<Environment> environment;
    QStringList mappings;
    QString history;  // the history's file; empty: the usual one
    std::optional<ThemeMode> theme;
    bool demo = false;

    [[nodiscard]] bool onlyLinks() const { return !links.isEmpty() && connections.isEmpty() && !demo; }
};

// Reads QCoreApplication's arguments; --help and --version print and end the program.
[[nodiscard]] Outcome<ConsoleOptions> consoleOptions(const QStringList& arguments);

}  // namespace spillway
