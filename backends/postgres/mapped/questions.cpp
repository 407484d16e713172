#include "backends/postgres/mapped/questions.h"

namespace spillway {
using namespace Qt::StringLiterals;

// A queue column without an index cannot be listed on a large table: then all is one queue.
MappedQuestions::MappedQuestions(const TableMapping& mapping, const CatalogTable& table,
                                 SystemDefinition& system)
    : m_mapping(mapping), m_columns(mapping, table), m_table(table), m_system(system),
      m_byQueue(mapping.has(u"queue"_s) &&
                (table.bytes <= system.scanBytes || table.hasIndex({mapping.columns.at(u"queue"_s)}))) {}

QString MappedQuestions::queueText() const {
    return m_byQueue ? u"coalesce(%1::text, '')"_s.arg(m_columns.column(u"queue"_s))
                     : quotedLiteral(m_mapping.queueConstant);
}

QString MappedQuestions::inQueue() const {
    return m_byQueue
               ? u"%1 = q.queue::%2 AND "_s.arg(m_columns.column(u"queue"_s), m_columns.type(u"queue"_s))
               : QString();
}

Question& MappedQuestions::add(const QString& name, const QStringList& answers, const QString& sql,
                               bool scan) {
    Question question;
    question.name = name;
    question.file = m_mapping.file;
    question.sql = sql;
    question.answers = answers;
    question.scan = scan;
    question.checkPlan = !scan;
    for (const auto& [key, column] : m_mapping.columns)
        if (sql.contains(quotedIdentifier(column))) question.columns << m_mapping.table + u'.' + column;
    question.how = scan ? u"read in one pass, the table is small"_s : u"read through an index"_s;
    m_system.questions.push_back(question);
    return m_system.questions.back();
}

void MappedQuestions::addBoth(const QString& name, const QStringList& answers, const QString& scan,
                              const QString& probe, int every_s) {
    add(name, answers, scan, true).every_s = every_s;
    add(name, answers, probe, false).every_s = every_s;
}

QString MappedQuestions::proposedIndex(const QString& columns, const QString& condition) const {
    QString text =
        u"The table is large and no index leads to this number; it would have to be scanned. "
        u"Proposed: CREATE INDEX "
        "CONCURRENTLY ON %1 (%2%3) WHERE %4;"_s.arg(
            m_table.quoted, m_byQueue ? m_columns.column(u"queue"_s) + u", "_s : QString(), columns,
            condition);
    return text.replace(u"j.\""_s, u"\""_s);
}

QString MappedQuestions::unmapped(const QString& key) {
    return u"The mapping names no column for it: add columns.%1 if there is one."_s.arg(key);
}

}  // namespace spillway
