#include "app/cli/completion/words.h"

#include <CLI/CLI.hpp>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QString firstLine(const std::string& text) {
    return QString::fromStdString(text).section(u'\n', 0, 0).trimmed();
}

// CLI11 tells the values of IsMember as "TEXT:{a,b}".
QStringList choicesOf(const QString& typeName) {
    const auto from = typeName.indexOf(u'{');
    const auto to = typeName.lastIndexOf(u'}');
    return from < 0 || to < from ? QStringList() : typeName.mid(from + 1, to - from - 1).split(u',');
}

CompletionOption optionOf(const CLI::Option& option) {
    CompletionOption out;
    for (const auto& name : option.get_snames()) out.names << u'-' + QString::fromStdString(name);
    for (const auto& name : option.get_lnames()) out.names << u"--"_s + QString::fromStdString(name);
    out.help = firstLine(option.get_description());
    out.takesValue = option.get_type_size_max() > 0;
    const QString type = QString::fromStdString(option.get_type_name());
    out.takesFile = out.takesValue && type.startsWith(u"FILE"_s);
    out.takesConnection = out.takesValue && (type.startsWith(u"@NAME"_s) || type.startsWith(u"URL"_s));
    if (out.takesValue) out.choices = choicesOf(type);
    return out;
}

std::vector<CompletionOption> optionsOf(const CLI::App& app) {
    std::vector<CompletionOption> options;
    for (const auto* option : app.get_options([](const CLI::Option* o) { return o->nonpositional(); }))
        options.push_back(optionOf(*option));
    return options;
}

CompletionNode nodeOf(const CLI::App& app, const QString& parent,
                      const std::vector<CompletionOption>& ofTheProgram) {
    CompletionNode node;
    node.name = QString::fromStdString(app.get_name());
    node.path = parent.isEmpty() ? node.name : parent + u' ' + node.name;
    node.help = firstLine(app.get_description());
    node.options = optionsOf(app);
    for (const auto& option : ofTheProgram) {
        const auto has = [&](const CompletionOption& own) { return own.names == option.names; };
        if (std::none_of(node.options.begin(), node.options.end(), has)) node.options.push_back(option);
    }
    for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; }))
        node.commands.push_back(nodeOf(*command, node.path, ofTheProgram));
    return node;
}

}  // namespace

CompletionNode completionWords(const CLI::App& root) {
    CompletionNode node;
    node.name = QString::fromStdString(root.get_name());
    node.help = firstLine(root.get_description());
    node.options = optionsOf(root);
    for (const auto* command : root.get_subcommands([](const CLI::App*) { return true; }))
        node.commands.push_back(nodeOf(*command, {}, node.options));
    return node;
}

std::vector<const CompletionNode*> allNodes(const CompletionNode& root) {
    std::vector<const CompletionNode*> nodes{&root};
    for (const auto& command : root.commands) {
        const auto below = allNodes(command);
        nodes.insert(nodes.end(), below.begin(), below.end());
    }
    return nodes;
}

}  // namespace spillway
