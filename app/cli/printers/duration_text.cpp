#include "app/cli/printers/duration_text.h"

#include <QHash>
#include <QRegularExpression>

namespace spillway {
using namespace Qt::StringLiterals;

std::optional<std::chrono::milliseconds> durationFromText(const QString& text) {
    static const QRegularExpression form(u"^([0-9]{1,9}(?:\\.[0-9]{1,3})?)(ms|s|m|h|d)$"_s);
    static const QHash<QString, double> milliseconds{
        {u"ms"_s, 1}, {u"s"_s, 1e3}, {u"m"_s, 6e4}, {u"h"_s, 3.6e6}, {u"d"_s, 8.64e7}};
    const auto match = form.match(text.trimmed());
    if (!match.hasMatch()) return std::nullopt;
    const double value = match.captured(1).toDouble() * milliseconds.value(match.captured(2));
    if (value > 3652 * 8.64e7) return std::nullopt;
    return std::chrono::milliseconds{static_cast<qint64>(value)};
}

}  // namespace spillway
