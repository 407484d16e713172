#include "backends/redis/rq/fields.h"

#include <zlib.h>

#include <QRegularExpression>
#include <cmath>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr qsizetype kLongestError = 2'000;      // characters
constexpr qsizetype kUnpackAtMost = 256 << 10;  // bytes; tracebacks end with what matters
constexpr qsizetype kExecutionDigits = 32;

bool isHex(QByteArrayView text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    });
}

// nullopt: not zlib. A part, where it is longer than the limit or cut.
std::optional<QByteArray> unpacked(const QByteArray& packed) {
    z_stream stream{};
    if (inflateInit(&stream) != Z_OK) return std::nullopt;
    QByteArray text(kUnpackAtMost, Qt::Uninitialized);
    QByteArray input = packed;  // zlib wants to write through this pointer's type, though it does not
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = reinterpret_cast<Bytef*>(text.data());
    stream.avail_out = static_cast<uInt>(text.size());
    const int result = inflate(&stream, Z_SYNC_FLUSH);
    text.truncate(text.size() - static_cast<qsizetype>(stream.avail_out));
    inflateEnd(&stream);
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) return std::nullopt;
    return text;
}

// Of "Traceback …\n  File …\n    line\nValueError: message": the first line after all indented ones.
QString exceptionOf(const QString& trace) {
    QString exception;
    bool wasIndented = true;
    for (const QString& line : trace.split(u'\n')) {
        if (line.trimmed().isEmpty()) continue;
        const bool indented = line.front().isSpace();
        if (!indented && wasIndented) exception = line;
        wasIndented = indented;
    }
    return exception.left(500);
}

QString errorFromTrace(const QString& trace) {
    if (!trace.startsWith("Traceback "_L1)) return trace.trimmed().left(kLongestError);
    const QString whole = exceptionOf(trace) + u'\n' + trace;
    return whole.trimmed().left(kLongestError);
}

}  // namespace

std::optional<ServerTime> rqTimeFrom(const QByteArray& text) {
    bool isNumber = false;
    const double seconds = text.toDouble(&isNumber);
    if (isNumber && seconds > 0 && seconds < 1e11) return serverTimeFromSeconds(seconds);
    if (text.size() < 19 || text.size() > 40) return std::nullopt;
    auto moment = QDateTime::fromString(QString::fromLatin1(text.left(19)), Qt::ISODate);
    if (!moment.isValid()) return std::nullopt;
    moment.setTimeSpec(Qt::UTC);
    qint64 micros = 0;
    if (text.size() > 20 && text[19] == '.')
        micros = QByteArray(text.mid(20, 6).split('Z').front()).leftJustified(6, '0').toLongLong();
    return serverTimeFromMicros(moment.toSecsSinceEpoch() * 1'000'000 + micros);
}

std::optional<double> rqExpiryFrom(const QByteArray& score) {
    bool ok = false;
    const double seconds = score.toDouble(&ok);
    return ok && std::isfinite(seconds) && seconds >= 0 && seconds < 1e11 ? std::optional(seconds)
                                                                          : std::nullopt;
}

RqExecution rqExecutionFrom(const QByteArray& member) {
    const auto colon = member.size() - kExecutionDigits - 1;
    if (colon < 1 || member[colon] != ':' || !isHex(QByteArrayView(member).sliced(colon + 1)))
        return {member, {}};
    return {member.left(colon), member.mid(colon + 1)};
}

QString rqKindFrom(const QByteArray& description) {
    static const QRegularExpression call(u"^[\\p{L}_][\\p{L}\\p{N}_.]{0,199}(?=\\()"_s);
    return call.match(QString::fromUtf8(description.left(800))).captured();
}

QString rqErrorFrom(const QByteArray& packed) {
    const auto text = unpacked(packed);
    return errorFromTrace(QString::fromUtf8(text ? *text : packed.left(kUnpackAtMost)));
}

QString rqErrorFromBase64(const QByteArray& packed) {
    return rqErrorFrom(QByteArray::fromBase64(packed.left(kUnpackAtMost)));
}

}  // namespace spillway
