#include "widgets/charts/axis_format.h"

#include <QDateTime>
#include <algorithm>
#include <array>
#include <cmath>

namespace spillway {
using namespace Qt::StringLiterals;

QString siTickText(double value, double step) {
    struct Unit {
        double size;
        QLatin1StringView name;
    };
    static constexpr std::array units{Unit{1e9, " G"_L1}, Unit{1e6, " M"_L1}, Unit{1e3, " k"_L1},
                                      Unit{1, ""_L1}};
    if (std::abs(value) < step * 1e-6) return u"0"_s;
    const auto unit = std::find_if(units.begin(), units.end() - 1,
                                   [&](const Unit& u) { return std::abs(value) >= u.size * 0.9999; });
    const double fine = step / unit->size;
    const int least = unit->size > 1 ? 1 : 0;
    int digits = std::clamp(static_cast<int>(std::ceil(-std::log10(fine) - 1e-9)), least, 6);
    // A step of 2.5 needs the half, too: 2.5, 5.0, 7.5.
    const double parts = fine * std::pow(10, digits);
    if (digits < 6 && std::abs(parts - std::round(parts)) > 1e-6) ++digits;
    return QString::number(value / unit->size, 'f', digits) + unit->name;
}

QString timeTickText(double secondsSinceEpoch, double step, const QTimeZone& zone) {
    const QDateTime time = QDateTime::fromMSecsSinceEpoch(std::llround(secondsSinceEpoch * 1000), zone);
    if (step >= 86400) return time.toString(u"d MMM"_s);
    if (step >= 43200) return time.toString(u"ddd HH:mm"_s);
    return time.toString(step < 60 ? u"HH:mm:ss"_s : u"HH:mm"_s);
}

double timeTickStep(double roughly) {
    static constexpr std::array<double, 22> steps{1,     2,     5,      10,     15,      30,     60,    120,
                                                  300,   600,   900,    1800,   3600,    7200,   10800, 21600,
                                                  43200, 86400, 172800, 604800, 1209600, 2592000};
    const auto it = std::lower_bound(steps.begin(), steps.end(), roughly);
    return it == steps.end() ? steps.back() : *it;
}

double firstTimeTick(double from, double step, const QTimeZone& zone) {
    const QDateTime at = QDateTime::fromMSecsSinceEpoch(std::llround(from * 1000), zone);
    const double offset = at.offsetFromUtc();
    return std::ceil((from + offset) / step) * step - offset;
}

}  // namespace spillway
