#include "backends/postgres/claims/log.h"
#include "backends/postgres/mapped/signals.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// A row of the log costs the server about a microsecond to add up and several to hand over, so that only
// what must be seen by name is handed over, and the log is passed over again only where there is a duplicate,
// a gap or a job that two hold. The columns of every part; `part` tells them apart:
// 1 how far the log reaches and when this read begins, 2 how far this read got, 3 the sums of one queue,
// 4 a gap in the positions, 5 a duplicate claim, 6 the end of a job that two hold, 7 an event that came late.
constexpr auto logSql =
    uR"(
WITH sums AS MATERIALIZED (
    SELECT grouping(r.queue) = 1 AS whole, r.queue, max(r.position) AS position, count(*) AS events,
           count(*) FILTER (WHERE r.event = 'claim') AS claims,
           count(*) FILTER (WHERE r.event = 'claim' AND r.before = 'free' AND r.attempts = 0) AS first_claims,
           count(*) FILTER (WHERE r.event = 'claim' AND r.before IN ('held', 'finished')) AS duplicates
    FROM (SELECT l.position, l.event, l.queue, l.attempts, l.before
          FROM %1 l WHERE l.position > {log_after} ORDER BY l.position LIMIT {log_limit}) r
    GROUP BY GROUPING SETS ((r.queue), ())
), twice AS MATERIALIZED (
    SELECT r.* FROM %1 r
    WHERE r.position > {log_after} AND r.position <= (SELECT s.position FROM sums s WHERE s.whole)
      AND r.event = 'claim' AND r.before IN ('held', 'finished') AND (SELECT s.duplicates > 0 FROM sums s WHERE s.whole)
    ORDER BY r.position DESC LIMIT 100
), ends AS MATERIALIZED (
    SELECT r.* FROM %1 r
    WHERE r.position > {log_after} AND r.position <= (SELECT s.position FROM sums s WHERE s.whole)
      AND r.event <> 'claim'
      AND (r.job IN (SELECT t.job FROM twice t UNION ALL SELECT unnest({log_open}))) IS TRUE  -- a hashed subplan
      AND (SELECT count(*) FROM twice) + cardinality({log_open}) > 0
), ended AS (
    SELECT t.position, min(e.at) AS at FROM twice t JOIN ends e ON e.job = t.job AND e.position > t.position GROUP BY 1
), gaps AS (
    SELECT g.before, g.position FROM (
        SELECT r.position, lag(r.position, 1, {log_after}) OVER (ORDER BY r.position) AS before FROM %1 r
        WHERE r.position > {log_after} AND r.position <= (SELECT s.position FROM sums s WHERE s.whole)
          AND (SELECT s.events < s.position - {log_after} FROM sums s WHERE s.whole)) g
    WHERE g.position > g.before + 1 ORDER BY g.position DESC LIMIT 100  -- the newest may still be filled
)
SELECT p.* FROM (
    SELECT 1 AS part, n.position, NULL::bigint AS from_position, NULL::text AS event, NULL::text AS job,
           NULL::text AS queue, NULL::text AS owner, f.at, NULL::bigint AS attempts, NULL::text AS before,
           NULL::text AS first_owner, NULL::timestamptz AS first_claimed_at, NULL::timestamptz AS ended_at,
           NULL::bigint AS claims, NULL::bigint AS first_claims, NULL::bigint AS duplicates
    FROM (SELECT max(x.position) AS position FROM %1 x) n
    LEFT JOIN (SELECT x.at FROM %1 x WHERE x.position > {log_after} ORDER BY x.position LIMIT 1) f ON true
    UNION ALL
    SELECT 2, s.position, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM sums s WHERE s.whole
    UNION ALL
    SELECT 3, NULL, NULL, NULL, NULL, s.queue, NULL, NULL, NULL, NULL, NULL, NULL, NULL, s.claims,
           s.first_claims, s.duplicates
    FROM sums s WHERE NOT s.whole AND s.claims > 0
    UNION ALL
    SELECT 4, g.position, g.before, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM gaps g
    UNION ALL
    SELECT 5, t.position, NULL, t.event, t.job, t.queue, t.owner, t.at, t.attempts, t.before, t.first_owner,
           t.first_claimed_at, e.at, NULL, NULL, NULL
    FROM twice t LEFT JOIN ended e ON e.position = t.position
    UNION ALL
    SELECT 6, e.position, NULL, e.event, e.job, e.queue, e.owner, e.at, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM ends e WHERE e.job = ANY ({log_open})
    UNION ALL
    SELECT 7, l.position, NULL, l.event, l.job, l.queue, l.owner, l.at, l.attempts, l.before, l.first_owner,
           l.first_claimed_at,
           CASE WHEN l.event = 'claim' AND l.before IN ('held', 'finished') THEN (
               SELECT x.at FROM %1 x WHERE x.position > l.position AND x.job = l.job AND x.event <> 'claim'
               ORDER BY x.position LIMIT 1) END,
           NULL, NULL, NULL
    FROM %1 l WHERE l.position = ANY ({log_missing})
) p ORDER BY p.part, p.position)";

}  // namespace

void addClaimLog(const TableMapping& mapping, SystemDefinition& system) {
    const QString table = claimLogTable(mapping.table);
    Question question;
    question.name = u"claim_log"_s;
    question.file = mapping.file;
    question.sql = QString::fromUtf16(logSql);
    question.sql.replace(u"%1"_s, u"{schema}."_s + quotedIdentifier(table));
    question.answers = {u"claims"_s, u"duplicate_claims"_s};
    for (const auto& column : claimLogColumns()) question.columns << table + u'.' + column;
    if (mapping.has(u"attempts"_s))
        question.answers << u"amplification"_s;
    else
        system.gaps[u"amplification"_s] = MappedQuestions::unmapped(u"attempts"_s);
    question.how = u"every claim and release, as the claim log's trigger recorded it"_s;
    system.questions.push_back(question);
}

}  // namespace spillway
