#include "app/console/console_options.h"

#include <QCommandLineParser>

#include "widgets/models/place_link.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

Failure wrong(const QString& what, const QString& next) {
    return {FailureKind::usage, what, {}, next};
}

std::optional<ThemeMode> themeFromName(const QString& name) {
    if (name == "auto"_L1) return ThemeMode::automatic;
    if (name == "dark"_L1) return ThemeMode::dark;
    if (name == "light"_L1) return ThemeMode::light;
    return std::nullopt;
}

}  // namespace

Outcome<ConsoleOptions> consoleOptions(const QStringList& arguments) {
    QCommandLineParser parser;
    parser.setApplicationDescription(u"Ops console for the health of background jobs."_s);
    parser.addPositionalArgument(
        u"connection"_s, u"URL or @name of a saved connection, or a spillway:// link; several are fine."_s,
        u"[connection…]"_s);
    const QCommandLineOption environment(u"environment"_s, u"What the given URLs count as."_s,
                                         u"production|staging|development"_s);
    const QCommandLineOption mapping(u"mapping"_s, u"Mapping file of a jobs table of your own; repeatable."_s,
                                     u"FILE"_s);
    const QCommandLineOption theme(u"theme"_s, u"Colours."_s, u"auto|dark|light"_s);
    const QCommandLineOption demo(u"demo"_s, u"Start the demo and open it."_s);
    const QCommandLineOption history(
        u"history"_s, u"The history's file; else $XDG_STATE_HOME/spillway/history.sqlite."_s, u"FILE"_s);
    parser.addOptions({environment, mapping, theme, demo, history});
    parser.addHelpOption();
    parser.addVersionOption();
    parser.process(arguments);

    ConsoleOptions options;
    for (const QString& argument : parser.positionalArguments())
        (isPlaceLink(argument) ? options.links : options.connections) << argument;
    options.mappings = parser.values(mapping);
    options.demo = parser.isSet(demo);
    options.history = parser.value(history);
    if (parser.isSet(environment)) {
        options.environment = environmentFromName(parser.value(environment));
        if (!options.environment)
            return wrong(u"\"%1\" is no environment."_s.arg(parser.value(environment)),
                         u"Use production, staging or development."_s);
    }
    if (parser.isSet(theme)) {
        options.theme = themeFromName(parser.value(theme));
        if (!options.theme)
            return wrong(u"\"%1\" is no theme."_s.arg(parser.value(theme)), u"Use auto, dark or light."_s);
    }
    return options;
}

}  // namespace spillway
