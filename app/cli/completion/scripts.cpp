#include "app/cli/completion/scripts.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// Between single quotes: all three shells read "'\''" as one quote.
QString quoted(QString text) {
    return u'\'' + text.replace(u'\'', u"'\\''"_s) + u'\'';
}

// Patterns of `case "$at $word"`: where this option's value is typed.
QString valuePatterns(const CompletionNode& node, const CompletionOption& option) {
    QStringList patterns;
    for (const auto& name : option.names) patterns << u"\"%1 %2\""_s.arg(node.path, name);
    return patterns.join(u'|');
}

// Every way down the tree of commands: " status", "history export".
QString commandPatterns(const CompletionNode& root) {
    QStringList patterns;
    for (const auto* node : allNodes(root))
        for (const auto& command : node->commands) patterns << u"\"%1 %2\""_s.arg(node->path, command.name);
    return patterns.join(u'|');
}

QStringList optionNames(const CompletionNode& node) {
    QStringList names;
    for (const auto& option : node.options) names << option.names;
    return names;
}

struct ValueActions {
    QString choices;  // %1: the choices
    QString file;
    QString connection;
    QString any;
};

// The lines of `case` for the value after an option.
QString valueCases(const CompletionNode& root, const ValueActions& does) {
    QString out;
    for (const auto* node : allNodes(root))
        for (const auto& option : node->options) {
            if (!option.takesValue) continue;
            const QString action = !option.choices.isEmpty() ? does.choices.arg(option.choices.join(u' '))
                                   : option.takesFile        ? does.file
                                   : option.takesConnection  ? does.connection
                                                             : does.any;
            out += u"        %1) %2 ;;\n"_s.arg(valuePatterns(*node, option), action);
        }
    return out;
}

QString bashWords(const CompletionNode& root) {
    QString out;
    for (const auto* node : allNodes(root)) {
        QStringList words;
        for (const auto& command : node->commands) words << command.name;
        out +=
            u"        \"%1\") words=\"%2\" ;;\n"_s.arg(node->path, (words + optionNames(*node)).join(u' '));
    }
    return out;
}

QString zshWords(const CompletionNode& root) {
    QString out;
    for (const auto* node : allNodes(root)) {
        QStringList commands;
        for (const auto& command : node->commands)
            commands << u"            "_s + quoted(command.name + u':' + command.help);
        QStringList options;
        for (const auto& option : node->options)
            for (const auto& name : option.names)
                options << u"            "_s + quoted(name + u':' + option.help);
        out += u"        \"%1\")\n            commands=(\n%2)\n            options=(\n%3) ;;\n"_s.arg(
            node->path, commands.join(u'\n'), options.join(u'\n'));
    }
    return out;
}

QString fishOption(const CompletionNode& node, const CompletionOption& option) {
    QString line =
        u"complete -c spillwayctl -n %1"_s.arg(quoted(u"__spillwayctl_at \"%1\""_s.arg(node.path)));
    for (const auto& name : option.names)
        line += name.startsWith(u"--"_s) ? u" -l "_s + name.mid(2) : u" -s "_s + name.mid(1);
    if (!option.choices.isEmpty())
        line += u" -x -a "_s + quoted(option.choices.join(u' '));
    else if (option.takesFile)
        line += u" -r -F"_s;
    else if (option.takesValue)
        line += u" -x"_s;
    return line + u" -d "_s + quoted(option.help) + u'\n';
}

}  // namespace

QString bashCompletion(const CompletionNode& root) {
    // Bash breaks words at "@" unless told otherwise: then it is a word of its own.
    return u"# Completion of spillwayctl for bash, made by \"spillwayctl completion bash\".\n"
           "_spillwayctl() {\n"
           "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} at= words= i\n"
           "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
           "        case \"$at ${COMP_WORDS[i]}\" in\n"
           "            %1) at=\"${at:+$at }${COMP_WORDS[i]}\" ;;\n"
           "        esac\n"
           "    done\n"
           "    COMPREPLY=()\n"
           "    if [[ $cur == @ ]]; then cur= prev=@; fi\n"
           "    if [[ $prev == @ || $cur == @* ]]; then\n"
           "        words=$(spillwayctl connections --names 2>/dev/null)\n"
           "        [[ $prev != @ ]] || words=${words//@/}\n"
           "        COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
           "        return\n"
           "    fi\n"
           "    case \"$at $prev\" in\n"
           "%2"
           "    esac\n"
           "    case \"$at\" in\n"
           "%3"
           "    esac\n"
           "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
           "}\n"
           "complete -F _spillwayctl spillwayctl\n"_s.arg(
               commandPatterns(root),
               valueCases(root, {u"COMPREPLY=($(compgen -W \"%1\" -- \"$cur\")); return"_s,
                                 u"compopt -o default 2>/dev/null; return"_s, u"return"_s, u"return"_s}),
               bashWords(root));
}

QString zshCompletion(const CompletionNode& root) {
    const QString connections =
        u"compadd -- ${(f)\"$(spillwayctl connections --names 2>/dev/null)\"}; return"_s;
    return u"#compdef spillwayctl\n"
           "# Completion of spillwayctl for zsh, made by \"spillwayctl completion zsh\".\n"
           "_spillwayctl() {\n"
           "    local at= i\n"
           "    local -a commands options\n"
           "    for ((i = 2; i < CURRENT; i++)); do\n"
           "        case \"$at ${words[i]}\" in\n"
           "            %1) at=\"${at:+$at }${words[i]}\" ;;\n"
           "        esac\n"
           "    done\n"
           "    case \"$at ${words[CURRENT-1]}\" in\n"
           "%2"
           "    esac\n"
           "    if [[ ${words[CURRENT]} == @* ]]; then %3; fi\n"
           "    case \"$at\" in\n"
           "%4"
           "    esac\n"
           "    _describe -t commands command commands\n"
           "    _describe -o -t options option options\n"
           "}\n"
           "if [[ ${funcstack[1]} == _spillwayctl ]]; then _spillwayctl \"$@\"; else compdef _spillwayctl spillwayctl; fi\n"_s
               .arg(commandPatterns(root),
                    valueCases(root,
                               {u"compadd -- %1; return"_s, u"_files; return"_s, connections, u"return"_s}),
                    connections, zshWords(root));
}

QString fishCompletion(const CompletionNode& root) {
    QString out =
        u"# Completion of spillwayctl for fish, made by \"spillwayctl completion fish\".\n"
        "function __spillwayctl_at\n"
        "    set -l at ''\n"
        "    for word in (commandline -opc)[2..-1]\n"
        "        switch \"$at $word\"\n"
        "            case %1\n"
        "                set at (string trim -- \"$at $word\")\n"
        "        end\n"
        "    end\n"
        "    test \"$at\" = \"$argv[1]\"\n"
        "end\n"
        "complete -c spillwayctl -f\n"
        "complete -c spillwayctl -n 'string match -q \"@*\" -- (commandline -ct)' "
        "-a '(spillwayctl connections --names 2>/dev/null)'\n"_s.arg(
            commandPatterns(root).replace(u'|', u' '));
    for (const auto* node : allNodes(root)) {
        const QString here = quoted(u"__spillwayctl_at \"%1\""_s.arg(node->path));
        for (const auto& command : node->commands)
            out += u"complete -c spillwayctl -n %1 -a %2 -d %3\n"_s.arg(here, command.name,
                                                                        quoted(command.help));
        for (const auto& option : node->options) out += fishOption(*node, option);
    }
    return out;
}

}  // namespace spillway
