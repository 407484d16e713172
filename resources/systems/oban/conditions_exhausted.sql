SELECT 'never_claimed' AS kind, q.queue, NULL::text AS subject, a.n, timezone('UTC', a.since) AS since,
       'available with all attempts used up: Oban claims only jobs with attempt < max_attempts' AS evidence
FROM {all_queues} AS q(queue)
CROSS JOIN LATERAL (
    SELECT count(*) AS n, min(x.scheduled_at) AS since
    FROM (SELECT j.attempt, j.max_attempts, j.scheduled_at FROM {job} j
          WHERE j.state = 'available' AND j.queue = q.queue LIMIT {heap_cap}) x
    WHERE x.attempt >= x.max_attempts
) a
WHERE a.n > 0
LIMIT 50
