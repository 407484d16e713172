SELECT 'poison_pill' AS kind, q.queue, p.n, p.since,
       'at least three attempts used up, and the last one ended without an answer from its worker (timeout or lost heartbeat)' AS evidence,
       p.capped
FROM {queues} AS q(queue)
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE x.silent) AS n, min(x.started_on) FILTER (WHERE x.silent) AS since,
           count(*) >= {heap_cap} AS capped
    FROM (SELECT j.started_on, j.retry_count >= 2 AND {silent} AS silent FROM {job} j
          WHERE j.name = q.queue AND j.state IN ('retry', 'failed') LIMIT {heap_cap}) x
) AS p
WHERE p.n > 0
