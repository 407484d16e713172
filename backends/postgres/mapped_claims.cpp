#include "backends/postgres/claim_log.h"
#include "backends/postgres/mapped_signals.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// Always one row more than events: the first tells how far the log reaches.
constexpr auto logSql = uR"(
SELECT NULL::text AS event, NULL::text AS job, NULL::text AS queue, NULL::text AS owner, f.at,
       NULL::bigint AS attempts, NULL::text AS before, NULL::text AS first_owner,
       NULL::timestamptz AS first_claimed_at, n.position
FROM (SELECT max(x.position) AS position FROM %1 x) n
LEFT JOIN (SELECT x.at FROM %1 x ORDER BY x.position LIMIT 1) f ON true
UNION ALL
(SELECT l.event, l.job, l.queue, l.owner, l.at, l.attempts, l.before, l.first_owner, l.first_claimed_at, l.position
 FROM %1 l WHERE l.position = ANY ({log_missing}))
UNION ALL
(SELECT l.event, l.job, l.queue, l.owner, l.at, l.attempts, l.before, l.first_owner, l.first_claimed_at, l.position
 FROM %1 l WHERE l.position > {log_after} ORDER BY l.position LIMIT {log_limit}))";

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
