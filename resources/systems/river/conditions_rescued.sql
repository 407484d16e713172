SELECT 'poison_pill' AS kind, x.queue, min(x.kind) AS subject, count(*) AS n, min(x.created_at) AS since,
       'rescued at least three times: each time the worker vanished while it ran the job' AS evidence
FROM (SELECT j.queue, j.kind, j.created_at, j.errors
      FROM unnest(enum_range(NULL::{schema}.river_job_state)) AS s(name)
      CROSS JOIN LATERAL (SELECT k.queue, k.kind, k.created_at, k.attempt, k.errors FROM {job} k
                          WHERE k.state = s.name LIMIT {heap_cap}) j
      WHERE s.name::text IN ('running', 'retryable', 'available') AND j.attempt >= 3) x
WHERE (SELECT count(*) FROM unnest(x.errors) AS e(entry) WHERE e.entry ->> 'error' LIKE 'Stuck job rescued%') >= 3
GROUP BY x.queue
