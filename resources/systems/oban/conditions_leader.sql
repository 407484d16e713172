SELECT 'no_leader' AS kind, NULL::text AS queue, l.node AS subject, NULL::bigint AS n, timezone('UTC', l.expires_at) AS since,
       CASE WHEN l.expires_at IS NULL THEN 'oban_peers is empty'
            ELSE 'the lease of the last leader in oban_peers has expired' END
           || ': scheduled and retryable jobs are not moved on, orphans not rescued, cron jobs not inserted' AS evidence
FROM (SELECT max(p.expires_at) AS expires_at, (array_agg(p.node ORDER BY p.expires_at DESC))[1] AS node
      FROM {schema}.oban_peers p) l
WHERE (l.expires_at IS NULL OR l.expires_at < timezone('UTC', {now}))
  AND EXISTS (SELECT FROM unnest(enum_range(NULL::{schema}.oban_job_state)) AS s(name)
              CROSS JOIN LATERAL (SELECT FROM {job} j WHERE j.state = s.name LIMIT 1) x
              WHERE s.name::text IN ('available', 'scheduled', 'retryable', 'executing'))
