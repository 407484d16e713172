SELECT 'no_leader' AS kind, NULL::text AS queue, l.leader_id AS subject, NULL::bigint AS n, l.expires_at AS since,
       CASE WHEN l.leader_id IS NULL THEN 'river_leader is empty'
            ELSE 'the lease of the last leader in river_leader has expired' END
           || ': scheduled and retryable jobs are not moved on, stuck jobs not rescued, old jobs not deleted' AS evidence
FROM (SELECT max(k.leader_id) AS leader_id, max(k.expires_at) AS expires_at FROM {schema}.river_leader k) l
WHERE (l.expires_at IS NULL OR l.expires_at < {now})
  AND EXISTS (SELECT FROM unnest(enum_range(NULL::{schema}.river_job_state)) AS s(name)
              CROSS JOIN LATERAL (SELECT FROM {job} j WHERE j.state = s.name LIMIT 1) x
              WHERE s.name::text NOT IN ('completed', 'cancelled', 'discarded'))
