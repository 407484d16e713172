// The SQL pieces of one mapped table, typed by its catalog: columns, times and the condition of each
// state.
#pragma once

#include "backends/postgres/engine/catalog.h"
#include "backends/postgres/mapped/table_mapping.h"

namespace spillway {

[[nodiscard]] QString quotedIdentifier(const QString& name);
// A text constant that is safe inside a question: braces are escaped too.
[[nodiscard]] QString quotedLiteral(const QString& text);

class MappedColumns {
public:
    // `alias` is what stands before each column: j in questions, OLD or NEW in a trigger.
    MappedColumns(const TableMapping& mapping, const CatalogTable& table, QString alias = QStringLiteral("j"))
        : m_mapping(mapping), m_table(table), m_alias(std::move(alias)) {}

    [[nodiscard]] bool has(const QString& key) const { return m_mapping.has(key); }
    [[nodiscard]] QString column(const QString& key) const;  // j."claimed_at"
    [[nodiscard]] QString time(const QString& key) const;    // as timestamptz, for output
    [[nodiscard]] QString bound(const QString& key,
                                const QString& moment) const;  // a timestamptz in the column's own type
    [[nodiscard]] QString type(const QString& key) const;

    [[nodiscard]] QString finished() const;  // left well; "false" where nothing says it
    [[nodiscard]] QString dead() const;
    [[nodiscard]] QString running() const;
    [[nodiscard]] QString waiting() const;  // ready, scheduled or retrying
    [[nodiscard]] QString due() const;
    [[nodiscard]] QString later() const;    // waiting for a moment in the future
    [[nodiscard]] QString tried() const;    // at least once before
    [[nodiscard]] QString readyAt() const;  // as timestamptz, empty when no time is mapped

    // Why the mapping does not fit the table; empty when it does.
    [[nodiscard]] std::optional<Failure> misfit() const;

private:
    [[nodiscard]] TimeKind timeKind(const QString& key) const;
    [[nodiscard]] QString isTrue(const QString& key, bool wanted) const;
    [[nodiscard]] QString claimed(bool wanted) const;
    [[nodiscard]] QString statusIn(const QStringList& states) const;
    [[nodiscard]] Failure wrongType(const QString& key, const QString& wanted) const;

    const TableMapping& m_mapping;
    const CatalogTable& m_table;
    const QString m_alias;
};

}  // namespace spillway
