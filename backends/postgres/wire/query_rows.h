// The answer of one statement as plain text values, by column name. Holds nothing of the connection.
#pragma once

#include <QByteArray>
#include <QString>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "backends/domain/clock.h"

namespace spillway {

using TextValues = std::vector<std::optional<std::string>>;
using ColumnIndex = std::map<std::string, size_t, std::less<>>;

// A view of one row; the Rows it came from must outlive it. A missing column reads as null, so that a
// question may leave out what its system does not have.
class Row {
public:
    Row(const ColumnIndex& columns, const TextValues& values) : m_columns(columns), m_values(values) {}

    [[nodiscard]] std::optional<QByteArray> bytes(std::string_view column) const;
    [[nodiscard]] QString text(std::string_view column) const;  // null: empty
    [[nodiscard]] std::optional<qint64> integer(std::string_view column) const;
    [[nodiscard]] std::optional<double> number(std::string_view column) const;
    [[nodiscard]] std::optional<bool> boolean(std::string_view column) const;
    [[nodiscard]] bool flag(std::string_view column) const { return boolean(column).value_or(false); }
    // A timestamptz in a session with TimeZone UTC and DateStyle ISO, or a timestamp in UTC; infinity and BC
    // read as null.
    [[nodiscard]] std::optional<ServerTime> time(std::string_view column) const;
    [[nodiscard]] std::vector<std::string> list(std::string_view column) const;  // a text[]

private:
    [[nodiscard]] const std::string* value(std::string_view column) const;

    const ColumnIndex& m_columns;
    const TextValues& m_values;
};

struct Rows {
    ColumnIndex columns;
    std::vector<TextValues> values;

    [[nodiscard]] size_t size() const { return values.size(); }
    [[nodiscard]] Row at(size_t i) const { return {columns, values.at(i)}; }
};

// The text form of a one-dimensional text[], for a parameter, and back. Values without null.
[[nodiscard]] std::string toArrayLiteral(const std::vector<std::string>& values);
[[nodiscard]] std::vector<std::string> fromArrayLiteral(std::string_view literal);

[[nodiscard]] std::optional<ServerTime> parseServerTime(std::string_view text);
// The form that parseServerTime reads, for a parameter cast to timestamptz.
[[nodiscard]] std::string toParameter(ServerTime time);

}  // namespace spillway
