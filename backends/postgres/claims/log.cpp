#include "backends/postgres/claims/log.h"

#include <QRegularExpression>

#include "backends/postgres/mapped/columns.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// The body of the trigger. `before` says in what state the claim found the job: free, held by another
// (a duplicate claim), held by a lease that had run out (a take-over), or finished (ran again).
constexpr auto functionSql =
    uR"(CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS {quote}
DECLARE
    moment timestamptz := clock_timestamp();
    was_held boolean := coalesce({old_running}, false);
    is_held boolean := coalesce({new_running}, false);
    was_finished boolean := coalesce({old_finished}, false);
    is_finished boolean := coalesce({new_finished}, false);
BEGIN
    IF is_held AND (NOT was_held OR ({other_holder})) OR {after_the_end} THEN
        INSERT INTO {log} (event, job, queue, owner, at, attempts, before, first_owner, first_claimed_at)
        VALUES ('claim', {id}, {queue}, {owner}, moment, {old_attempts},
                CASE WHEN was_held THEN CASE WHEN {lease_over} THEN 'expired' ELSE 'held' END
                     WHEN was_finished THEN 'finished' ELSE 'free' END,
                CASE WHEN was_held OR was_finished THEN {old_owner} END,
                CASE WHEN was_held OR was_finished THEN {old_claimed_at} END);
    ELSIF {ended} THEN
        INSERT INTO {log} (event, job, queue, owner, at)
        VALUES (CASE WHEN is_finished THEN 'finish' ELSE 'release' END, {id}, {queue}, {old_owner}, moment);
    END IF;
    RETURN NULL;
END
{quote};)";

constexpr auto tableSql =
    uR"(CREATE TABLE {log} (
    position bigserial PRIMARY KEY,
    event text NOT NULL,              -- claim, release, finish
    job text NOT NULL,
    queue text,
    owner text,
    at timestamptz NOT NULL,          -- clock_timestamp() of the server
    attempts bigint,                  -- of a claim: those made before it, where the table counts them
    before text,                      -- of a claim: free, held, expired, finished
    first_owner text,                 -- who held it, or had finished it
    first_claimed_at timestamptz
);)";

// In one pass: a name may hold braces of its own.
QString filledWith(const QString& sql, const std::map<QString, QString>& places) {
    static const QRegularExpression place(u"\\{([a-z_]+)\\}"_s);
    QString out;
    qsizetype from = 0;
    for (auto it = place.globalMatch(sql); it.hasNext();) {
        const auto match = it.next();
        out += sql.mid(from, match.capturedStart() - from) + places.at(match.captured(1));
        from = match.capturedEnd();
    }
    return out + sql.mid(from);
}

QString quotesFor(const QString& body) {
    QString tag = u"$claim_log$"_s;
    for (int n = 1; body.contains(tag); ++n) tag = u"$claim_log_%1$"_s.arg(n);
    return tag;
}

// One table's pieces, over OLD and NEW.
class Pieces {
public:
    Pieces(const TableMapping& mapping, const CatalogTable& table)
        : m_mapping(mapping), m_old(mapping, table, u"OLD"_s), m_new(mapping, table, u"NEW"_s) {}

    [[nodiscard]] std::map<QString, QString> places() const {
        return {{u"old_running"_s, m_old.running()},
                {u"new_running"_s, m_new.running()},
                {u"old_finished"_s, m_old.finished()},
                {u"new_finished"_s, m_new.finished()},
                {u"other_holder"_s, otherHolder()},
                {u"lease_over"_s, leaseOver()},
                {u"ended"_s, ended()},
                {u"after_the_end"_s, afterTheEnd()},
                {u"id"_s, textOf(m_new, u"id"_s)},
                {u"queue"_s, m_mapping.has(u"queue"_s) ? textOf(m_new, u"queue"_s)
                                                       : quotedLiteral(m_mapping.queueConstant)},
                {u"owner"_s, textOf(m_new, u"owner"_s)},
                {u"old_owner"_s, textOf(m_old, u"owner"_s)},
                {u"old_attempts"_s, m_old.has(u"attempts"_s)
                                        ? u"coalesce(%1, 0)::bigint"_s.arg(m_old.column(u"attempts"_s))
                                        : u"NULL"_s},
                {u"old_claimed_at"_s,
                 m_old.has(u"claimed_at"_s) ? m_old.time(u"claimed_at"_s) : u"NULL::timestamptz"_s}};
    }

private:
    [[nodiscard]] static QString textOf(const MappedColumns& row, const QString& key) {
        return row.has(key) ? u"left(%1::text, 500)"_s.arg(row.column(key)) : u"NULL::text"_s;
    }
    [[nodiscard]] QString differs(const QString& key) const {
        return u"%1 IS DISTINCT FROM %2"_s.arg(m_old.column(key), m_new.column(key));
    }
    // A worker that renews its own lease does not claim again, unless it counts a new attempt.
    [[nodiscard]] QString otherHolder() const {
        if (m_mapping.has(u"owner"_s)) {
            const QString again =
                m_mapping.has(u"attempts"_s) && m_mapping.has(u"claimed_at"_s)
                    ? u" OR (%1 AND %2 > %3)"_s.arg(differs(u"claimed_at"_s), m_new.column(u"attempts"_s),
                                                    m_old.column(u"attempts"_s))
                    : QString();
            return differs(u"owner"_s) + again;
        }
        return m_mapping.has(u"claimed_at"_s) ? differs(u"claimed_at"_s) : u"false"_s;
    }
    [[nodiscard]] QString leaseOver() const {
        if (!m_mapping.has(u"lease_until"_s)) return u"false"_s;
        return u"coalesce(%1 <= %2, false)"_s.arg(m_old.column(u"lease_until"_s),
                                                  m_old.bound(u"lease_until"_s, u"moment"_s));
    }
    // Where the state is derived, a late claim leaves the job finished, with another name on it.
    [[nodiscard]] QString afterTheEnd() const {
        const QString key = m_mapping.has(u"owner"_s) ? u"owner"_s : u"claimed_at"_s;
        if (m_mapping.has(u"status"_s) || !m_mapping.has(key) || !m_mapping.has(u"finished_at"_s))
            return u"false"_s;
        return u"(was_finished AND is_finished AND %1 IS NOT NULL AND (%2) AND NOT (%3))"_s.arg(
            m_new.column(key), otherHolder(), differs(u"finished_at"_s));
    }
    // Both of two holders report their end: the second finds the job finished already.
    [[nodiscard]] QString ended() const {
        const QString again =
            m_mapping.has(u"finished_at"_s)
                ? u" OR (was_finished AND is_finished AND %1)"_s.arg(differs(u"finished_at"_s))
                : QString();
        return u"(was_held AND NOT is_held)"_s + again;
    }

    const TableMapping& m_mapping;
    const MappedColumns m_old, m_new;
};

}  // namespace

QString claimLogTable(const QString& table) {
    // Names are cut at 63 bytes by the server; what it would cut must not decide.
    return QString::fromUtf8(table.toUtf8().left(53)) + u"_claim_log"_s;
}

QStringList claimLogColumns() {
    return {u"position"_s, u"event"_s,    u"job"_s,    u"queue"_s,       u"owner"_s,
            u"at"_s,       u"attempts"_s, u"before"_s, u"first_owner"_s, u"first_claimed_at"_s};
}

ClaimLogSql claimLogSql(const TableMapping& mapping, const SchemaCatalog& catalog) {
    const auto& table = *catalog.table(mapping.table);
    const QString name = claimLogTable(mapping.table);
    const QString log = catalog.quoted + u'.' + quotedIdentifier(name);
    const QString trigger = quotedIdentifier(name);
    auto places = Pieces(mapping, table).places();
    places[u"function"_s] = places[u"log"_s] = log;
    places[u"quote"_s] = QString();
    places[u"quote"_s] = quotesFor(filledWith(QString::fromUtf16(functionSql), places));
    const QString function = filledWith(QString::fromUtf16(functionSql), places);
    ClaimLogSql sql;
    sql.table = log;
    sql.install =
        QStringList{filledWith(QString::fromUtf16(tableSql), places), function,
                    u"CREATE TRIGGER %1 AFTER UPDATE ON %2 FOR EACH ROW EXECUTE PROCEDURE %3();"_s.arg(
                        trigger, table.quoted, log),
                    u"GRANT SELECT ON %1 TO %2;"_s.arg(log, catalog.role)}
            .join(u'\n') +
        u'\n';
    sql.remove =
        u"DROP TRIGGER %1 ON %2;\nDROP FUNCTION %3();\nDROP TABLE %3;\n"_s.arg(trigger, table.quoted, log);
    sql.trim = u"DELETE FROM %1 WHERE at < now() - interval '7 days';\n"_s.arg(log);
    return sql;
}

}  // namespace spillway
