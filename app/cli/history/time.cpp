#include "app/cli/history/time.h"

#include "app/cli/printers/duration_text.h"

namespace spillway {
using namespace Qt::StringLiterals;

std::optional<ServerTime> timeFromText(const QString& text, ServerTime now) {
    const QString trimmed = text.trimmed();
    if (trimmed == u"now"_s) return now;
    if (const auto ago = durationFromText(trimmed)) return now - *ago;
    QString iso = trimmed;
    iso.replace(u' ', u'T');
    if (iso.size() == 10) iso += u"T00:00"_s;
    const QDateTime moment = QDateTime::fromString(iso, Qt::ISODateWithMs);
    if (!moment.isValid()) return std::nullopt;
    return serverTimeFromMillis(moment.toMSecsSinceEpoch());
}

}  // namespace spillway
