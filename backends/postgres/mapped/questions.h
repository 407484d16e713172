// Common ground of those who write the questions of one mapped table.
#pragma once

#include "backends/postgres/mapped/columns.h"

namespace spillway {

class MappedQuestions {
public:
    // All three must outlive it.
    MappedQuestions(const TableMapping& mapping, const CatalogTable& table, SystemDefinition& system);

    [[nodiscard]] const MappedColumns& columns() const { return m_columns; }
    [[nodiscard]] const TableMapping& mapping() const { return m_mapping; }
    [[nodiscard]] SystemDefinition& system() { return m_system; }
    [[nodiscard]] bool has(const QString& key) const { return m_columns.has(key); }

    [[nodiscard]] QString queueText() const;  // the job's queue, as text
    [[nodiscard]] QString inQueue() const;    // "… = q.queue AND ", or nothing where all is one queue
    // Adds one variant; `scan`: it reads the whole table. The reference is good until the next add().
    Question& add(const QString& name, const QStringList& answers, const QString& sql, bool scan);
    // The same question for small and for large tables.
    void addBoth(const QString& name, const QStringList& answers, const QString& scan, const QString& probe,
                 int every_s);
    [[nodiscard]] QString proposedIndex(const QString& columns, const QString& condition) const;
    [[nodiscard]] static QString unmapped(const QString& key);  // the gap's reason

protected:
    const TableMapping& m_mapping;
    const MappedColumns m_columns;
    const CatalogTable& m_table;
    SystemDefinition& m_system;
    bool m_byQueue = false;
};

}  // namespace spillway
