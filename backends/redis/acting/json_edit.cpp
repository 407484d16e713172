#include "backends/redis/acting/json_edit.h"

namespace spillway {
namespace {

struct Span {
    qsizetype begin = -1, end = -1;
};

bool isSpace(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

qsizetype afterSpace(const QByteArray& text, qsizetype at) {
    while (at < text.size() && isSpace(text[at])) ++at;
    return at;
}

// Behind the closing quote; -1: there is none.
qsizetype afterString(const QByteArray& text, qsizetype at) {
    for (++at; at < text.size(); ++at) {
        if (text[at] == '\\')
            ++at;
        else if (text[at] == '"')
            return at + 1;
    }
    return -1;
}

qsizetype afterValue(const QByteArray& text, qsizetype at) {
    int depth = 0;
    while (at < text.size()) {
        const char c = text[at];
        if (c == '"') {
            at = afterString(text, at);
            if (at < 0) return -1;
            continue;
        }
        if (depth == 0 && (c == ',' || c == '}')) break;
        if (c == '{' || c == '[') ++depth;
        if (c == '}' || c == ']') --depth;
        ++at;
    }
    if (at >= text.size()) return -1;
    while (isSpace(text[at - 1])) --at;
    return at;
}

// Of the value. A member that is named twice: the last one counts, as readers have it.
Span find(const QByteArray& text, const QByteArray& name, qsizetype& close) {
    Span found;
    close = -1;
    qsizetype at = afterSpace(text, 0);
    if (at >= text.size() || text[at] != '{') return found;
    at = afterSpace(text, at + 1);
    while (at < text.size() && text[at] == '"') {
        const qsizetype keyEnd = afterString(text, at);
        if (keyEnd < 0) return {};
        const QByteArray key = text.mid(at + 1, keyEnd - at - 2);
        at = afterSpace(text, keyEnd);
        if (at >= text.size() || text[at] != ':') return {};
        at = afterSpace(text, at + 1);
        const qsizetype end = afterValue(text, at);
        if (end < 0) return {};
        if (key == name) found = {at, end};
        at = afterSpace(text, end);
        if (at < text.size() && text[at] == ',') at = afterSpace(text, at + 1);
    }
    if (at < text.size() && text[at] == '}') close = at;
    return found;
}

}  // namespace

std::optional<QByteArray> jsonMember(const QByteArray& object, const QByteArray& name) {
    qsizetype close = -1;
    const Span span = find(object, name, close);
    if (close < 0 || span.begin < 0) return std::nullopt;
    return object.mid(span.begin, span.end - span.begin);
}

std::optional<QByteArray> withJsonMember(const QByteArray& object, const QByteArray& name,
                                         const QByteArray& value) {
    qsizetype close = -1;
    const Span span = find(object, name, close);
    if (close < 0) return std::nullopt;
    QByteArray edited = object;
    if (span.begin >= 0) return edited.replace(span.begin, span.end - span.begin, value);
    qsizetype last = close;
    while (last > 0 && isSpace(object[last - 1])) --last;
    const QByteArray comma = object[last - 1] == '{' ? "" : ",";
    return edited.insert(close, comma + '"' + name + "\":" + value);
}

}  // namespace spillway
