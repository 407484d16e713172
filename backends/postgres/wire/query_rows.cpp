#include "backends/postgres/wire/query_rows.h"

#include <charconv>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

std::optional<int> digits(std::string_view text, size_t from, size_t count) {
    int value = 0;
    if (from + count > text.size()) return std::nullopt;
    const auto* begin = text.data() + from;
    const auto [end, error] = std::from_chars(begin, begin + count, value);
    if (error != std::errc{} || end != begin + count) return std::nullopt;
    return value;
}

// ".123456" or nothing, then the zone, which is "+00" in our sessions; a time stamp without zone counts as
// UTC.
std::optional<std::chrono::microseconds> fraction(std::string_view text) {
    if (text.empty() || text == "+00") return std::chrono::microseconds{0};
    if (text.front() != '.') return std::nullopt;
    long micros = 0, scale = 100'000;
    size_t at = 1;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, scale /= 10)
        micros += (text[at] - '0') * scale;
    if (text.substr(at) != "+00" && at != text.size()) return std::nullopt;
    return std::chrono::microseconds{micros};
}

}  // namespace

const std::string* Row::value(std::string_view column) const {
    const auto it = m_columns.find(column);
    if (it == m_columns.end() || !m_values.at(it->second)) return nullptr;
    return &*m_values.at(it->second);
}

std::optional<QByteArray> Row::bytes(std::string_view column) const {
    const auto* v = value(column);
    return v ? std::optional(QByteArray::fromStdString(*v)) : std::nullopt;
}

QString Row::text(std::string_view column) const {
    const auto* v = value(column);
    return v ? QString::fromStdString(*v) : QString();
}

std::optional<qint64> Row::integer(std::string_view column) const {
    const auto* v = value(column);
    if (!v) return std::nullopt;
    qint64 parsed = 0;
    const auto [end, error] = std::from_chars(v->data(), v->data() + v->size(), parsed);
    return error == std::errc{} && end == v->data() + v->size() ? std::optional(parsed) : std::nullopt;
}

std::optional<double> Row::number(std::string_view column) const {
    bool ok = false;
    const auto raw = bytes(column);
    const double parsed = raw ? raw->toDouble(&ok) : 0;
    return ok ? std::optional(parsed) : std::nullopt;
}

std::optional<bool> Row::boolean(std::string_view column) const {
    const auto* v = value(column);
    return v ? std::optional(*v == "t" || *v == "true") : std::nullopt;
}

std::optional<ServerTime> Row::time(std::string_view column) const {
    const auto* v = value(column);
    return v ? parseServerTime(*v) : std::nullopt;
}

std::vector<std::string> Row::list(std::string_view column) const {
    const auto* v = value(column);
    return v ? fromArrayLiteral(*v) : std::vector<std::string>{};
}

std::string toArrayLiteral(const std::vector<std::string>& values) {
    std::string out = "{";
    for (const auto& value : values) {
        if (out.size() > 1) out += ',';
        out += '"';
        for (const char c : value) {
            if (c == '"' || c == '\\') out += '\\';
            out += c;
        }
        out += '"';
    }
    return out + "}";
}

std::vector<std::string> fromArrayLiteral(std::string_view literal) {
    std::vector<std::string> values;
    if (literal.size() < 2 || literal == "{}") return values;
    std::string current;
    bool quoted = false;
    for (size_t i = 1; i + 1 < literal.size(); ++i) {
        const char c = literal[i];
        if (c == '\\' && i + 2 < literal.size())
            current += literal[++i];
        else if (c == '"')
            quoted = !quoted;
        else if (c == ',' && !quoted)
            values.push_back(std::exchange(current, {}));
        else
            current += c;
    }
    values.push_back(current);
    return values;
}

// "2026-01-31 12:34:56.789012+00"
std::optional<ServerTime> parseServerTime(std::string_view text) {
    using namespace std::chrono;
    if (text.size() < 19 || text[4] != '-' || text[10] != ' ') return std::nullopt;
    const auto y = digits(text, 0, 4), mo = digits(text, 5, 2), d = digits(text, 8, 2);
    const auto h = digits(text, 11, 2), mi = digits(text, 14, 2), s = digits(text, 17, 2);
    const auto micros = fraction(text.substr(19));
    if (!y || !mo || !d || !h || !mi || !s || !micros) return std::nullopt;
    const year_month_day date{year{*y}, month{static_cast<unsigned>(*mo)}, day{static_cast<unsigned>(*d)}};
    if (!date.ok()) return std::nullopt;
    return ServerTime{sys_days{date}.time_since_epoch() + hours{*h} + minutes{*mi} + seconds{*s} + *micros};
}

std::string toParameter(ServerTime time) {
    using namespace std::chrono;
    const auto days = floor<std::chrono::days>(time);
    const year_month_day date{days};
    const hh_mm_ss clock{time - days};
    const auto two = [](auto v) { return u"%1"_s.arg(static_cast<qint64>(v), 2, 10, QChar(u'0')); };
    return u"%1-%2-%3 %4:%5:%6.%7+00"_s.arg(static_cast<int>(date.year()), 4, 10, QChar(u'0'))
        .arg(two(static_cast<unsigned>(date.month())), two(static_cast<unsigned>(date.day())),
             two(clock.hours().count()), two(clock.minutes().count()), two(clock.seconds().count()))
        .arg(clock.subseconds().count(), 6, 10, QChar(u'0'))
        .toStdString();
}

}  // namespace spillway
