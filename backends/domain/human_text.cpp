#include "backends/domain/human_text.h"

#include <QList>
#include <QStringDecoder>
#include <array>
#include <cmath>

#include "backends/domain/display_zone.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QString grouped(qint64 n) {
    QString digits = QString::number(std::llabs(n));
    for (qsizetype at = digits.size() - 3; at > 0; at -= 3) digits.insert(at, u' ');
    return n < 0 ? u"-"_s + digits : digits;
}

QString scaled(double value) {
    struct Unit {
        double size;
        QLatin1StringView name;
    };
    static constexpr std::array units{Unit{1e9, "G"_L1}, Unit{1e6, "M"_L1}, Unit{1e3, "k"_L1}};
    for (const auto& unit : units)
        // 999 950 would round to "1000.0 k": it belongs to the next unit.
        if (std::abs(value) >= unit.size * 0.99995)
            return QString::number(value / unit.size, 'f', 1) + u' ' + unit.name;
    return QString::number(value, 'f', 0);
}

QString two(qint64 big, const QString& bigUnit, qint64 small, const QString& smallUnit) {
    const QString head = u"%1 %2"_s.arg(big).arg(bigUnit);
    return small == 0 ? head : u"%1 %2 %3"_s.arg(head).arg(small).arg(smallUnit);
}

template <typename T, typename Text>
QString signedText(const Measured<T>& m, Text text) {
    return tellsSomething(m) ? provenanceSign(m.provenance) + text(*m.value) : u"–"_s;
}

QString escaped(char32_t c) {
    if (c == U'\n') return u"\\n"_s;
    if (c == U'\r') return u"\\r"_s;
    if (c == U'\t') return u"\\t"_s;
    if (c < 0x100) return u"\\x%1"_s.arg(uint(c), 2, 16, QChar(u'0'));
    return u"\\u%1"_s.arg(uint(c), 4, 16, QChar(u'0'));
}

}  // namespace

QString countText(qint64 n) {
    return scaled(static_cast<double>(n));
}
QString exactCountText(qint64 n) {
    return grouped(n);
}

QString rateText(double perSecond) {
    const double size = std::abs(perSecond);
    if (size == 0) return u"0/s"_s;
    if (size < 0.0008) return u"%1/h"_s.arg(perSecond * 3600, 0, 'f', 1);
    if (size < 0.05) return u"%1/min"_s.arg(perSecond * 60, 0, 'f', 1);
    if (size < 10) return u"%1/s"_s.arg(perSecond, 0, 'f', 1);
    if (size < 99'999.5) return grouped(std::llround(perSecond)) + u"/s"_s;
    return scaled(perSecond) + u"/s"_s;
}

QString compactRateText(double perSecond) {
    const double size = std::abs(perSecond);
    if (size == 0) return u"0"_s;
    if (size < 0.05) return perSecond < 0 ? u">-0.1"_s : u"<0.1"_s;
    if (size < 10) return QString::number(perSecond, 'f', 1);
    return scaled(perSecond);
}

QString durationText(double seconds) {
    if (seconds < 0) return u"-"_s + durationText(-seconds);
    if (seconds < 0.95) return u"%1 s"_s.arg(seconds, 0, 'f', seconds == 0 ? 0 : 1);
    const auto s = std::llround(seconds);
    if (s < 60) return u"%1 s"_s.arg(s);
    if (s < 600) return two(s / 60, u"min"_s, s % 60, u"s"_s);
    const auto min = std::llround(seconds / 60);
    if (min < 60) return u"%1 min"_s.arg(min);
    if (min < 48 * 60) return two(min / 60, u"h"_s, min % 60, u"min"_s);
    const auto h = std::llround(seconds / 3600);
    if (h < 14 * 24) return two(h / 24, u"d"_s, h % 24, u"h"_s);
    return u"%1 d"_s.arg(std::llround(seconds / 86400));
}

QString percentText(double share) {
    if (share > 0 && share < 0.01) return u"under 1 %"_s;
    if (share < 1 && share > 0.99) return u"over 99 %"_s;
    return u"%1 %"_s.arg(std::lround(share * 100));
}

QString sinceText(ServerTime since, const QDate& today) {
    const QDateTime local = displayTime(since);
    return u"since %1"_s.arg(local.toString(local.date() == today ? u"HH:mm"_s : u"ddd d MMM, HH:mm"_s));
}

QString factorText(double factor) {
    return factor < 100 ? u"%1×"_s.arg(factor, 0, 'f', 1) : u"%1×"_s.arg(grouped(std::llround(factor)));
}

QString provenanceSign(Provenance provenance) {
    switch (provenance) {
        case Provenance::exact:
            return {};
        case Provenance::estimated:
            return u"≈ "_s;
        case Provenance::lower_bound:
            return u"≥ "_s;
        case Provenance::not_observable:
            break;
    }
    return u"–"_s;
}

QString countText(const Count& n) {
    return signedText(n, [](qint64 v) { return countText(v); });
}
QString rateText(const Rate& r) {
    return signedText(r, [](double v) { return rateText(v); });
}
QString durationText(const Seconds& d) {
    return signedText(d, [](double v) { return durationText(v); });
}

bool isInvisible(char32_t c) {
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x2069) || c == 0xfeff ||
           (c >= 0xd800 && c <= 0xdfff) || (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

QString visibleText(const QString& hostile, int maxLength) {
    const auto shows = [](QChar c) { return !isInvisible(c.unicode()); };
    if (hostile.size() <= maxLength && std::all_of(hostile.begin(), hostile.end(), shows)) return hostile;
    QString out;
    int used = 0;
    for (const char32_t c : hostile.left(maxLength + 1).toUcs4()) {
        if (used++ >= maxLength) return out + u'…';
        if (isInvisible(c))
            out += escaped(c);
        else
            out += QStringView(QChar::fromUcs4(c));
    }
    return hostile.size() > maxLength + 1 ? out + u'…' : out;
}

QString visibleText(const QByteArray& hostile, int maxLength) {
    const QByteArrayView bytes =
        QByteArrayView(hostile).first(std::min<qsizetype>(hostile.size(), 4 * maxLength + 4));
    QStringDecoder strict(QStringConverter::Utf8, QStringConverter::Flag::Stateless);
    const QString decoded = strict(hostile);
    if (!strict.hasError()) return visibleText(decoded, maxLength);
    QString out;  // not UTF-8: keep what is ASCII, show every other byte
    for (const char byte : bytes) {
        if (out.size() >= maxLength) return out + u'…';
        const auto c = static_cast<uchar>(byte);
        out += c >= 0x20 && c < 0x7f ? QString(QLatin1Char(byte)) : escaped(c);
    }
    return out;
}

}  // namespace spillway
