// What can be typed after `spillwayctl`, read from the definition of the command line.
#pragma once

#include <QStringList>
#include <vector>

namespace CLI {
class App;
}

namespace spillway {

struct CompletionOption {
    QStringList names;  // "-v", "--verbose"
    QString help;       // one line
    bool takesValue = false;
    bool takesFile = false;
    bool takesConnection = false;  // an @name
    QStringList choices;           // the only values there are; empty: any
};

// A command, or the program itself.
struct CompletionNode {
    QString path;  // "history export"; empty: the program
    QString name;
    QString help;
    std::vector<CompletionOption> options;  // with those of the program
    std::vector<CompletionNode> commands;
};
[[nodiscard]] CompletionNode completionWords(const CLI::App& root);
// The node and everything below it, parents first.
[[nodiscard]] std::vector<const CompletionNode*> allNodes(const CompletionNode& root);

}  // namespace spillway
