// `completion`: a script that completes this command line, for a shell to read.
#include <CLI/CLI.hpp>

#include "app/cli/command_line.h"
#include "app/cli/completion/scripts.h"

namespace spillway {

void addCompletionCommand(CLI::App& root, Command& chosen) {
    auto* command = root.add_subcommand("completion", "A script that completes this command line in a shell");
    const auto shell = std::make_shared<std::string>();
    command->add_option("SHELL", *shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    command->footer(
        "The Debian package installs them.\n\n"
        "Examples:\n  spillwayctl completion bash > ~/.local/share/bash-completion/completions/spillwayctl\n"
        "  spillwayctl completion fish > ~/.config/fish/completions/spillwayctl.fish");
    command->callback([&chosen, shell, &root] {
        // `root` is there no more when the command runs.
        const CompletionNode words = completionWords(root);
        const QString script = *shell == "bash"  ? bashCompletion(words)
                               : *shell == "zsh" ? zshCompletion(words)
                                                 : fishCompletion(words);
        chosen = [script](CommandContext& context) {
            context.out << script << Qt::flush;
            return 0;
        };
    });
}

}  // namespace spillway
