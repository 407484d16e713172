#include "backends/postgres/dead/walk.h"

#include "backends/postgres/dead/job_reading.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QString parameter(Statement& statement, const std::string& value, const QString& type) {
    statement.parameters.push_back(value);
    statement.types.push_back(type);
    return u"$%1::%2"_s.arg(statement.parameters.size()).arg(type);
}

// arg() would take a "%1" inside an earlier text for a place of its own.
std::string filled(const QString& pattern, const QStringList& texts) {
    QString out;
    qsizetype from = 0;
    for (qsizetype at = 0; (at = pattern.indexOf(u'%', from)) >= 0; from = at + 2)
        out += pattern.mid(from, at - from) + texts.value(pattern[at + 1].digitValue() - 1);
    return (out + pattern.mid(from)).toStdString();
}

std::string arrayOf(const std::vector<qint64>& numbers) {
    std::vector<std::string> texts;
    for (const qint64 n : numbers) texts.push_back(std::to_string(n));
    return toArrayLiteral(texts);
}

ServerTime ago(ServerTime now, double seconds) {
    return now -
           std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::duration<double>(seconds));
}

}  // namespace

DeadTableWalk::DeadTableWalk(PostgresSystem& system, const Question& dead, std::vector<std::string> queues,
                             const JobFilter& filter)
    : m_system(system), m_key(system.identity().key()), m_question(dead), m_queues(std::move(queues)),
      m_filter(filter) {}

QString DeadTableWalk::condition(Statement& statement, const std::string& died_at, bool newestFirst) const {
    QString sql = u" WHERE d.queue = q.queue"_s;
    const auto bound = [&](const QString& comparison, const std::string& moment) {
        sql += u" AND d.died_at %1 %2"_s.arg(comparison, parameter(statement, moment, u"timestamptz"_s));
    };
    const ServerTime now = m_system.values().now;
    if (!m_filter.kind.isEmpty())
        sql += u" AND d.kind = %1"_s.arg(parameter(statement, m_filter.kind.toStdString(), u"text"_s));
    if (m_filter.older_than_s) bound(u"<="_s, toParameter(ago(now, *m_filter.older_than_s)));
    if (m_filter.newer_than_s) bound(u">="_s, toParameter(ago(now, *m_filter.newer_than_s)));
    if (!died_at.empty()) bound(newestFirst ? u"<="_s : u">="_s, died_at);
    return sql;
}

std::vector<qint64> DeadTableWalk::count(ReadTransaction& transaction, qint64 cap) {
    auto statement = statementFor({&m_question}, m_system.values());
    const QString dead = QString::fromStdString(statement.sql);
    const auto queues = parameter(statement, toArrayLiteral(m_queues), u"text[]"_s);
    const auto limit = parameter(statement, std::to_string(cap), u"bigint"_s);
    const auto where = condition(statement, {}, false);
    const QString sql =
        u"SELECT q.queue, c.n FROM unnest(%1) AS q(queue) CROSS JOIN LATERAL (SELECT count(*) AS n FROM "_s +
        u"(SELECT FROM %2 AS d%3 LIMIT %4) x) AS c WHERE c.n > 0"_s;
    statement.sql = filled(sql, {queues, dead, where, limit});
    const auto rows = transaction.query(statement.sql, statement.parameters, u"the number of dead letters"_s);
    std::vector<qint64> counts;
    m_queues.clear();
    for (size_t i = 0; i < rows.size(); ++i) {
        m_queues.push_back(rows.at(i).bytes("queue").value_or(QByteArray()).toStdString());
        counts.push_back(rows.at(i).integer("n").value_or(0));
    }
    return counts;
}

std::vector<FoundDead> DeadTableWalk::read(ReadTransaction& transaction, const DeadPosition& position,
                                           const std::vector<qint64>& limits, bool newestFirst,
                                           bool exactOrder) {
    if (m_queues.empty()) return {};
    std::vector<qint64> skips;
    for (const auto& queue : m_queues) {
        const auto it = position.skip.find({m_key, queue});
        skips.push_back(it == position.skip.end() ? 0 : it->second);
    }
    auto statement = statementFor({&m_question}, m_system.values());
    const QString dead = QString::fromStdString(statement.sql);
    const QString direction = newestFirst ? u" DESC"_s : QString();
    const QString byId = exactOrder ? u", d.id"_s + direction : QString();
    const QStringList arrays{parameter(statement, toArrayLiteral(m_queues), u"text[]"_s),
                             parameter(statement, arrayOf(skips), u"bigint[]"_s),
                             parameter(statement, arrayOf(limits), u"bigint[]"_s)};
    const auto where = condition(statement, position.died_at, newestFirst);
    // The plain "is not null" is what makes a partial index on the time of death usable.
    const QString sql =
        u"SELECT d.* FROM unnest(%1) AS q(queue, skip, most) CROSS JOIN LATERAL (SELECT d.* FROM %2 AS d%3 "_s +
        u"AND d.died_at IS NOT NULL ORDER BY d.died_at%4%5 OFFSET q.skip LIMIT q.most) AS d "_s +
        u"ORDER BY d.died_at%4, d.queue%5"_s;
    statement.sql = filled(sql, {arrays.join(u", "_s), dead, where, direction, byId});
    const auto rows = transaction.query(statement.sql, statement.parameters, u"the dead letters"_s);
    std::vector<FoundDead> found;
    for (size_t i = 0; i < rows.size(); ++i) {
        const Row row = rows.at(i);
        found.push_back({deadJobFrom(row, m_key), row.bytes("queue").value_or(QByteArray()).toStdString(),
                         row.bytes("died_at").value_or(QByteArray()).toStdString()});
    }
    return found;
}

}  // namespace spillway
