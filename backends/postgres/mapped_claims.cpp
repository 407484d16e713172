#include "backends/postgres/claim_log.h"
#include "backends/postgres/mapped_signals.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// A row of the log costs the server about a microsecond to add up and several to hand over, so that only
// what must be seen by name is handed over. The columns of every part; `part` tells them apart:
// 1 how far the log reaches and since when, 2 how far this read got, 3 the sums of one queue, 4 a gap in the
// positions, 5 a duplicate claim, 6 the end of a job that two hold, 7 an event that came late.
constexpr auto logSql =
    uR"(
WITH r AS (
    SELECT l.* FROM %1 l WHERE l.position > {log_after} ORDER BY l.position LIMIT {log_limit}
), twice AS (
    SELECT r.* FROM r WHERE r.event = 'claim' AND r.before IN ('held', 'finished') ORDER BY r.position DESC LIMIT 100
), ended AS (
    SELECT t.position, min(e.at) AS at FROM twice t
    JOIN r e ON e.job = t.job AND e.event <> 'claim' AND e.position > t.position GROUP BY 1
), gaps AS (
    SELECT g.before, g.position FROM (
        SELECT r.position, lag(r.position, 1, {log_after}) OVER (ORDER BY r.position) AS before FROM r) g
    WHERE g.before > 0 AND g.position > g.before + 1 LIMIT 100
)
SELECT p.* FROM (
    SELECT 1 AS part, n.position, NULL::bigint AS from_position, NULL::text AS event, NULL::text AS job,
           NULL::text AS queue, NULL::text AS owner, f.at, NULL::bigint AS attempts, NULL::text AS before,
           NULL::text AS first_owner, NULL::timestamptz AS first_claimed_at, NULL::timestamptz AS ended_at,
           NULL::bigint AS claims, NULL::bigint AS first_claims, NULL::bigint AS duplicates
    FROM (SELECT max(x.position) AS position FROM %1 x) n
    LEFT JOIN (SELECT x.at FROM %1 x ORDER BY x.position LIMIT 1) f ON true
    UNION ALL
    SELECT 2, max(r.position), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM r
    UNION ALL
    SELECT 3, NULL, NULL, NULL, NULL, r.queue, NULL, NULL, NULL, NULL, NULL, NULL, NULL, count(*),
           count(*) FILTER (WHERE r.before = 'free' AND r.attempts = 0),
           count(*) FILTER (WHERE r.before IN ('held', 'finished'))
    FROM r WHERE r.event = 'claim' GROUP BY r.queue
    UNION ALL
    SELECT 4, g.position, g.before, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM gaps g
    UNION ALL
    SELECT 5, t.position, NULL, t.event, t.job, t.queue, t.owner, t.at, t.attempts, t.before, t.first_owner,
           t.first_claimed_at, e.at, NULL, NULL, NULL
    FROM twice t LEFT JOIN ended e ON e.position = t.position
    UNION ALL
    SELECT 6, r.position, NULL, r.event, r.job, r.queue, r.owner, r.at, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM r WHERE r.event <> 'claim' AND r.job = ANY ({log_open})
    UNION ALL
    SELECT 7, l.position, NULL, l.event, l.job, l.queue, l.owner, l.at, l.attempts, l.before, l.first_owner,
           l.first_claimed_at, NULL, NULL, NULL, NULL
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
