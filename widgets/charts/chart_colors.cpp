#include "widgets/charts/chart_colors.h"

namespace spillway {
namespace {

QColor either(const ThemeTokens& tokens, const char* dark, const char* light) {
    return QColor(QLatin1StringView(tokens.dark ? dark : light));
}

}  // namespace

QColor chartColor(const ThemeTokens& tokens, ChartColor color) {
    switch (color) {
        case ChartColor::arrivals:
            return tokens.arrivals;
        case ChartColor::drain:
            return tokens.drain;
        case ChartColor::waiting:
        case ChartColor::dead:
            return tokens.backlog;
        case ChartColor::ages:
            return tokens.warning;
        case ChartColor::retries:
            return either(tokens, "#e69f00", "#b87700");
        case ChartColor::wave:
            return either(tokens, "#56b4e9", "#0072b2");
        case ChartColor::duplicates:
            return either(tokens, "#cc79a7", "#a3507f");
        case ChartColor::budget:
            return tokens.critical;
        case ChartColor::plain:
            break;
    }
    return tokens.secondary;
}

}  // namespace spillway
