#include "backends/domain/span_text.h"

#include <QRegularExpression>
#include <utility>

namespace spillway {
using namespace Qt::StringLiterals;

std::optional<std::chrono::milliseconds> spanFromText(const QString& text) {
    static const QRegularExpression form(u"^([0-9]{1,6})(ms|s|m|h|d)$"_s);
    const auto match = form.match(text);
    const qint64 n = match.captured(1).toLongLong();
    if (n <= 0) return std::nullopt;
    const QString unit = match.captured(2);
    const qint64 factor = unit == u"ms"_s  ? 1
                          : unit == u"s"_s ? 1'000
                          : unit == u"m"_s ? 60'000
                          : unit == u"h"_s ? 3'600'000
                                           : 86'400'000;
    return std::chrono::milliseconds{n * factor};
}

QString spanText(std::chrono::milliseconds span) {
    const qint64 ms = span.count();
    for (const auto& [size, unit] : {std::pair{86'400'000LL, u"d"_s}, std::pair{3'600'000LL, u"h"_s},
                                     std::pair{60'000LL, u"m"_s}, std::pair{1'000LL, u"s"_s}})
        if (ms % size == 0) return QString::number(ms / size) + unit;
    return u"%1ms"_s.arg(ms);
}

}  // namespace spillway
