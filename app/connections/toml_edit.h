// Changes in a TOML file that leave everything else as a person wrote it: comments, order, spacing.
#pragma once

#include <QByteArray>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace spillway {

// What changes in one [table]: values as TOML writes them ("\"x\"", "[1, 2]"), and keys that go.
struct TomlChange {
    std::map<std::string, std::string> set;
    std::set<std::string> unset;
};

// A value that is there is replaced where it stands, a new one follows the last of its table; a table that is
// not there is appended. nullopt: the text is no TOML, or the table is written in a form in which this cannot
// be done. Whoever calls looks at what came out.
[[nodiscard]] std::optional<QByteArray> withTomlTable(const QByteArray& text, const std::string& table,
                                                      const TomlChange& change);

// The [[table.key]] blocks: the first `keep` of them stay as they are, the others go, and these come in their
// place; each is the lines below its header. nullopt as above, and where they are written inline.
[[nodiscard]] std::optional<QByteArray> withTomlBlocks(const QByteArray& text, const std::string& table,
                                                       const std::string& key, size_t keep,
                                                       const std::vector<std::string>& bodies);

// Without [table], what hangs below it, and the comment right above it. nullopt as above.
[[nodiscard]] std::optional<QByteArray> withoutTomlTable(const QByteArray& text, const std::string& table);

}  // namespace spillway
