SELECT 'poison_pill' AS kind, x.queue, min(x.worker) AS subject, count(*) AS n, timezone('UTC', min(x.inserted_at)) AS since,
       'at least three attempts ended without an error record: each time the worker vanished while it ran the job' AS evidence
FROM (SELECT j.*
      FROM unnest(enum_range(NULL::{schema}.oban_job_state)) AS s(name)
      CROSS JOIN LATERAL (
          SELECT k.queue, k.worker, k.inserted_at, k.state::text AS state, k.attempt, cardinality(k.errors) AS errors, k.meta FROM {job} k
          WHERE k.state = s.name LIMIT {heap_cap}) j
      WHERE s.name::text IN ('executing', 'retryable', 'available')) x
WHERE x.attempt - coalesce(x.errors, 0) - (x.state = 'executing')::integer >= 3 AND NOT coalesce(to_jsonb(x.meta) ? 'snoozed', false)
GROUP BY x.queue
