#include "app/connections/toml_edit.h"

#include <QList>
#include <algorithm>
#include <vector>

#include "backends/storage/toml_text.h"

namespace spillway {
namespace {

using Line = std::u32string;  // toml++ counts columns in code points

std::vector<Line> linesOf(const QByteArray& text) {
    std::vector<Line> lines;
    for (const QByteArray& line : text.split('\n')) lines.push_back(QString::fromUtf8(line).toStdU32String());
    return lines;
}

QByteArray joined(const std::vector<Line>& lines) {
    QByteArray text;
    for (const Line& line : lines) text += QString::fromStdU32String(line).toUtf8() + '\n';
    text.chop(1);
    return text;
}

Line lineFrom(const std::string& text) {
    return QString::fromStdString(text).toStdU32String();
}

bool isBareKey(const std::string& key) {
    return std::ranges::all_of(key, [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_'; });
}

std::string headerOf(const std::string& table) {
    return isBareKey(table) ? "[" + table + "]" : "[\"" + table + "\"]";
}

bool startsWith(const Line& line, char32_t first) {
    const auto at = line.find_first_not_of(U" \t");
    return at != Line::npos && line[at] == first;
}

size_t lineBefore(toml::source_index line) {  // as an index into the lines
    return static_cast<size_t>(line) - 1;
}

// A value's place; replaces or deletes from behind, so that what comes before stays where it is.
struct ValuePlace {
    toml::source_region region;
    std::string text;
    bool remove = false;
};

void apply(std::vector<Line>& lines, const ValuePlace& place) {
    const size_t first = lineBefore(place.region.begin.line), last = lineBefore(place.region.end.line);
    if (place.remove) {
        lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(first),
                    lines.begin() + static_cast<std::ptrdiff_t>(last) + 1);
        return;
    }
    const Line head = lines[first].substr(0, place.region.begin.column - 1);
    const Line tail = lines[last].substr(std::min<size_t>(place.region.end.column - 1, lines[last].size()));
    lines[first] = head + lineFrom(place.text) + tail;
    lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(first) + 1,
                lines.begin() + static_cast<std::ptrdiff_t>(last) + 1);
}

bool isBlank(const Line& line) {
    return line.find_first_not_of(U" \t\r") == Line::npos;
}

// Comments behind an empty line belong to what follows.
size_t endOfOwn(const std::vector<Line>& lines, size_t header, size_t end) {
    size_t own = end;
    while (own > header + 1 && (isBlank(lines[own - 1]) || startsWith(lines[own - 1], U'#'))) --own;
    while (own < end && startsWith(lines[own], U'#')) ++own;
    return own;
}

// Not a value of the table's own lines: [table.x] or [[table.x]].
bool hangsBelow(const toml::node& value) {
    if (const auto* table = value.as_table()) return !table->is_inline();
    const auto* array = value.is_array_of_tables() ? value.as_array() : nullptr;
    return array && !array->front().as_table()->is_inline();
}

// Where the header of this top-level entry stands, and those of what hangs below it.
void headers(const toml::node& node, std::vector<size_t>& lines) {
    if (const auto* table = node.as_table()) {
        if (table->source().begin.line > 0) lines.push_back(lineBefore(table->source().begin.line));
        for (const auto& [key, value] : *table)
            if (value.is_table() || value.is_array_of_tables()) headers(value, lines);
    } else if (const auto* array = node.as_array()) {
        for (const auto& value : *array) headers(value, lines);
    }
}

}  // namespace

std::optional<QByteArray> withTomlTable(const QByteArray& text, const std::string& table,
                                        const TomlChange& change) {
    const auto parsed = parsedToml(text);
    const auto* document = std::get_if<toml::table>(&parsed);
    if (!document) return std::nullopt;
    const auto* node = document->get(table);
    std::vector<Line> lines = linesOf(text);
    if (!node) {
        if (!lines.empty() && lines.back().empty()) lines.pop_back();
        if (!lines.empty() && !lines.back().empty()) lines.emplace_back();
        lines.push_back(lineFrom(headerOf(table)));
        for (const auto& [key, value] : change.set) lines.push_back(lineFrom(key + " = " + value));
        lines.emplace_back();
        return joined(lines);
    }
    const auto* own = node->as_table();
    if (!own || own->is_inline() || own->source().begin.line == 0) return std::nullopt;
    std::vector<ValuePlace> places;
    size_t last = lineBefore(own->source().begin.line);  // of the table's own lines
    for (const auto& [key, value] : *own) {
        if (hangsBelow(value)) continue;
        last = std::max(last, lineBefore(value.source().end.line));
        const std::string name(key.str());
        if (const auto changed = change.set.find(name); changed != change.set.end())
            places.push_back({value.source(), changed->second, false});
        else if (change.unset.contains(name))
            places.push_back({value.source(), {}, true});
    }
    std::vector<Line> fresh;
    for (const auto& [key, value] : change.set)
        if (!own->contains(key)) fresh.push_back(lineFrom(key + " = " + value));
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(last) + 1, fresh.begin(), fresh.end());
    std::ranges::sort(places, [](const ValuePlace& a, const ValuePlace& b) {
        return a.region.begin.line > b.region.begin.line;
    });
    for (const ValuePlace& place : places) apply(lines, place);
    return joined(lines);
}

std::optional<QByteArray> withTomlBlocks(const QByteArray& text, const std::string& table,
                                         const std::string& key, size_t keep,
                                         const std::vector<std::string>& bodies) {
    const auto parsed = parsedToml(text);
    const auto* document = std::get_if<toml::table>(&parsed);
    const auto* own = document ? document->get_as<toml::table>(table) : nullptr;
    if (!own || own->is_inline() || own->source().begin.line == 0) return std::nullopt;
    const auto* node = own->get(key);
    if (node && !hangsBelow(*node)) return std::nullopt;
    std::vector<Line> lines = linesOf(text);
    std::vector<size_t> all, whole, blocks;
    for (const auto& [name, value] : *document) headers(value, all);
    headers(*own, whole);
    if (node) headers(*node, blocks);
    std::ranges::sort(all);
    if (blocks.size() < keep) return std::nullopt;
    const auto endOf = [&](size_t header) {
        const auto next = std::ranges::upper_bound(all, header);
        return endOfOwn(lines, header, next == all.end() ? lines.size() : *next);
    };
    const size_t before = keep > 0 ? blocks[keep - 1] : blocks.empty() ? std::ranges::max(whole) : blocks[0];
    size_t at = keep == 0 && !blocks.empty() ? before : endOf(before);
    for (size_t i = blocks.size(); i > keep; --i) {
        const size_t end = endOf(blocks[i - 1]);
        lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(blocks[i - 1]),
                    lines.begin() + static_cast<std::ptrdiff_t>(end));
        at = blocks[i - 1];
    }
    std::vector<Line> fresh;
    for (const std::string& body : bodies) {
        if (at > 0 && (!fresh.empty() || !isBlank(lines[at - 1]))) fresh.emplace_back();
        fresh.push_back(
            lineFrom("[[" + headerOf(table).substr(1, headerOf(table).size() - 2) + "." + key + "]]"));
        for (const QByteArray& line : QByteArray::fromStdString(body).split('\n'))
            if (!line.isEmpty()) fresh.push_back(lineFrom(line.toStdString()));
    }
    if (!fresh.empty() && at < lines.size() && !isBlank(lines[at])) fresh.emplace_back();
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(at), fresh.begin(), fresh.end());
    if (!lines.back().empty()) lines.emplace_back();
    return joined(lines);
}

std::optional<QByteArray> withoutTomlTable(const QByteArray& text, const std::string& table) {
    const auto parsed = parsedToml(text);
    const auto* document = std::get_if<toml::table>(&parsed);
    if (!document || !document->contains(table)) return std::nullopt;
    std::vector<Line> lines = linesOf(text);
    std::vector<size_t> own, others;
    for (const auto& [key, value] : *document) headers(value, key.str() == table ? own : others);
    if (own.empty()) return std::nullopt;
    std::ranges::sort(own, std::greater<>());
    size_t behind = lines.size();  // what has gone already began here
    for (const size_t header : own) {
        size_t end = behind;
        for (const size_t other : others)
            if (other > header) end = std::min(end, other);
        end = endOfOwn(lines, header, end);
        size_t begin = header;
        while (begin > 0 && startsWith(lines[begin - 1], U'#')) --begin;
        if (begin == 0) begin = header;  // that is the comment of the file
        lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(begin),
                    lines.begin() + static_cast<std::ptrdiff_t>(end));
        behind = begin;
    }
    return joined(lines);
}

}  // namespace spillway
