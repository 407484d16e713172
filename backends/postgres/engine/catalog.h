// What the server's catalog says about the tables of one schema: the facts by which the variant of
// each question is chosen. A value; read once by detection.
#pragma once

#include <QString>
#include <QStringList>
#include <map>
#include <vector>

#include "backends/postgres/engine/definition.h"
#include "backends/postgres/wire/connection.h"

namespace spillway {

struct CatalogColumn {
    QString type;  // as format_type() writes it: "timestamp with time zone"
    bool readable = false;
    bool notNull = false;
    bool updatable = false;
};

struct CatalogIndex {
    std::vector<QString> columns;  // an expression appears as its text
    bool partial = false;
};

struct CatalogTable {
    qint64 oid = 0;
    QString quoted;   // "pgboss.job", quoted where needed
    double rows = 0;  // the planner's figure, with all partitions; -1 = never analyzed
    double pages = 0;
    qint64 bytes = 0;          // main fork now, with all partitions
    bool rowSecurity = false;  // would hide rows from this role
    bool policed = false;      // has row-level security: would hide rows from a role that does not own it
    QString owner;             // the role, as it is
    bool absent = false;       // unlogged, and this server is a replica: only the primary has its rows
    std::map<QString, CatalogColumn> columns;
    std::vector<std::map<QString, CatalogIndex>> indexes;  // by name; one map, or one for each partition
    std::map<QString, QString> partitions;                 // readable leaf partitions: name -> quoted
    // What each quoted name stood for, the table and its readable partitions: OID and kind, "16384r".
    std::map<QString, QString> pins;

    [[nodiscard]] bool hasIndex(const IndexColumns& leading) const;  // valid, on every partition
};

struct SchemaCatalog {
    QString schema;
    QString quoted;
    QString role;         // ours, quoted, for GRANT proposals
    bool usable = false;  // USAGE on the schema
    std::map<QString, CatalogTable> tables;

    [[nodiscard]] const CatalogTable* table(const QString& name) const;
    [[nodiscard]] const CatalogColumn* column(const QString& tableDotColumn) const;
};

// Schemas that hold all tables and columns of the definition, by name.
[[nodiscard]] QStringList schemasWith(ReadTransaction& transaction, const SystemDefinition& definition);
// Why reading this schema could run somebody else's code with the rights of our role; empty: it cannot.
// Whoever may create a schema can make one that looks like a queue system: as views, foreign tables, or
// tables whose types, casts or indexes call functions. Asked of the catalog alone, before anything of the
// schema is read.
[[nodiscard]] QString distrust(ReadTransaction& transaction, const QString& schema,
                               const SystemDefinition& definition);
// A quoted name that stands for another relation by now; empty: none. Without it a stranger could put a view
// where detection saw a table.
[[nodiscard]] QString replacedSince(ReadTransaction& transaction, const SchemaCatalog& catalog);
[[nodiscard]] SchemaCatalog readCatalog(ReadTransaction& transaction, const QString& schema,
                                        const SystemDefinition& definition);

}  // namespace spillway
